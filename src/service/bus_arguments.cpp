// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/bus_arguments.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

#include "values/text.hpp"

namespace iopriority::service {

namespace {

using Kind = TargetSpec::Kind;
constexpr std::size_t longest_word = 40;

Failure invalid(std::string why) {
    return {ErrorCode::invalid_argument, std::move(why)};
}

template <typename Words>
std::string listed(const Words& words) {
    return values::joined(words, ", ", [](const char* word) { return '"' + std::string(word) + '"'; });
}

Failure wrong_type(Kind kind, const char* accepted, const sdbus::Variant& target) {
    return invalid("a target of kind \"" + std::string(to_string(kind)) + "\" is " + accepted + ", not of type \"" +
                   std::string(target.peekValueType()) + "\"");
}

// Accepts any integer type in range, since bindings choose the type themselves (gdbus's <12> is an i).
template <typename T>
Expected<std::uint32_t> in_range(T value) {
    if (value < T{0} || static_cast<std::uint64_t>(value) > std::numeric_limits<std::uint32_t>::max()) {
        return invalid(std::to_string(value) + " is out of range: use 0 to 4294967295");
    }
    return static_cast<std::uint32_t>(value);
}

// Reads one number, or an array of them, if it is of this type.
template <typename T>
bool read_numbers(const sdbus::Variant& target, bool array, Expected<std::vector<std::uint32_t>>& numbers) {
    std::vector<T> values;
    if (array && target.containsValueOfType<std::vector<T>>()) {
        values = target.get<std::vector<T>>();
    } else if (!array && target.containsValueOfType<T>()) {
        values = {target.get<T>()};
    } else {
        return false;
    }
    numbers = std::vector<std::uint32_t>{};
    for (const T value : values) {
        const auto number = in_range(value);
        if (!number) {
            numbers = number.failure();
            break;
        }
        numbers->push_back(*number);
    }
    return true;
}

Expected<TargetSpec> with_numbers(Kind kind, const sdbus::Variant& target) {
    const bool array = kind == Kind::processes;
    Expected<std::vector<std::uint32_t>> numbers = std::vector<std::uint32_t>{};
    if (!read_numbers<std::uint32_t>(target, array, numbers) && !read_numbers<std::int32_t>(target, array, numbers) &&
        !read_numbers<std::uint64_t>(target, array, numbers) && !read_numbers<std::int64_t>(target, array, numbers)) {
        return wrong_type(kind, array ? "an array of numbers (au; also ai, ax or at)" : "a number (u; also i, x or t)",
                          target);
    }
    if (!numbers) {
        return numbers.failure();
    }
    return array ? TargetSpec{kind, 0, *std::move(numbers)} : TargetSpec{kind, numbers->front()};
}

Expected<TargetSpec> with_pidfds(Kind kind, const std::vector<sdbus::UnixFd>& fds) {
    TargetSpec spec{kind};
    spec.pidfds = std::make_shared<std::vector<process::UniqueFd>>();
    for (const auto& fd : fds) {
        process::UniqueFd copy(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));  // NOLINT(*-vararg)
        if (!copy) {
            return Failure{ErrorCode::failed, "taking a pidfd: " + std::generic_category().message(errno)};
        }
        spec.pidfds->push_back(std::move(copy));
    }
    return spec;
}

Expected<TargetSpec> with_unit(Kind kind, const sdbus::Variant& target) {
    if (!target.containsValueOfType<std::string>()) {
        return wrong_type(kind, "the name of a unit (s)", target);
    }
    TargetSpec spec{kind};
    spec.unit = target.get<std::string>();
    return spec;
}

struct Option {
    const char* name;
    bool TargetSpec::*member;
    bool only_of_processes;  ///< not for a group, user or unit
    bool only_to_set;        ///< not when describing
};
constexpr std::array all_options{Option{"descendants", &TargetSpec::descendants, true, false},
                                 Option{"keep-explicit", &TargetSpec::keep_explicit, false, true},
                                 Option{"interactive", &TargetSpec::interactive, false, true}};

std::vector<Option> options_for(Kind kind, Verb verb) {
    std::vector<Option> known(all_options.begin(), all_options.end());
    std::erase_if(known, [&](const Option& option) {
        return (option.only_of_processes && kind > Kind::pidfds) || (option.only_to_set && verb != Verb::set);
    });
    return known;
}

template <typename Options>
std::vector<const char*> names_of(const Options& options) {
    std::vector<const char*> names;
    std::transform(options.begin(), options.end(), std::back_inserter(names),
                   [](const Option& option) { return option.name; });
    return names;
}

}  // namespace

Expected<TargetSpec> read_target(const std::string& kind, const sdbus::Variant& target) {
    const auto* const name = std::find_if(bus::kind_names.begin(), bus::kind_names.end(),
                                          [&kind](const char* each) { return kind == each; });
    if (name == bus::kind_names.end()) {
        return invalid("kind \"" + values::sanitised_for_prompt(kind, longest_word) + "\" is not known: use " +
                       listed(bus::kind_names));
    }
    switch (const auto known = static_cast<Kind>(name - bus::kind_names.begin()); known) {
        case Kind::process:
        case Kind::processes:
        case Kind::group:
        case Kind::user:
            return with_numbers(known, target);
        case Kind::pidfd:
            return target.containsValueOfType<sdbus::UnixFd>() ? with_pidfds(known, {target.get<sdbus::UnixFd>()})
                                                               : wrong_type(known, "a pidfd (h)", target);
        case Kind::pidfds:
            return target.containsValueOfType<std::vector<sdbus::UnixFd>>()
                       ? with_pidfds(known, target.get<std::vector<sdbus::UnixFd>>())
                       : wrong_type(known, "an array of pidfds (ah)", target);
        case Kind::unit:
        case Kind::user_unit:
            break;
    }
    return with_unit(static_cast<Kind>(name - bus::kind_names.begin()), target);
}

std::vector<const char*> option_names() {
    return names_of(all_options);
}

Expected<TargetSpec> with_options(TargetSpec spec, const std::map<std::string, sdbus::Variant>& options, Verb verb) {
    const auto known = options_for(spec.kind, verb);
    for (const auto& [key, value] : options) {
        const auto option =
            std::find_if(known.begin(), known.end(), [&name = key](const Option& each) { return name == each.name; });
        if (option == known.end()) {
            return invalid("option \"" + values::sanitised_for_prompt(key, longest_word) + "\" is not known " +
                           (verb == Verb::describe ? "when describing" : "for") + " a target of kind \"" +
                           to_string(spec.kind) +
                           "\": " + (known.empty() ? "use none" : "use " + listed(names_of(known))));
        }
        if (!value.containsValueOfType<bool>()) {
            return invalid("option \"" + key + "\" must be a boolean (b), not \"" + std::string(value.peekValueType()) +
                           "\"");
        }
        spec.*option->member = value.get<bool>();
    }
    return spec;
}

}  // namespace iopriority::service
