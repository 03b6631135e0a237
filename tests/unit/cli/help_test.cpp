// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/line.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace iopriority::cli {

namespace {

std::size_t longest_line(const std::string& text) {
    std::istringstream lines(text);
    std::size_t longest = 0;
    for (std::string line; std::getline(lines, line);) {
        longest = std::max(longest, line.size());
    }
    return longest;
}

}  // namespace

TEST(Help, NamesEveryCommand) {
    for (const auto* command : commands()) {
        EXPECT_NE(help().find("\n  " + std::string(command->name) + " "), std::string::npos) << command->name;
    }
}

TEST(Help, OfACommandShowsHowItIsCalled) {
    for (const auto* command : commands()) {
        EXPECT_EQ(help(*command).find("Usage: ioprioctl " + std::string(command->name)), 0U);
        EXPECT_NE(help(*command).find(command->synopsis), std::string::npos);
    }
}

TEST(Help, FitsATerminal) {
    EXPECT_LE(longest_line(help()), 100U);
    for (const auto* command : commands()) {
        EXPECT_LE(longest_line(help(*command)), 100U) << command->name;
    }
}

}  // namespace iopriority::cli
