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

/// Cells of a terminal: two for a wide character, as those of Chinese and Japanese; by the locale, in which one that
/// is not UTF-8 counts each character as one.
[[nodiscard]] std::size_t width(std::string_view text);

/// As much of the text as takes no more than so many cells. What the locale does not have, or what is not for showing,
/// is "?".
[[nodiscard]] std::string fitted(std::string_view text, std::size_t cells);

/// The same, filled up to so many cells with blanks. @param right whether the text stands at the right of them
[[nodiscard]] std::string padded(std::string_view text, std::size_t cells, bool right);

/// As many entries, parted by two blanks, from the first on as take no more than so many cells; but the first always.
[[nodiscard]] std::string_view entries_within(std::string_view text, std::size_t cells);

/// The words in lines of at most so many cells; longer words, which are paths as a rule, are cut or kept.
enum class LongWords : bool { cut, kept };
[[nodiscard]] std::vector<std::string> lines_of(std::string_view text, std::size_t cells, LongWords long_words);

/// With line breaks between words so that it fits a terminal, and a newline at its end. Wide characters stand without
/// blanks: a line may break before each but closing ones.
[[nodiscard]] std::string wrapped(std::string_view text);

}  // namespace iopriority::cli
