// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Holds: what appears between the moments at which somebody looks. Nobody gets realtime by it, and nothing stays held.
#include <gtest/gtest.h>

#include "engine/hold_stack.hpp"
#include "fake_threads.hpp"
#include "restore.hpp"

namespace iopriority::engine {
namespace {

using test::FakeThreads;

constexpr pid_t first = 10;
constexpr pid_t second = 11;
constexpr pid_t born = 20;
const Priority idle = Priority::idle();
const Priority low = Priority::best_effort(7);
const Priority usual = Priority::best_effort(4);
const Priority none = Priority::none();
const Priority realtime = Priority::realtime(2);

int value(Priority priority) {
    return values::to_kernel(priority);
}

void set(FakeThreads& threads, pid_t tid, Priority priority) {
    threads.threads.at(tid).priority = priority;
}

/// Of a parent that is held at realtime; it has reset itself.
class A_process_that_only_inherited_a_realtime_hold : public ::testing::Test {
 protected:
    A_process_that_only_inherited_a_realtime_hold() {
        HoldStack parent;
        parent.begin(1, realtime, {{5, value(none)}});
        stack = parent.born({1});
        stack.begin(2, idle, {}, {{first, value(none)}});  // keep-explicit: its thread is left alone
    }
    HoldStack stack;
};

TEST_F(A_process_that_only_inherited_a_realtime_hold, gets_no_realtime_for_a_thread_that_has_set_itself) {
    FakeThreads threads{{first, second}, usual};
    set(threads, second, idle);
    test::end(stack, 2, threads);
    EXPECT_EQ(threads.priority_of(first), usual);
    EXPECT_EQ(threads.priority_of(second), none);
}

TEST_F(A_process_that_only_inherited_a_realtime_hold, gets_none_for_a_thread_that_was_set_after_all) {
    FakeThreads threads{{first}, idle};
    stack.add(2, first, value(none));
    test::end(stack, 2, threads);
    EXPECT_EQ(threads.priority_of(first), none);
}

TEST(A_child_that_nobody_has_seen, goes_back_though_a_newer_hold_has_found_another_priority_on_its_parent) {
    for (const bool for_good : {false, true}) {
        HoldStack stack;
        stack.begin(1, realtime, {{first, value(none)}});
        FakeThreads child{{born}, realtime};
        if (for_good) {
            stack.detach(101);
        }
        stack.begin(2, idle, {{first, value(usual)}});  // the parent was set to that meanwhile
        auto of_child = stack.born({1}, 100);
        test::end(of_child, 1, child);
        EXPECT_EQ(child.priority_of(born), usual) << for_good;
    }
}

// Before the settle pass, a hold begins that keeps what is explicit.
TEST(A_thread_whose_clone_was_under_way, has_nothing_explicit_from_the_hold_before) {
    FakeThreads threads{{first}, none};
    HoldStack stack;
    stack.begin(1, realtime, {{first, value(none)}});
    set(threads, first, realtime);
    test::end(stack, 1, threads);
    threads.add(second, realtime);
    EXPECT_EQ(stack.own(second, value(realtime)), none);
    EXPECT_EQ(stack.own(first, value(realtime)), realtime) << "somebody has set it since";
}

TEST(A_thread_whose_clone_was_under_way, is_not_recorded_with_what_the_hold_before_has_set) {
    FakeThreads threads{{first}, none};
    HoldStack stack;
    stack.begin(1, idle, {{first, value(none)}});
    set(threads, first, idle);
    test::end(stack, 1, threads);
    threads.add(second, idle);
    stack.begin(2, low, {{first, value(none)}, {second, value(idle)}});
    set(threads, first, low);
    set(threads, second, low);
    test::end(stack, 2, threads);
    EXPECT_EQ(threads.priority_of(second), none);
}

TEST(A_thread_that_was_there_at_the_end_of_a_hold, is_recorded_with_what_it_has_set_itself_to) {
    FakeThreads threads{{first}, none};
    HoldStack stack;
    stack.begin(1, idle, {{first, value(none)}});
    set(threads, first, idle);
    test::end(stack, 1, threads);
    set(threads, first, idle);
    stack.begin(2, low, {{first, value(idle)}});
    set(threads, first, low);
    test::end(stack, 2, threads);
    EXPECT_EQ(threads.priority_of(first), idle);
}

TEST(A_child_that_was_born_after_a_hold_was_put_back, keeps_what_it_has) {
    FakeThreads threads{{first}, none};
    HoldStack stack;
    stack.begin(1, idle, {{first, value(none)}});
    set(threads, first, idle);
    test::end(stack, 1, threads);
    stack.restored(1, 100);
    EXPECT_FALSE(stack.born({1}, 100).empty()) << "in the same tick: by its priority";
    EXPECT_TRUE(stack.born({1}, 101).empty());
    EXPECT_TRUE(stack.has_wanted(idle)) << "until it is over everywhere";
    stack.forget(1);
    EXPECT_FALSE(stack.has_wanted(idle));
}

}  // namespace
}  // namespace iopriority::engine
