// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The arguments of a call of Extended1: any kind, with a target of any type; any options, with values of any type.
#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "expect.hpp"
#include "service/bus_arguments.hpp"

namespace {

using iopriority::ErrorCode;
using iopriority::fuzz::expect;
using iopriority::fuzz::Input;
using iopriority::service::TargetSpec;
using iopriority::service::to_string;
using iopriority::service::Verb;
using Kind = TargetSpec::Kind;
using Options = std::map<std::string, sdbus::Variant>;

constexpr auto largest = std::numeric_limits<std::uint32_t>::max();

/// Any text that a bus lets through: UTF-8 without a zero.
std::string text_of(Input& input, std::size_t most) {
    std::string text(input.line().substr(0, most));
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\0' || static_cast<signed char>(c) < 0; }, '?');
    return text;
}

std::int64_t wide_number(Input& input) {
    const auto high = static_cast<std::int64_t>(input.byte() % 4) - 2;  // about the range of 32 bits
    return high * (std::int64_t{1} << 32U) + input.number();
}

/// A target, and what must come of it: numbers, or nothing where they are out of range.
struct Target {
    sdbus::Variant variant;
    std::string type;
    std::vector<std::int64_t> numbers;
};

template <typename T>
Target number_of(Input& input, const char* type) {
    const auto value = static_cast<T>(wide_number(input));
    const bool is_huge = value > T{0} && static_cast<std::uint64_t>(value) > std::numeric_limits<std::int64_t>::max();
    return {sdbus::Variant{value}, type, {is_huge ? -1 : static_cast<std::int64_t>(value)}};
}

template <typename T>
Target list_of(Input& input, const char* type) {
    std::vector<T> values;
    std::vector<std::int64_t> numbers;
    for (auto left = input.byte() % 6; left > 0; --left) {
        const auto one = number_of<T>(input, type);
        values.push_back(one.variant.template get<T>());
        numbers.push_back(one.numbers.front());
    }
    return {sdbus::Variant{values}, type, numbers};
}

Target target_of(Input& input) {
    switch (input.byte() % 16) {
        case 0:
            return number_of<std::uint32_t>(input, "u");
        case 1:
            return number_of<std::int32_t>(input, "i");
        case 2:
            return number_of<std::uint64_t>(input, "t");
        case 3:
            return number_of<std::int64_t>(input, "x");
        case 4:
            return list_of<std::uint32_t>(input, "au");
        case 5:
            return list_of<std::int32_t>(input, "ai");
        case 6:
            return list_of<std::uint64_t>(input, "at");
        case 7:
            return list_of<std::int64_t>(input, "ax");
        case 8:
            return {sdbus::Variant{text_of(input, 300)}, "s", {}};
        case 9:
            return {sdbus::Variant{sdbus::UnixFd{0}}, "h", {}};
        case 10:
            return {sdbus::Variant{std::vector<sdbus::UnixFd>(input.byte() % 20, sdbus::UnixFd{0})}, "ah", {}};
        case 11:
            return {sdbus::Variant{std::vector<sdbus::Variant>{sdbus::Variant{input.number()}}}, "av", {}};
        case 12:
            return {sdbus::Variant{std::vector<std::string>{text_of(input, 20)}}, "as", {}};
        case 13:
            return {sdbus::Variant{static_cast<double>(input.number())}, "d", {}};
        case 14:
            return {sdbus::Variant{input.byte() % 2 == 0}, "b", {}};
        default:
            return {sdbus::Variant{Options{{"u", sdbus::Variant{input.number()}}}}, "a{sv}", {}};
    }
}

/// Often one of the words that there are.
template <typename Words>
std::string word_of(Input& input, const Words& known) {
    const auto which = input.byte();
    return which < 224 ? std::string(known[which % known.size()]) : text_of(input, 300);
}

bool is_of(const std::string& type, std::initializer_list<const char*> accepted) {
    return std::find(accepted.begin(), accepted.end(), type) != accepted.end();
}

bool takes(Kind kind, const std::string& type) {
    switch (kind) {
        case Kind::process:
        case Kind::group:
        case Kind::user:
            return is_of(type, {"u", "i", "x", "t"});
        case Kind::processes:
            return is_of(type, {"au", "ai", "ax", "at"});
        case Kind::pidfd:
            return type == "h";
        case Kind::pidfds:
            return type == "ah";
        case Kind::unit:
        case Kind::user_unit:
            break;
    }
    return type == "s";
}

template <typename T>
void expect_refused_well(const iopriority::Expected<T>& read) {
    const auto& failure = read.failure();
    expect(failure.code == ErrorCode::invalid_argument, "a refusal is InvalidArgs");
    expect(failure.message.size() < 400 &&
               std::all_of(failure.message.begin(), failure.message.end(), [](char c) { return c >= ' ' && c <= '~'; }),
           "a refusal is short and printable");
}

void expect_numbers(const TargetSpec& spec, const std::vector<std::int64_t>& numbers) {
    if (spec.kind == Kind::processes) {
        expect(std::equal(spec.ids.begin(), spec.ids.end(), numbers.begin(), numbers.end()),
               "the numbers are those that came");
    } else if (!numbers.empty()) {
        expect(spec.id == numbers.front(), "the number is the one that came");
    }
}

void read_target(Input& input) {
    const auto& names = iopriority::bus::kind_names;
    const auto name = word_of(input, names);
    const auto target = target_of(input);
    const auto found = std::find_if(names.begin(), names.end(), [&](const char* each) { return name == each; });
    const auto kind = static_cast<Kind>(found - names.begin());
    const bool in_range = std::all_of(target.numbers.begin(), target.numbers.end(),
                                      [](std::int64_t each) { return each >= 0 && each <= largest; });
    const auto read = iopriority::service::read_target(name, target.variant);
    expect(read.has_value() == (found != names.end() && takes(kind, target.type) && in_range),
           "what belongs to the kind, and nothing else");
    if (!read) {
        expect_refused_well(read);
        return;
    }
    expect(read->kind == kind, "the kind is the one that came");
    expect_numbers(*read, target.numbers);
    static_cast<void>(read->check());
}

bool is_known(const std::string& key, Kind kind, Verb verb) {
    return (key == "descendants" && is_of(to_string(kind), {"process", "processes", "pidfd", "pidfds"})) ||
           (is_of(key, {"interactive", "keep-explicit"}) && verb == Verb::set);
}

void read_options(Input& input) {
    static const std::vector<std::string> known{"interactive", "descendants", "keep-explicit"};
    const auto kind = static_cast<Kind>(input.byte() % iopriority::bus::kind_names.size());
    const auto verb = input.byte() % 2 == 0 ? Verb::set : Verb::describe;
    Options options;
    while (!input.empty() && options.size() < 16) {
        auto key = word_of(input, known);
        options.insert_or_assign(
            std::move(key), input.byte() % 2 == 0 ? sdbus::Variant{input.byte() % 2 == 0} : target_of(input).variant);
    }
    const bool good = std::all_of(options.begin(), options.end(), [&](const auto& option) {
        return is_known(option.first, kind, verb) && option.second.template containsValueOfType<bool>();
    });
    const auto read = iopriority::service::with_options(TargetSpec{kind}, options, verb);
    expect(read.has_value() == good, "the known ones with their type, and nothing else");
    if (!read) {
        expect_refused_well(read);
        return;
    }
    const auto said = [&](const char* key) {
        const auto found = options.find(key);
        return found != options.end() && found->second.get<bool>();
    };
    expect(read->interactive == said("interactive") && read->descendants == said("descendants") &&
               read->keep_explicit == said("keep-explicit"),
           "it says what was said");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    read_target(input);
    read_options(input);
    return 0;
}
