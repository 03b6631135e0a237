// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Numbers in text.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace iopriority::values {

/// The integer that a whole word is; nothing if there is anything else in it, or if it does not fit.
template <typename T>
[[nodiscard]] std::optional<T> number(std::string_view word, int base = 10) {
    T value{};
    const auto* const end = word.data() + word.size();
    const auto [last, error] = std::from_chars(word.data(), end, value, base);
    return error == std::errc{} && last == end ? std::optional(value) : std::nullopt;
}

}  // namespace iopriority::values
