// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/messages.hpp"

#include <gtest/gtest.h>

namespace iopriority::cli {

namespace {

Details of(Priority set, const std::map<std::string, unsigned>& breakdown) {
    Details details;
    details.set = set;
    details.breakdown = breakdown;
    return details;
}

}  // namespace

TEST(Reading, distinguishes_mixed_from_uniform) {
    EXPECT_EQ(shown(std::map<std::string, unsigned>{}), "?");
    EXPECT_EQ(shown({{"idle", 5}}), "idle");
    EXPECT_EQ(shown({{"idle", 1}, {"none", 4}}), "mixed (4 none, 1 idle)");
}

TEST(Reading, is_the_default_only_when_nothing_is_set_on_any_thread) {
    EXPECT_TRUE(is_default(of(Priority::none(), {{"none", 2}})));
    EXPECT_FALSE(is_default(of(Priority::none(), {{"idle", 1}, {"none", 2}})));
    EXPECT_FALSE(is_default(of(Priority::idle(), {{"idle", 1}})));
}

}  // namespace iopriority::cli
