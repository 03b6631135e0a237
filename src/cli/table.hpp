// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Text in columns.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace iopriority::cli {

enum class Align : bool { left, right };

struct Column {
    std::string title;
    Align align = Align::left;
};

/// A column of numbers, which end below each other.
[[nodiscard]] inline Column numbers(const char* title) {
    return {title, Align::right};
}

class Table {
 public:
    explicit Table(std::vector<Column> columns);

    /// @param cells one for each column, safe to display
    void add(std::vector<std::string> cells);

    /// How the line of titles is shown.
    enum class Titles : std::uint8_t { plain, bold, left_out };

    /// Titles and rows, each with a newline at the end; two blanks between columns, no trailing blanks.
    [[nodiscard]] std::string to_string(Titles titles = Titles::plain) const;

 private:
    [[nodiscard]] std::string line(const std::vector<std::string>& cells) const;

    std::vector<Column> columns_;
    std::vector<std::size_t> widths_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace iopriority::cli
