// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/lease_state.hpp"

#include <gtest/gtest.h>

#include <string>

namespace iopriority::service::test {
namespace {

LeaseState example() {
    using Stack = kernel::HoldStack;
    return {812,
            4711,
            Stack({{3, Priority::idle()}, {7, Priority::realtime(2)}}, {Priority::none(), 3},
                  {{812, {Priority::none(), 3}}, {815, {Priority::best_effort(6), 7}}}, {816}, false),
            {{3, 1001}, {7, 1002}}};
}

TEST(The_state_of_a_lease, that_is_cut_off_anywhere_is_not_taken) {
    const std::string whole = to_text(example());
    for (std::size_t length = 0; length < whole.size(); ++length) {
        EXPECT_FALSE(parse_lease_state(whole.substr(0, length))) << length;
    }
    EXPECT_FALSE(parse_lease_state(whole + "\n"));
    EXPECT_FALSE(parse_lease_state(whole + whole));
}

class A_bad_state : public testing::TestWithParam<const char*> {};
TEST_P(A_bad_state, is_not_taken) {
    EXPECT_FALSE(parse_lease_state(GetParam()));
}
INSTANTIATE_TEST_SUITE_P(
    , A_bad_state,
    testing::Values("", "\n", "end\n", "iopriority-lease 2\nprocess 1 1 none 0 1 0\nhold 1 idle 0 0\nend\n",
                    "iopriority-lease 1\nend\n", "iopriority-lease 1\nprocess 1 1 none 0 1 0\nend\n",
                    "iopriority-lease 1\nprocess 0 1 none 0 1 0\nhold 1 idle 0 0\nend\n",
                    "iopriority-lease 1\nprocess -5 1 none 0 1 0\nhold 1 idle 0 0\nend\n",
                    "iopriority-lease 1\nprocess 1 1 none 0 1 0\nhold 1 realtime 8 0\nend\n",
                    "iopriority-lease 1\nprocess 1 1 none 0 1 0\nhold 1 idle 3 0\nend\n",
                    "iopriority-lease 1\nprocess 1 1 none 0 1 0\nhold 2 idle 0 0\nhold 1 idle 0 0\nend\n",
                    "iopriority-lease 1\nprocess 1 1 none 0 1 0\nhold 1 idle 0 0 more\nend\n",
                    "iopriority-lease 1\nprocess 1 1 none 0 1 0\nhold 1 idle 0 0\nthread x idle 0 1\nend\n",
                    "iopriority-lease 1\nprocess 1 1 none 0 1 0\nhold 1 idle 0 0\nsomething\nend\n",
                    "iopriority-lease 1\nprocess 1 99999999999999999999 none 0 1 0\nhold 1 idle 0 0\nend\n"));

TEST(The_state_of_a_lease, is_read_back_as_it_was_written) {
    const auto read = parse_lease_state(to_text(example()));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, example());
}

}  // namespace
}  // namespace iopriority::service::test
