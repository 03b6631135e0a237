// SPDX-FileCopyrightText: The iopriority authors
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

TEST(Help, names_every_command) {
    for (const auto* command : commands()) {
        EXPECT_NE(help().find("\n  " + std::string(command->name) + " "), std::string::npos) << command->name;
    }
}

TEST(Help, of_a_command_shows_its_usage) {
    for (const auto* command : commands()) {
        EXPECT_EQ(help(*command).find("Usage: ioprioctl " + std::string(command->name)), 0U);
        EXPECT_NE(help(*command).find(command->synopsis), std::string::npos);
    }
}

TEST(Help, fits_a_terminal) {
    EXPECT_LE(longest_line(help()), 80U);
    for (const auto* command : commands()) {
        EXPECT_LE(longest_line(help(*command)), 80U) << command->name;
    }
}

TEST(Help, of_a_command_has_its_options_and_no_others) {
    const auto has = [](const Command& command, const std::string& option) {
        return help(command).find(' ' + option) != std::string::npos;
    };
    EXPECT_TRUE(has(get_command, "--tree"));
    EXPECT_TRUE(has(set_command, "--keep-explicit"));
    EXPECT_TRUE(has(run_command, "--hold"));
    EXPECT_FALSE(has(run_command, "--json"));
    EXPECT_FALSE(has(list_command, "--host"));
    EXPECT_FALSE(has(check_command, "--no-ask-password"));
    for (const auto* command : commands()) {
        for (const std::string option : {"--dry-run", "--json", "--host"}) {  // which others refuse
            std::vector<std::string> words{"ioprioctl", std::string(command->name), option};
            words.push_back(option == "--json" ? "short" : option == "--host" ? "nas" : "idle");
            bool accepted = true;
            try {
                Line().read(words);
            } catch (const UsageError&) {
                accepted = false;
            }
            EXPECT_EQ(has(*command, option) || has(*command, "-j, " + option), accepted) << command->name << option;
        }
    }
}

}  // namespace iopriority::cli
