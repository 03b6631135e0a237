// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include <iopriority/error.hpp>

#include "values/number.hpp"
#include "values/values.hpp"

namespace iopriority {

namespace {

// Indexed by PriorityClass, which has the kernel's numbers.
constexpr std::array<std::string_view, 4> class_names{"none", "realtime", "best-effort", "idle"};
constexpr unsigned default_level = 4;  // IOPRIO_NORM, as ionice(1)
constexpr int class_shift = 13;
constexpr int class_mask = 7;
constexpr int level_mask = 7;

struct Word {
    std::string_view text;
    std::string_view io_class;
    unsigned level;
};
constexpr std::array<Word, 4> words{{
    {"background", "idle", 0},
    {"low", "best-effort", Priority::lowest_level},
    {"normal", "none", 0},
    {"high", "best-effort", 0},
}};

/// ASCII only: independent of the locale.
std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

/// From people, the kernel's own short names are accepted, too.
std::string_view full_name(std::string_view name) {
    return name == "be" ? "best-effort" : name == "rt" ? "realtime" : name;
}

std::optional<PriorityClass> class_of(std::string_view name) {
    for (std::size_t i = 0; i < class_names.size(); ++i) {
        if (class_names.at(i) == name) {
            return static_cast<PriorityClass>(i);
        }
    }
    return std::nullopt;
}

// Untrusted text in an error: printable ASCII only, and of limited length.
std::string quoted(std::string_view text) {
    constexpr std::size_t longest = 40;
    std::string out{"\""};
    for (const char c : text.substr(0, longest)) {
        out += (c >= ' ' && c <= '~' && c != '"') ? c : '?';
    }
    out += text.size() > longest ? "...\"" : "\"";
    return out;
}

std::string level_out_of_range(unsigned level) {
    return "level " + std::to_string(level) + " is out of range: use 0 (first served) to 7 (last)";
}

std::uint8_t checked_level(unsigned level) {
    if (level > Priority::lowest_level) {
        throw InvalidArgument(level_out_of_range(level));
    }
    return static_cast<std::uint8_t>(level);
}

using values::has_level;

}  // namespace

std::string_view to_string(PriorityClass io_class) noexcept {
    const auto index = static_cast<std::size_t>(io_class);
    if (index >= class_names.size()) {
        return "unknown";
    }
    return class_names[index];  // NOLINT(*-constant-array-index)
}

Priority Priority::realtime(unsigned level) {
    return {PriorityClass::realtime, checked_level(level)};
}

Priority Priority::best_effort(unsigned level) {
    return {PriorityClass::best_effort, checked_level(level)};
}

Priority Priority::from(std::string_view io_class, unsigned level) {
    return values::from_bus(io_class, level).value();
}

Priority Priority::parse(std::string_view as_written) {
    const auto text = lower(as_written);
    for (const auto& word : words) {
        if (word.text == text) {
            return from(word.io_class, word.level);
        }
    }
    const auto colon = text.find(':');
    const auto name = full_name(std::string_view(text).substr(0, colon));
    const auto io_class = class_of(name);
    if (!io_class) {
        throw InvalidArgument("priority " + quoted(as_written) +
                              " is not known: use none, idle, best-effort[:0-7] or realtime[:0-7], "
                              "or background, low, normal, high");
    }
    if (colon == std::string::npos) {
        return from(name, has_level(*io_class) ? default_level : 0);
    }
    const auto digits = std::string_view(text).substr(colon + 1);
    const auto level = values::number<unsigned>(digits);
    if (!level) {
        throw InvalidArgument("level " + quoted(digits) + " of priority " + quoted(as_written) +
                              " is not a number from 0 to 7");
    }
    return from(name, *level);
}

std::string Priority::to_string() const {
    std::string text{iopriority::to_string(class_)};
    if (has_level(class_)) {
        text += ':' + std::to_string(level());
    }
    return text;
}

namespace values {

Expected<Priority> from_bus(std::string_view io_class, std::uint32_t level) {
    const auto known = class_of(io_class);
    if (!known) {
        return Failure{ErrorCode::invalid_argument, "io_class " + quoted(io_class) +
                                                        " is not known: use \"none\", \"realtime\", \"best-effort\" or "
                                                        "\"idle\""};
    }
    if (!has_level(*known) && level != 0) {
        return Failure{ErrorCode::invalid_argument, "level " + std::to_string(level) + " with io_class \"" +
                                                        std::string(io_class) + "\": that class has no levels, use 0"};
    }
    if (level > Priority::lowest_level) {
        return Failure{ErrorCode::invalid_argument, level_out_of_range(level)};
    }
    return from_kernel(static_cast<int>(*known) << class_shift | static_cast<int>(level));
}

bool has_level(PriorityClass io_class) noexcept {
    return io_class == PriorityClass::realtime || io_class == PriorityClass::best_effort;
}

int to_kernel(Priority priority) noexcept {
    return static_cast<int>(priority.io_class()) << class_shift | static_cast<int>(priority.level());
}

Priority from_kernel(int value) noexcept {
    const auto level = static_cast<unsigned>(value & level_mask);
    switch ((value >> class_shift) & class_mask) {
        case static_cast<int>(PriorityClass::realtime):
            // cppcheck-suppress throwInNoexceptFunction ; the level is masked
            return Priority::realtime(level);
        case static_cast<int>(PriorityClass::best_effort):
            return Priority::best_effort(level);
        case static_cast<int>(PriorityClass::idle):
            return Priority::idle();
        default:
            return Priority::none();
    }
}

}  // namespace values
}  // namespace iopriority
