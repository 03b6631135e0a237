// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Makes untrusted text safe to display.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace iopriority::values {

/// The text as valid UTF-8 without anything that moves the cursor, ends a line, changes the text direction or is
/// invisible: each such character, and each byte that is not UTF-8, becomes "?". At most `longest` bytes.
[[nodiscard]] std::string sanitised(std::string_view text, std::size_t longest = 256);

/// The same for a sentence that a person has to trust: also without quotes, brackets, "$" and what begins markup. Some
/// agents (polkit-gnome) show a prompt as Pango markup without escaping it, so that a "<" in it leaves it empty.
[[nodiscard]] std::string sanitised_for_prompt(std::string_view text, std::size_t longest = 256);

/// Whether this is a word of ASCII letters, digits and these marks; it has at least one of them.
[[nodiscard]] bool is_word(std::string_view text, std::string_view marks) noexcept;

/// "a, b, c". @param text_of what stands for an element, if that is no text itself
template <typename Range, typename TextOf = std::identity>
[[nodiscard]] std::string joined(const Range& range, std::string_view separator = ", ", TextOf text_of = {}) {
    std::string all;
    for (const auto& each : range) {
        all.append(all.empty() ? "" : separator).append(std::invoke(text_of, each));
    }
    return all;
}

/// What is set on threads, with the number of threads for each priority: "idle", or "mixed (3 idle, 2 none)", the most
/// frequent first; "?" if nothing is known.
[[nodiscard]] std::string shown(const std::map<std::string, std::uint32_t>& breakdown);

}  // namespace iopriority::values
