// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The end of a hold, where a thread has become somebody else's meanwhile, or had more than class and level.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/hold_stack.hpp"
#include "fake_threads.hpp"
#include "restore.hpp"

namespace iopriority::engine {
namespace {

using test::FakeThreads;
using ::testing::ElementsAre;
using ::testing::Pair;

constexpr pid_t first = 10;
constexpr pid_t second = 11;
constexpr uid_t user = 1001;
constexpr int hint = 1 << 3;
const Priority idle = Priority::idle();
const Priority low = Priority::best_effort(7);
const Priority none = Priority::none();
const Priority realtime = Priority::realtime(2);

class The_end_of_a_hold : public ::testing::Test {
 protected:
    The_end_of_a_hold() {
        for (auto& [tid, thread] : threads.threads) {
            thread.credentials = {user, false};
        }
    }
    void begin(HoldId id, Priority wanted) {
        std::vector<std::pair<pid_t, int>> found;
        for (const pid_t tid : threads.order) {
            found.emplace_back(tid, threads.value_of(tid));
        }
        stack.begin(id, wanted, found);
        for (auto& [tid, thread] : threads.threads) {
            thread.priority = wanted;
            thread.hints = 0;
        }
    }
    void is_privileged(pid_t tid) { threads.set_owner(tid, {user, true}); }
    /// Admits what is not privileged.
    const policy::Grant own = policy::Grant::own(user);

    FakeThreads threads{{first, second}, none};
    HoldStack stack;
};

TEST_F(The_end_of_a_hold, leaves_a_thread_as_it_is_that_is_not_the_holders_any_more) {
    begin(1, idle);
    is_privileged(second);
    EXPECT_EQ(test::end(stack, 1, threads, own), 1U);
    EXPECT_EQ(threads.priority_of(first), none);
    EXPECT_EQ(threads.priority_of(second), idle);
}

TEST_F(The_end_of_a_hold, changes_nothing_of_what_the_holder_no_longer_owns_step_by_step) {
    begin(1, low);
    begin(2, Priority::best_effort(0));
    begin(3, idle);
    begin(4, Priority::best_effort(1));
    for (HoldId id = 4; id > 0; --id) {
        EXPECT_EQ(test::end(stack, id, threads, policy::Grant::own(user + 1)), 0U);
    }
    EXPECT_TRUE(threads.all_are(Priority::best_effort(1)));
    EXPECT_TRUE(threads.calls.sets.empty());
}

TEST_F(The_end_of_a_hold, takes_back_what_it_gave_a_thread_that_changed_hands_just_then) {
    begin(1, idle);
    threads.after_set = [&](pid_t tid) { threads.set_owner(tid, {user, tid == second}); };
    EXPECT_EQ(test::end(stack, 1, threads, own), 1U);
    EXPECT_EQ(threads.priority_of(first), none);
    EXPECT_EQ(threads.priority_of(second), idle);
}

TEST_F(The_end_of_a_hold, is_retried_if_the_credentials_of_a_thread_cannot_be_read_before_or_after) {
    for (const unsigned failing : {1U, 2U, 3U, 4U}) {
        begin(failing, idle);
        threads.calls.credentials = 0;
        threads.credentials_refused = [&](unsigned count) { return count == failing; };
        stack.end(failing, own);
        threads.rewind();
        HoldStack::SetTo to;
        EXPECT_THROW(static_cast<void>(stack.restore_some(threads, to)), Error);
        EXPECT_EQ(threads.priority_of(failing < 3 ? first : second), idle) << "as it was";
        while (!stack.restore_some(threads, to)) {
        }
        EXPECT_EQ(test::number(to), 2U);
        EXPECT_TRUE(threads.all_are(none));
    }
}

// By a request of its owner for all of his own threads, which covers it now, but not to realtime.
TEST_F(The_end_of_a_hold, makes_no_privileged_thread_realtime_again) {
    const auto realtime_of_own = policy::Grant::given(user, policy::Action::set_realtime, {user});
    for (const bool while_set : {false, true}) {
        stack = {};
        threads.set_owner(first, {user, false});
        threads.set_owner(second, {user, false});
        begin(1, realtime);
        begin(2, idle);
        const auto execute = [&](pid_t tid) { threads.set_owner(tid, {user, tid == second}); };
        if (while_set) {
            threads.after_set = execute;
        } else {
            execute(second);
        }
        stack.end(2, policy::Grant::own_user(user), {}, {{1, realtime_of_own}});
        test::restore(stack, threads);
        threads.after_set = {};
        EXPECT_EQ(threads.priority_of(first), realtime);
        EXPECT_NE(threads.priority_of(second), realtime);
        test::end(stack, 1, threads, realtime_of_own);
        EXPECT_EQ(threads.priority_of(first), none);
        threads.set_owner(second, {user, false});
        threads.threads.at(second).priority = none;
    }
}

TEST_F(The_end_of_a_hold, restores_no_thread_whose_id_was_reused) {
    begin(1, idle);
    threads.after_set = [&](pid_t tid) {
        if (tid == second) {
            threads.remove(second);
            threads.strangers[second] = {realtime, std::nullopt};  // who had nothing to do with this
        }
    };
    EXPECT_EQ(test::end(stack, 1, threads, own), 1U);
    EXPECT_EQ(threads.priority_of(second), realtime);
}

TEST_F(The_end_of_a_hold, judges_also_a_thread_that_was_being_born) {
    begin(1, idle);
    EXPECT_EQ(test::end(stack, 1, threads, own), 2U);
    threads.add(20, idle);
    is_privileged(20);
    EXPECT_EQ(test::end_late(stack, threads), 0U);
    EXPECT_EQ(threads.priority_of(20), idle);
}

TEST_F(The_end_of_a_hold, judges_a_thread_that_was_being_born_by_the_grants_of_all_that_have_ended) {
    begin(1, idle);
    begin(2, low);
    EXPECT_EQ(test::end(stack, 2, threads, own), 2U);
    EXPECT_EQ(test::end(stack, 1, threads), 2U);
    threads.add(20, idle);
    is_privileged(20);
    threads.add(21, idle);
    threads.set_owner(21, {user, false});
    EXPECT_EQ(test::end_late(stack, threads), 1U);
    EXPECT_EQ(threads.priority_of(20), idle);
    EXPECT_EQ(threads.priority_of(21), none);
}

TEST_F(The_end_of_a_hold, finds_what_was_being_born_also_where_another_that_ended_before_has_looked_meanwhile) {
    begin(1, idle);
    begin(2, low);
    EXPECT_EQ(test::end(stack, 2, threads), 2U);
    EXPECT_EQ(test::end(stack, 1, threads), 2U);
    EXPECT_EQ(test::end_late(stack, threads, 2), 0U);
    threads.add(20, idle);
    EXPECT_EQ(test::end_late(stack, threads, 1), 1U);
    EXPECT_EQ(threads.priority_of(20), none);
    threads.add(21, idle);
    EXPECT_EQ(test::end_late(stack, threads, 1), 0U) << "once";
}

TEST_F(The_end_of_a_hold, forgets_by_what_late_threads_are_judged_together_with_what_they_have) {
    begin(1, idle);
    EXPECT_EQ(test::end(stack, 1, threads, own), 2U);
    begin(2, low);
    threads.add(20, idle);
    EXPECT_EQ(test::end_late(stack, threads), 0U);
    EXPECT_EQ(threads.priority_of(20), idle);
    EXPECT_EQ(threads.calls.credentials, 4U) << "nobody is asked for";
}

TEST_F(The_end_of_a_hold, asks_for_no_thread_that_it_does_not_set) {
    begin(1, idle);
    threads.threads[second].priority = low;
    EXPECT_EQ(test::end(stack, 1, threads, own), 1U);
    EXPECT_EQ(threads.calls.credentials, 2U) << "of the first, before and after";
}

TEST_F(The_end_of_a_hold, gives_back_what_was_found_bit_for_bit) {
    threads.threads[second].priority = low;
    threads.threads[second].hints = hint;
    const int before = threads.value_of(second);
    begin(1, idle);
    begin(2, Priority::best_effort(0));
    EXPECT_EQ(test::end(stack, 2, threads), 2U);
    EXPECT_TRUE(threads.all_are(idle));
    EXPECT_EQ(test::end(stack, 1, threads), 2U);
    EXPECT_EQ(threads.value_of(second), before);
    EXPECT_EQ(threads.value_of(first), 0);
}

TEST_F(The_end_of_a_hold, gives_back_what_is_known_of_it_where_the_kernel_refuses_hints) {
    threads.threads[second].priority = low;
    threads.threads[second].hints = hint;
    begin(1, idle);
    threads.knows_hints = false;
    EXPECT_EQ(test::end(stack, 1, threads), 2U);
    EXPECT_EQ(threads.value_of(second), values::to_kernel(low));
}

TEST_F(The_end_of_a_hold, gives_a_thread_its_hints_back_of_which_the_hold_left_class_and_level) {
    threads.threads[first].priority = idle;
    threads.threads[first].hints = hint;
    const int before = threads.value_of(first);
    begin(1, idle);
    EXPECT_EQ(test::end(stack, 1, threads), 2U);
    EXPECT_EQ(threads.value_of(first), before);
}

TEST_F(The_end_of_a_hold, leaves_alone_a_thread_that_has_set_itself_to_the_same_with_a_hint) {
    begin(1, low);
    threads.threads[second].hints = hint;
    const int of_its_own = threads.value_of(second);
    EXPECT_EQ(test::end(stack, 1, threads), 1U);
    EXPECT_EQ(threads.value_of(second), of_its_own);
}

TEST_F(The_end_of_a_hold, gives_a_thread_back_what_it_had_that_was_found_only_after_the_beginning) {
    begin(1, idle);
    threads.add(20, idle);
    stack.add(1, 20, values::to_kernel(low));
    stack.add(1, second, values::to_kernel(low));
    EXPECT_EQ(test::end(stack, 1, threads), 3U);
    EXPECT_EQ(threads.priority_of(20), low);
    EXPECT_EQ(threads.priority_of(second), none) << "what was found first counts";
}

TEST_F(The_end_of_a_hold, gives_realtime_back_to_no_thread_that_came_late) {
    begin(1, realtime);
    begin(2, idle);
    threads.add(20, realtime);  // both were beginning, and the first has set its threads once more
    static_cast<void>(test::end(stack, 1, threads));
    stack.add(2, 20, values::to_kernel(realtime));
    threads.threads[20].priority = idle;
    EXPECT_EQ(test::end(stack, 2, threads), 3U);
    EXPECT_TRUE(threads.all_are(none));
}

TEST_F(The_end_of_a_hold, gives_no_realtime_back_that_another_hold_had_set_while_both_were_beginning) {
    begin(1, realtime);
    begin(2, idle);
    threads.threads[second].priority = realtime;
    begin(3, low);
    for (const HoldId id : {1U, 2U, 3U}) {
        static_cast<void>(test::end(stack, id, threads));
    }
    EXPECT_TRUE(threads.all_are(none));
}

TEST_F(The_end_of_a_hold, goes_by_the_order_of_the_holds_on_the_process_and_not_by_their_numbers) {
    begin(7, idle);
    begin(3, low);
    EXPECT_EQ(test::end(stack, 3, threads), 2U);
    EXPECT_TRUE(threads.all_are(idle));
    EXPECT_EQ(test::end(stack, 7, threads), 2U);
    EXPECT_TRUE(threads.all_are(none));
}

TEST_F(The_end_of_a_hold, that_is_not_there_changes_nothing) {
    begin(1, idle);
    EXPECT_EQ(test::end(stack, 2, threads), 0U);
    stack.forget(1);
    EXPECT_TRUE(stack.empty());
    EXPECT_THAT(stack.bases(), ElementsAre(Pair(first, HoldStack::Base{0, 1}), Pair(second, HoldStack::Base{0, 1})));
    EXPECT_TRUE(threads.all_are(idle));
}

}  // namespace
}  // namespace iopriority::engine
