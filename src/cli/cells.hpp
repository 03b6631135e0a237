// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Text in the cells of a terminal, of which a character takes none, one or two.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace iopriority::cli {

/// The text in the characters of the locale, cut off so that it takes no more than so many cells. What the locale does
/// not have, or what is not for showing, is "?".
[[nodiscard]] std::wstring fitted(std::string_view text, std::size_t cells);

/// The same, filled up to so many cells with blanks. @param right whether the text stands at the right of them
[[nodiscard]] std::wstring padded(std::string_view text, std::size_t cells, bool right);

/// As much of the beginning as takes no more than so many cells.
[[nodiscard]] std::wstring_view cut(std::wstring_view text, std::size_t cells);

/// As many entries, parted by two blanks, from the first on as take no more than so many cells; but the first always.
[[nodiscard]] std::string_view entries_within(std::string_view text, std::size_t cells);

/// How many cells it takes.
[[nodiscard]] std::size_t cells_of(std::wstring_view text);

/// The same text in lines of at most so many cells, parted at blanks where it can be. @param cells at least 1
[[nodiscard]] std::vector<std::wstring> wrapped(std::string_view text, std::size_t cells);

}  // namespace iopriority::cli
