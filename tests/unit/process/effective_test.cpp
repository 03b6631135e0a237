// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What a thread amounts to on which nothing is set. The expected values were measured (get of a process group).
#include "process/effective.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <array>

namespace iopriority::process {
namespace {

struct Case {
    int policy;
    int nice;
    Priority expected;
};

TEST(ADerivedPriority, is_that_of_the_kernel) {
    const std::array<Case, 14> cases{{
        {SCHED_OTHER, 0, Priority::best_effort(4)},
        {SCHED_OTHER, 19, Priority::best_effort(7)},
        {SCHED_OTHER, 10, Priority::best_effort(6)},
        {SCHED_OTHER, -1, Priority::best_effort(3)},
        {SCHED_OTHER, 4, Priority::best_effort(4)},
        {SCHED_OTHER, 5, Priority::best_effort(5)},
        {SCHED_OTHER, -20, Priority::best_effort(0)},
        {SCHED_BATCH, 5, Priority::best_effort(5)},
        {SCHED_IDLE, 0, Priority::idle()},
        {SCHED_IDLE, 19, Priority::idle()},
        {SCHED_FIFO, 0, Priority::realtime(4)},
        {SCHED_RR, 0, Priority::realtime(4)},
        {SCHED_FIFO, 19, Priority::realtime(7)},
        {6, 0, Priority::realtime(4)},  // SCHED_DEADLINE
    }};
    for (const auto& one : cases) {
        EXPECT_EQ(derived(one.policy, one.nice), one.expected) << "policy " << one.policy << ", nice " << one.nice;
    }
}

TEST(ADerivedPriority, is_the_same_where_children_are_to_start_without_it) {
    EXPECT_EQ(derived(SCHED_FIFO | SCHED_RESET_ON_FORK, 0), Priority::realtime(4));
    EXPECT_EQ(derived(SCHED_OTHER | SCHED_RESET_ON_FORK, 0), Priority::best_effort(4));
}

TEST(ADerivedPriority, stays_in_range_whatever_the_nice_value) {
    EXPECT_EQ(derived(SCHED_OTHER, -1000), Priority::best_effort(0));
    EXPECT_EQ(derived(SCHED_OTHER, 1000), Priority::best_effort(7));
}

TEST(AnEffectivePriority, of_a_thread_that_is_gone_is_not_there) {
    constexpr pid_t nobody = 0x7FFFFFFF;
    EXPECT_FALSE(effective(nobody, Priority::none()));
}

TEST(AnEffectivePriority, is_what_is_set_where_something_is) {
    EXPECT_EQ(effective(::gettid(), Priority::idle()), Priority::idle());
    EXPECT_EQ(effective(::gettid(), Priority::realtime(2)), Priority::realtime(2));
}

TEST(AnEffectivePriority, follows_the_cpu_where_nothing_is_set) {
    const auto amounts = effective(::gettid(), Priority::none());
    ASSERT_TRUE(amounts);
    EXPECT_NE(amounts->io_class(), PriorityClass::none);
}

TEST(ServedBefore, goes_by_class_and_then_by_level) {
    const std::array<Priority, 6> in_order{Priority::realtime(0),    Priority::realtime(7),    Priority::best_effort(0),
                                           Priority::best_effort(4), Priority::best_effort(7), Priority::idle()};
    for (std::size_t i = 0; i < in_order.size(); ++i) {
        for (std::size_t j = 0; j < in_order.size(); ++j) {
            EXPECT_EQ(served_before(in_order[i], in_order[j]), i < j) << i << ", " << j;
        }
    }
}

TEST(ServedBefore, ranks_as_the_kernel_ranks_mixed_processes) {
    const Priority unset = derived(SCHED_OTHER, 0);
    EXPECT_TRUE(served_before(unset, Priority::idle())) << "idle and unset: best-effort 4";
    EXPECT_TRUE(served_before(Priority::realtime(3), Priority::best_effort(7)));
    EXPECT_TRUE(served_before(Priority::realtime(3), Priority::idle()));
}

}  // namespace
}  // namespace iopriority::process
