// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Text on a terminal: how wide it is, and where its lines break.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace iopriority::cli {

/// Cells of a terminal: two for a wide character, such as those of Chinese and Japanese. This depends on the locale: if
/// it is not UTF-8, each character counts as one.
[[nodiscard]] std::size_t width(std::string_view text);

/// As much of the text as fits into that many cells. What the locale cannot represent, or what is not printable,
/// becomes "?".
[[nodiscard]] std::string fitted(std::string_view text, std::size_t cells);

/// The same, padded with blanks to that many cells. @param right whether the text is right-aligned
[[nodiscard]] std::string padded(std::string_view text, std::size_t cells, bool right);

/// As many entries as fit into that many cells, from the first on, separated by two blanks; always at least the first.
[[nodiscard]] std::string_view entries_within(std::string_view text, std::size_t cells);

/// The words in lines of at most that many cells; longer words, which are usually paths, are cut or kept.
enum class LongWords : bool { cut, kept };
[[nodiscard]] std::vector<std::string> lines_of(std::string_view text, std::size_t cells, LongWords long_words);

/// Wrapped at words to fit a terminal, with a newline at the end. There are no blanks between wide characters: a line
/// may break before each of them except closing ones.
[[nodiscard]] std::string wrapped(std::string_view text);

}  // namespace iopriority::cli
