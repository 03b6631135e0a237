// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/table.hpp"

#include <algorithm>
#include <utility>

#include "cli/layout.hpp"

namespace iopriority::cli {

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
    for (const auto& column : columns_) {
        widths_.push_back(width(column.title));
    }
}

void Table::add(std::vector<std::string> cells) {
    cells.resize(columns_.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
        widths_.at(i) = std::max(widths_.at(i), width(cells.at(i)));
    }
    rows_.push_back(std::move(cells));
}

std::string Table::line(const std::vector<std::string>& cells) const {
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::string padding(widths_.at(i) - width(cells.at(i)), ' ');
        text += i == 0 ? "" : "  ";
        text += columns_.at(i).align == Align::right ? padding + cells.at(i) : cells.at(i) + padding;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text + '\n';
}

std::string Table::to_string(Titles titles) const {
    std::vector<std::string> cells;
    for (const auto& column : columns_) {
        cells.push_back(column.title);
    }
    std::string text = titles == Titles::left_out ? "" : line(cells);
    if (titles == Titles::bold) {
        text.insert(text.size() - 1, "\x1b[0m");
        text.insert(0, "\x1b[1m");
    }
    for (const auto& row : rows_) {
        text += line(row);
    }
    return text;
}

}  // namespace iopriority::cli
