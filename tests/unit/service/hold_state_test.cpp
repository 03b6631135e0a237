// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/hold_state.hpp"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <cerrno>
#include <string>

#include "../refusals.hpp"
#include "bench.hpp"
#include "service/hold_store.hpp"
#include "values/values.hpp"

namespace iopriority::service::test {
namespace {

using policy::Action;
using policy::Grant;

/// Hints are kept, the order of the holds on the process is not that of their numbers.
HoldState example() {
    using Stack = engine::HoldStack;
    return {{812, 4711},
            4000,
            Stack({{9, 1, Priority::idle(), {812, 820}}, {7, 4, Priority::realtime(2)}}, {0, 1},
                  {{812, {0, 1}}, {815, {values::to_kernel(Priority::best_effort(6)) | 1 << 3, 4}}}, {816}, 0,
                  {{{8, 3, Priority::best_effort(1)}, {3, 2}, 5, 6000}}),
            {{9, {1001, 100, Grant::own(1001)}},
             {8, {1003, 150, Grant::own(1003)}},
             {7, {1002, 200, Grant::given(1002, Action::set_other_users_realtime, {0, 5})}}}};
}

TEST(The_state_of_a_hold, that_is_cut_off_anywhere_is_not_taken) {
    const std::string whole = to_text(example());
    for (std::size_t length = 0; length < whole.size(); ++length) {
        EXPECT_FALSE(parse_hold_state(whole.substr(0, length))) << length;
    }
    EXPECT_FALSE(parse_hold_state(whole + "\n"));
    EXPECT_FALSE(parse_hold_state(whole + whole));
}

TEST(The_state_of_a_hold, stays_stored_as_it_was_where_the_disk_is_full) {
    const Directory directory;
    HoldStore store(directory.path());
    const auto before = example();
    auto after = example();
    after.holders[9] = {1003, 300, Grant::own(1003)};
    ASSERT_TRUE(store.save(before));
    if (!iopriority::test::where_refused({SYS_write}, ENOSPC, [&] { EXPECT_FALSE(store.save(after)); })) {
        GTEST_SKIP() << "system calls cannot be filtered here";
    }
    const auto loaded = store.load();
    ASSERT_EQ(loaded.size(), 1U);
    EXPECT_EQ(loaded.front(), before);
}

constexpr const char* good = "iopriority-hold 3\nprocess 1 1 5 0 1 0\nhold 1 1 idle 0 0 5 own\nend\n";

class A_bad_state : public testing::TestWithParam<const char*> {};
TEST_P(A_bad_state, is_not_taken) {
    EXPECT_FALSE(parse_hold_state(GetParam()));
}
INSTANTIATE_TEST_SUITE_P(
    , A_bad_state,
    testing::Values(
        "", "\n", "end\n", "iopriority-hold 1\nprocess 1 1 5 0 1 0\nhold 1 1 idle 0 0 5 own\nend\n",
        "iopriority-lease 1\nprocess 1 1 none 0 1 0\nhold 1 idle 0 0\nend\n", "iopriority-hold 3\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 0 1 0\nend\n",
        "iopriority-hold 3\nprocess 0 1 5 0 1 0\nhold 1 1 idle 0 0 5 own\nend\n",
        "iopriority-hold 3\nprocess -5 1 5 0 1 0\nhold 1 1 idle 0 0 5 own\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 -1 1 0\nhold 1 1 idle 0 0 5 own\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 65536 1 0\nhold 1 1 idle 0 0 5 own\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 0 1 0\nhold 1 1 realtime 8 0 5 own\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 0 1 0\nhold 1 1 idle 3 0 5 own\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 0 1 0\nhold 1 2 idle 0 0 5 own\nhold 2 1 idle 0 0 5 own\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 0 1 0\nhold 1 1 idle 0 0 5 own\nhold 2 1 idle 0 0 5 own\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 0 1 0\nhold 1 1 idle 0 0 5 own\nhold 1 2 idle 0 0 5 own\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 0 1 0\nhold 0 1 idle 0 0 5 own\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 0 1 0\nhold 9223372036854775808 1 idle 0 0 5 own\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 0 1 0\nhold 1 1 idle 0 0 5\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 0 1 0\nhold 1 1 idle 0 0 5 all\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 0 1 0\nhold 1 1 idle 0 0 5 set-other-users:\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 0 1 0\nhold 1 1 idle 0 0 5 own more\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 0 1 0\nhold 1 1 idle 0 0 5 own\nthread x 0 1\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 0 1 0\nhold 1 1 idle 0 0 5 own\nthread 1 70000 1\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 0 1 0\nhold 1 1 idle 0 0 5 own\nthread 0 0 1\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 0 1 0\nhold 1 1 idle 0 0 5 own\nsomething\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 0 1 0\npast 1 1 idle 0 0 5 own\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 0 1 0\npast 0 1 idle 0 0 5 own 0 1 0 9\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 0 1 0\npast 1 1 idle 0 0 5 own 0 1 0 9 9\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 0 1 0\npast 1 1 idle 0 0 5 own 65536 1 0 9\nend\n",
        "iopriority-hold 3\nprocess 1 1 5 0 1 0\nhold 1 1 idle 0 0 5 own\npast 1 2 idle 0 0 5 own 0 1 0 9\nend\n",
        "iopriority-hold 3\nprocess 1 99999999999999999999 5 0 1 0\nhold 1 1 idle 0 0 5 own\nend\n"));

TEST(The_state_of_a_hold, is_taken_where_nothing_is_wrong) {
    EXPECT_TRUE(parse_hold_state(good));
    EXPECT_TRUE(parse_hold_state("iopriority-hold 3\nprocess 1 1 5 0 1 0\npast 1 1 idle 0 0 5 own 0 1 0 9\nend\n"));
}

TEST(The_state_of_a_hold, is_read_back_as_it_was_written) {
    const auto read = parse_hold_state(to_text(example()));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, example());
}

}  // namespace
}  // namespace iopriority::service::test
