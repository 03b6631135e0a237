// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Messages for people, in their language (gettext). Not for what programs read: JSON, output in the format of
/// ionice(1), names of priorities, commands and options.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include "values/translatable.hpp"

namespace iopriority::cli {

using values::translatable;

namespace translation {

/// The text in the language of the locale, or unchanged. The catalogue is loaded at the first call.
[[nodiscard]] const char* find(const char* text);
[[nodiscard]] const char* find(const char* one, const char* many, unsigned long count);

/// The text with each "%1" to "%9" replaced by that word; a placeholder without a word stays. Words are not expanded
/// themselves. So a wrong translation gives a wrong sentence and nothing worse.
[[nodiscard]] std::string fill(std::string_view text, const std::vector<std::string>& words);

[[nodiscard]] inline std::string word(std::string_view text) {
    return std::string(text);
}
template <std::integral Number>
[[nodiscard]] std::string word(Number number) {
    return std::to_string(number);
}

}  // namespace translation

/// A whole sentence, or a whole part of one, in the person's language.
/// @param text in English, a literal (or a constant marked by translatable()): xgettext finds it by this
/// @param words texts and numbers for its "%1", "%2"...
template <typename... Words>
[[nodiscard]] std::string tr(const char* text, const Words&... words) {
    return translation::fill(translation::find(text), {translation::word(words)...});
}

/// The same for a number of things: languages have one to six plural forms.
template <typename... Words>
[[nodiscard]] std::string tr_n(unsigned long count, const char* one, const char* many, const Words&... words) {
    return translation::fill(translation::find(one, many, count), {translation::word(words)...});
}

}  // namespace iopriority::cli
