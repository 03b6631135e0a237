// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/table.hpp"

#include <gtest/gtest.h>

namespace iopriority::cli {

TEST(Table, has_its_titles_alone_without_a_row) {
    EXPECT_EQ(Table({{"PID", Align::right}, {"COMMAND"}}).to_string(), "PID  COMMAND\n");
}

TEST(Table, is_as_wide_as_its_content) {
    Table table({{"PID", Align::right}, {"PRIORITY"}, {"COMMAND"}});
    table.add({"1", "none", "init"});
    table.add({"12345", "best-effort:4", "x"});
    EXPECT_EQ(table.to_string(),
              "  PID  PRIORITY       COMMAND\n"
              "    1  none           init\n"
              "12345  best-effort:4  x\n");
}

TEST(Table, has_plain_bold_or_no_titles) {
    Table table({{"A"}, {"B"}});
    table.add({"1", "2"});
    EXPECT_EQ(table.to_string(Table::Titles::left_out), "1  2\n");
    EXPECT_EQ(table.to_string(Table::Titles::bold), "\x1b[1mA  B\x1b[0m\n1  2\n");
}

TEST(Table, counts_characters_and_not_bytes) {
    Table table({{"A"}, {"B"}});
    table.add({"äöü", "1"});
    table.add({"abcd", "2"});
    EXPECT_EQ(table.to_string(), "A     B\näöü   1\nabcd  2\n");
}

}  // namespace iopriority::cli
