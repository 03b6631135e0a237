// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What polkit, its rules and the person at the dialog are told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/prompt.hpp"

namespace iopriority::service {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

TEST(Details_for_rules, name_all_users_and_end_in_what_says_that_there_are_more) {
    constexpr int most_users_told = 64;
    constexpr std::size_t longest_name = 256;
    std::string users;
    for (int i = 0; i < most_users_told; ++i) {
        users += std::string(longest_name, 'a') + ", ";
    }
    users += "...";
    const auto told = details({}, users);
    EXPECT_EQ(told.at("target-users"), users) << "a rule that denies goes by the end";
    EXPECT_FALSE(told.contains("target-user"));
}

TEST(Details_for_rules, have_no_characters_of_markup_in_names_of_users) {
    engine::TargetName name;
    name.uid = 1000;
    EXPECT_EQ(details(name, "<b>bob").at("target-user"), "?b?bob");
}

}  // namespace
}  // namespace iopriority::service
