// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Holds that not every thread of a process takes part in, and what is born under them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/hold_stack.hpp"
#include "fake_threads.hpp"
#include "restore.hpp"

namespace iopriority::engine {
namespace {

using test::FakeThreads;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr pid_t first = 10;
constexpr pid_t second = 11;
constexpr pid_t born = 20;
constexpr int hint = 1 << 3;
const Priority idle = Priority::idle();
const Priority low = Priority::best_effort(7);
const Priority high = Priority::best_effort(0);
const Priority none = Priority::none();
const Priority realtime = Priority::realtime(2);

class Parts_of_a_process : public ::testing::Test {
 protected:
    /// What the service does for a hold: records, then sets every thread that takes part in it.
    void begin(HoldId id, Priority wanted, const std::set<pid_t>& without = {}) {
        Values found;
        Values left_out;
        for (const pid_t tid : threads.order) {
            (without.contains(tid) ? left_out : found).emplace_back(tid, threads.value_of(tid));
        }
        stack.begin(id, wanted, found, left_out);
        for (const auto& [tid, value] : found) {
            set(tid, wanted);
        }
    }
    unsigned end(HoldId id) { return test::end(stack, id, threads); }
    void set(pid_t tid, Priority priority) {
        threads.threads.at(tid).priority = priority;
        threads.threads.at(tid).hints = 0;
    }
    [[nodiscard]] Priority own(pid_t tid) const { return stack.own(tid, threads.value_of(tid)); }

    FakeThreads threads{{first, second}, none};
    HoldStack stack;
};

// ---- threads that a hold does not admit

using Threads_that_a_hold_does_not_admit = Parts_of_a_process;

TEST_F(Threads_that_a_hold_does_not_admit, are_left_as_they_are_by_its_end) {
    set(second, high);
    begin(1, idle, {second});
    EXPECT_EQ(end(1), 1U);
    EXPECT_EQ(threads.priority_of(first), none);
    EXPECT_EQ(threads.priority_of(second), high);
    EXPECT_THAT(threads.calls.sets, ElementsAre(Pair(first, none)));
}

TEST_F(Threads_that_a_hold_does_not_admit, are_left_as_they_are_also_where_somebody_has_set_what_it_wants) {
    begin(1, idle, {second});
    set(second, idle);
    EXPECT_EQ(end(1), 1U);
    EXPECT_EQ(test::end_late(stack, threads), 0U);
    EXPECT_EQ(threads.priority_of(second), idle);
}

TEST_F(Threads_that_a_hold_does_not_admit, are_not_taken_for_changed_by_its_end) {
    begin(1, idle);
    begin(2, low, {second});
    set(second, high);
    EXPECT_EQ(end(2), 1U);
    set(second, idle);  // as it was
    EXPECT_EQ(end(1), 2U);
    EXPECT_TRUE(threads.all_are(none));
}

// ---- threads that a hold does not admit: one that executes a program takes the number of the first

class The_number_of_a_thread_that_is_not_admitted : public Parts_of_a_process {
 protected:
    The_number_of_a_thread_that_is_not_admitted() {
        set(first, high);
        threads.add(born, low);
        begin(1, realtime, {first});
    }
    void execute() {
        threads.remove(born);
        set(first, realtime);
    }
};

TEST_F(The_number_of_a_thread_that_is_not_admitted, keeps_no_realtime) {
    execute();
    EXPECT_EQ(end(1), 2U);
    EXPECT_EQ(threads.priority_of(first), high);
}

TEST_F(The_number_of_a_thread_that_is_not_admitted, keeps_no_realtime_if_it_is_taken_during_the_end) {
    stack.end(1, policy::Grant::everything(0));
    threads.before_get = [this](pid_t tid) {
        if (tid == born) {  // the first one has been looked at
            execute();
        }
    };
    EXPECT_EQ(test::restore(stack, threads), 2U);
    EXPECT_EQ(threads.priority_of(first), high);
}

TEST_F(The_number_of_a_thread_that_is_not_admitted, keeps_no_realtime_if_it_is_taken_after_the_end) {
    end(1);
    execute();
    EXPECT_EQ(test::end_late(stack, threads), 1U);
    EXPECT_EQ(threads.priority_of(first), high);
}

TEST_F(Parts_of_a_process, that_take_the_number_of_another_keep_no_realtime_below_a_newer_hold_either) {
    begin(1, idle);
    begin(2, realtime, {first});
    begin(3, low, {first, second});
    set(first, realtime);
    end(3);
    EXPECT_EQ(threads.priority_of(first), realtime) << "of the one before, which lasts";
    end(2);
    EXPECT_TRUE(threads.all_are(idle));
    end(1);
    EXPECT_TRUE(threads.all_are(none));
}

TEST_F(Parts_of_a_process, that_take_the_number_of_another_get_what_that_had_last) {
    begin(1, idle, {first});
    set(first, low);
    begin(2, realtime, {first});
    set(first, realtime);
    end(2);
    EXPECT_EQ(threads.priority_of(first), low);
}

TEST_F(Threads_that_a_hold_does_not_admit, keep_the_realtime_that_they_had) {
    set(first, realtime);
    begin(1, realtime, {first});
    EXPECT_EQ(end(1), 1U);
    EXPECT_EQ(threads.priority_of(first), realtime);
}

TEST_F(Threads_that_a_hold_does_not_admit, keep_the_realtime_that_somebody_with_privileges_has_set) {
    threads.set_owner(second, {1000, false});
    begin(1, realtime, {first});
    set(first, realtime);
    EXPECT_EQ(test::end(stack, 1, threads, policy::Grant::given(1000, policy::Action::set_realtime, {1000})), 1U);
    EXPECT_EQ(threads.priority_of(first), realtime);
}

TEST_F(Threads_that_a_hold_does_not_admit, go_back_where_it_recorded_them_and_did_not_set_them) {
    begin(1, realtime);
    begin(2, idle);
    set(second, realtime);  // as it was: it resisted, or had privileges for a moment
    end(1);
    EXPECT_EQ(threads.priority_of(second), none);
    end(2);
    EXPECT_EQ(threads.priority_of(second), none);
    EXPECT_EQ(threads.priority_of(first), none);
}

TEST_F(Threads_that_a_hold_does_not_admit, go_back_where_two_recorded_them_and_did_not_set_them) {
    begin(1, realtime);
    begin(2, idle);
    begin(3, low);
    set(second, realtime);
    EXPECT_EQ(end(3), 1U);
    EXPECT_EQ(threads.priority_of(second), realtime) << "of the first, which lasts";
    end(1);
    EXPECT_EQ(threads.priority_of(second), none);
}

TEST_F(Threads_that_a_hold_does_not_admit, go_back_where_it_did_not_set_them_to_what_an_older_one_wants) {
    begin(1, low);
    begin(2, realtime);
    begin(3, idle);
    set(second, realtime);
    EXPECT_EQ(end(2), 1U);
    EXPECT_EQ(threads.priority_of(second), low);
    end(3);
    EXPECT_TRUE(threads.all_are(low));
    end(1);
    EXPECT_TRUE(threads.all_are(none));
}

TEST_F(Threads_that_a_hold_does_not_admit, gain_no_realtime_from_below_a_newer_one) {
    set(second, realtime);
    begin(1, low);
    begin(2, idle);
    set(second, low);  // its owner can do that, and end his hold
    EXPECT_EQ(end(1), 0U);
    EXPECT_EQ(test::end_late(stack, threads), 0U);
    EXPECT_EQ(threads.priority_of(second), low);
}

TEST_F(Threads_that_a_hold_does_not_admit, go_back_with_the_older_one_that_ends_first) {
    begin(1, idle);
    begin(2, low, {second});
    EXPECT_EQ(end(1), 1U);
    EXPECT_EQ(threads.priority_of(first), low) << "the newer one still stands for it";
    EXPECT_EQ(threads.priority_of(second), none);
    EXPECT_EQ(end(2), 1U);
    EXPECT_TRUE(threads.all_are(none));
    EXPECT_TRUE(stack.empty());
}

TEST_F(Threads_that_a_hold_does_not_admit, go_back_with_the_older_one_that_ends_last) {
    begin(1, idle);
    begin(2, low, {second});
    EXPECT_EQ(end(2), 1U);
    EXPECT_TRUE(threads.all_are(idle));
    EXPECT_THAT(threads.calls.sets, ElementsAre(Pair(first, idle)));
    EXPECT_EQ(end(1), 2U);
    EXPECT_TRUE(threads.all_are(none));
}

TEST_F(Threads_that_a_hold_does_not_admit, go_back_to_what_they_had_bit_for_bit_in_both_orders) {
    for (const HoldId first_to_end : {1U, 2U}) {
        set(first, low);
        set(second, low);
        threads.threads[second].hints = hint;
        const int before = threads.value_of(second);
        begin(1, idle);
        begin(2, high, {second});
        end(first_to_end);
        end(3 - first_to_end);
        EXPECT_EQ(threads.value_of(second), before);
        EXPECT_EQ(threads.value_of(first), values::to_kernel(low));
    }
}

TEST_F(Threads_that_a_hold_does_not_admit, go_the_way_of_those_between_which_they_take_part_in) {
    begin(1, idle);
    begin(2, low, {second});
    begin(3, high);
    EXPECT_EQ(end(3), 2U);
    EXPECT_EQ(threads.priority_of(first), low);
    EXPECT_EQ(threads.priority_of(second), idle);
    EXPECT_EQ(end(1), 1U);
    EXPECT_EQ(end(2), 1U);
    EXPECT_TRUE(threads.all_are(none));
}

TEST_F(Threads_that_a_hold_does_not_admit, stay_as_somebody_has_set_them_since) {
    begin(1, idle);
    begin(2, low, {second});
    set(second, high);
    EXPECT_EQ(end(1), 0U);
    EXPECT_EQ(threads.priority_of(second), high);
    EXPECT_EQ(end(2), 1U);
    EXPECT_EQ(threads.priority_of(second), high);
    EXPECT_EQ(threads.priority_of(first), none);
}

TEST_F(Threads_that_a_hold_does_not_admit, bring_forth_threads_that_go_back_in_both_orders) {
    for (const HoldId first_to_end : {1U, 2U}) {
        begin(1, idle);
        begin(2, low, {second});
        threads.add(born, idle);  // from the second one
        end(first_to_end);
        static_cast<void>(test::end_late(stack, threads, first_to_end));
        end(3 - first_to_end);
        EXPECT_EQ(threads.priority_of(born), none) << "the first one's way";
        threads.remove(born);
    }
}

TEST_F(Threads_that_a_hold_does_not_admit, are_not_taken_for_held_by_the_next_one) {
    begin(1, idle, {second});
    set(second, idle);
    begin(2, low);
    EXPECT_EQ(end(2), 2U);
    EXPECT_TRUE(threads.all_are(idle));
    EXPECT_EQ(end(1), 1U);
    EXPECT_EQ(threads.priority_of(first), none);
    EXPECT_EQ(threads.priority_of(second), idle) << "it had that before the second hold, of nobody's";
}

TEST_F(Threads_that_a_hold_does_not_admit, and_an_older_one_left_alone_are_left_alone_still) {
    begin(1, idle);
    begin(2, high);
    set(second, low);
    EXPECT_EQ(end(2), 1U);  // it finds that somebody has changed the second one
    begin(3, high, {second});
    set(second, idle);
    EXPECT_EQ(end(3), 1U);
    EXPECT_EQ(end(1), 1U);
    EXPECT_EQ(threads.priority_of(second), idle);
    EXPECT_EQ(threads.priority_of(first), none);
}

// ---- threads that follow one another

class Threads_that_follow_one_another : public Parts_of_a_process {
 protected:
    /// Each time that the last one is looked at, it has started another, and ended.
    void follow(int times) {
        threads.before_get = [this, times](pid_t tid) mutable {
            if (tid == last && times != 0) {
                --times;
                const auto has = threads.priority_of(tid);
                threads.remove(tid);
                threads.add(++last, has);
            }
        };
    }
    pid_t last = second;
};

TEST_F(Threads_that_follow_one_another, keep_nothing_of_a_hold) {
    for (const bool late : {false, true}) {
        set(last, none);
        begin(1, realtime);
        if (late) {
            end(1);
            threads.add(++last, realtime);
        }
        follow(10);
        EXPECT_EQ(late ? test::end_late(stack, threads) : end(1), late ? 1U : 2U);
        EXPECT_EQ(threads.priority_of(last), none);
        EXPECT_FALSE(stack.was_outrun());
    }
}

TEST_F(Threads_that_follow_one_another, do_not_keep_the_end_of_a_hold_busy_for_ever) {
    begin(1, realtime);
    follow(-1);
    EXPECT_EQ(end(1), 1U);
    EXPECT_EQ(threads.priority_of(last), realtime);
    EXPECT_TRUE(stack.was_outrun());
    follow(0);
    EXPECT_EQ(test::end_late(stack, threads), 1U);
    EXPECT_EQ(threads.priority_of(last), none);
    EXPECT_FALSE(stack.was_outrun());
}

TEST_F(Threads_that_follow_one_another, do_not_make_a_pass_over_them_endless) {
    constexpr pid_t many = 10'000;
    begin(1, realtime);
    threads.chunk = 1;
    threads.before_get = [this](pid_t tid) {
        if (tid == last && last < many) {
            threads.add(++last, none);  // before the listing has come to its end
        }
    };
    EXPECT_EQ(end(1), 2U);
    EXPECT_TRUE(threads.all_are(none));
    EXPECT_LT(last, second + 5);
}

TEST_F(Threads_that_follow_one_another, are_not_remembered_without_end) {
    begin(1, idle);
    threads.before_get = [this](pid_t tid) {
        if (tid == last) {  // the one before has set itself, and is marked
            threads.remove(last - 1);
            threads.remove(last);
            threads.add(++last, high);
            threads.add(++last, idle);
        }
    };
    end(1);
    EXPECT_GT(last, 4000);
    EXPECT_LT(stack.left_alone().size(), 1500U);
    EXPECT_LT(stack.bases().size(), 1500U);
}

TEST_F(Threads_that_follow_one_another, are_not_a_first_one_that_has_ended_and_stays_listed) {
    set(first, low);
    begin(1, none);
    threads.threads.at(first).ending = true;
    EXPECT_LT(end(1), 4U);
    EXPECT_FALSE(stack.was_outrun());
}

// ---- threads that were recorded as such, and set all the same

class Threads_that_a_hold_has_set_after_all : public Parts_of_a_process {
 protected:
    void set_after_all(HoldId id, pid_t tid, Priority wanted) {
        stack.add(id, tid, threads.value_of(tid));
        set(tid, wanted);
    }
};

TEST_F(Threads_that_a_hold_has_set_after_all, go_back_with_the_others) {
    begin(1, idle, {second});
    set(second, low);
    set_after_all(1, second, idle);
    EXPECT_EQ(end(1), 2U);
    EXPECT_EQ(threads.priority_of(first), none);
    EXPECT_EQ(threads.priority_of(second), low);
}

TEST_F(Threads_that_a_hold_has_set_after_all, do_not_go_back_to_realtime_that_may_be_of_another_hold) {
    begin(1, idle, {second});
    set(second, realtime);
    set_after_all(1, second, idle);
    EXPECT_EQ(end(1), 2U);
    EXPECT_EQ(threads.priority_of(second), none);
}

TEST_F(Threads_that_a_hold_has_set_after_all, go_back_where_no_thread_was_to_take_part_and_so_does_what_they_start) {
    begin(1, idle, {first, second});
    set_after_all(1, second, idle);
    threads.add(born, idle);
    EXPECT_EQ(end(1), 2U);
    EXPECT_TRUE(threads.all_are(none));
}

TEST_F(Threads_that_a_hold_has_set_after_all, go_back_to_what_was_set_on_purpose_before) {
    for (const bool had_no_part : {false, true}) {
        set(second, none);
        begin(1, idle);
        begin(2, low, had_no_part ? std::set<pid_t>{second} : std::set<pid_t>{});
        stack.overrule({second}, realtime);
        set(second, realtime);
        set_after_all(2, second, low);
        end(2);
        EXPECT_EQ(threads.priority_of(second), realtime);
        end(1);
        EXPECT_EQ(threads.priority_of(second), realtime);
    }
}

TEST_F(Threads_that_a_hold_has_set_after_all, are_those_of_that_hold_and_not_of_the_newest) {
    begin(1, idle, {second});
    begin(2, low, {first, second});
    set_after_all(1, second, idle);
    EXPECT_EQ(end(2), 0U);
    EXPECT_EQ(threads.priority_of(second), idle);
    EXPECT_EQ(end(1), 2U);
    EXPECT_TRUE(threads.all_are(none));
}

TEST_F(Threads_that_a_hold_has_set_after_all, go_back_also_where_they_were_born_under_one_that_has_ended_meanwhile) {
    begin(1, idle);
    begin(2, low);
    threads.add(born, idle);  // while the second one was setting
    EXPECT_EQ(end(1), 1U) << "the second one has not set it";
    set_after_all(2, born, low);
    EXPECT_EQ(end(2), 3U);
    EXPECT_TRUE(threads.all_are(none));
}

TEST_F(Threads_that_a_hold_does_not_admit, are_all_and_so_is_what_is_born_of_them) {
    set(first, low);
    begin(1, idle, {first, second});
    threads.add(born, idle);  // somebody wants just that
    EXPECT_EQ(end(1), 0U);
    EXPECT_EQ(threads.priority_of(born), idle);
}

TEST_F(Threads_that_a_hold_does_not_admit, are_all_and_leave_what_an_older_one_recorded) {
    begin(1, idle);
    begin(2, low, {first, second});
    threads.add(born, idle);
    EXPECT_EQ(end(2), 0U);
    EXPECT_EQ(end(1), 3U);
    EXPECT_TRUE(threads.all_are(none));
}

// ---- threads that were set on purpose

using Threads_that_are_overruled = Parts_of_a_process;

TEST_F(Threads_that_are_overruled, do_not_go_back_and_the_others_do) {
    begin(1, idle);
    test::overrule(stack, {second}, threads);
    EXPECT_EQ(end(1), 1U);
    EXPECT_EQ(threads.priority_of(first), none);
    EXPECT_EQ(threads.priority_of(second), idle) << "just what the hold wants, but for good";
    EXPECT_EQ(test::end_late(stack, threads), 0U);
    EXPECT_EQ(threads.priority_of(second), idle);
}

TEST_F(Threads_that_are_overruled, are_so_for_all_holds_in_any_order) {
    for (const HoldId first_to_end : {1U, 2U}) {
        set(first, none);
        set(second, none);
        begin(1, idle);
        begin(2, low);
        test::overrule(stack, {second}, threads);
        set(second, idle);
        end(first_to_end);
        end(3 - first_to_end);
        EXPECT_EQ(threads.priority_of(first), none);
        EXPECT_EQ(threads.priority_of(second), idle);
    }
}

TEST_F(Threads_that_are_overruled, can_be_held_again_and_go_back_to_what_was_set_on_purpose) {
    begin(1, idle);
    test::overrule(stack, {second}, threads);
    set(second, high);
    begin(2, low);
    EXPECT_EQ(end(2), 2U);
    EXPECT_EQ(threads.priority_of(first), idle);
    EXPECT_EQ(threads.priority_of(second), high);
    EXPECT_EQ(end(1), 1U);
    EXPECT_EQ(threads.priority_of(second), high);
}

TEST_F(Threads_that_are_overruled, may_have_been_born_under_the_hold) {
    begin(1, idle);
    threads.add(born, idle);
    test::overrule(stack, {born}, threads);
    EXPECT_EQ(end(1), 2U);
    EXPECT_EQ(threads.priority_of(born), idle);
}

TEST_F(Threads_that_are_overruled, while_a_hold_begins_go_back_to_what_was_set_on_purpose) {
    for (const Priority on_purpose : {high, idle}) {  // the second just what the hold wants
        set(first, none);
        set(second, none);
        begin(1, low);
        begin(2, idle);
        stack.overrule({2}, {first, second}, on_purpose, true);
        threads.add(born, idle);
        end(2);
        EXPECT_TRUE(threads.all_are(on_purpose));
        EXPECT_EQ(end(1), 0U);
        EXPECT_TRUE(threads.all_are(on_purpose));
        threads.remove(born);
    }
}

TEST_F(Threads_that_are_overruled, while_a_hold_begins_are_so_for_newer_ones_that_lasted_already_or_were_ending) {
    for (const bool is_ending : {false, true}) {
        set(first, none);
        set(second, none);
        begin(1, idle);  // it has more to do elsewhere
        begin(2, low);
        if (is_ending) {
            stack.end(2, policy::Grant::everything(0));
        }
        stack.overrule({1}, {first, second}, low, true);  // just what the newer one wants
        if (is_ending) {
            test::restore(stack, threads);
        } else {
            end(2);
        }
        EXPECT_TRUE(threads.all_are(low));
        EXPECT_EQ(end(1), 0U);
        EXPECT_TRUE(threads.all_are(low));
    }
}

TEST_F(Threads_that_are_overruled, lend_their_number_to_none_that_keeps_realtime) {
    for (const bool late : {false, true}) {
        set(first, none);
        threads.add(born, low);
        begin(1, realtime);
        test::overrule(stack, {first}, threads, high);
        set(first, high);
        if (late) {
            end(1);
        }
        threads.remove(born);
        set(first, realtime);  // that one has executed a program: it has the number of the first since
        EXPECT_EQ(late ? test::end_late(stack, threads) : end(1), late ? 1U : 2U);
        EXPECT_EQ(threads.priority_of(first), high);
    }
}

TEST_F(Threads_that_are_overruled, lend_their_number_to_what_an_older_hold_makes_realtime) {
    for (const Priority newer : {idle, realtime}) {
        set(first, none);
        begin(1, realtime);
        begin(2, newer);
        test::overrule(stack, {first}, threads, high);
        set(first, realtime);
        end(2);
        EXPECT_TRUE(threads.all_are(realtime));
        EXPECT_EQ(end(1), 2U);
        EXPECT_EQ(threads.priority_of(first), high);
        EXPECT_EQ(threads.priority_of(second), none);
    }
}

TEST_F(Threads_that_are_overruled, keep_the_realtime_that_was_set_on_purpose) {
    begin(1, realtime);
    test::overrule(stack, {first}, threads, realtime);
    EXPECT_EQ(end(1), 1U);
    EXPECT_EQ(threads.priority_of(first), realtime);
}

TEST_F(Threads_that_are_overruled, are_forgotten_once_they_have_ended) {
    constexpr pid_t many = 1000;
    begin(1, idle, {second});
    begin(2, low, {second});
    for (pid_t tid = born; tid < born + many; ++tid) {
        threads.add(tid, idle);
        test::overrule(stack, {tid}, threads);
        threads.remove(tid);
    }
    threads.remove(second);
    test::overrule(stack, {}, threads);
    EXPECT_THAT(stack.left_alone(), IsEmpty());
    EXPECT_THAT(stack.holds()[0].without, IsEmpty());
    EXPECT_THAT(stack.holds()[1].without, IsEmpty());
    EXPECT_THAT(stack.bases(), ElementsAre(Pair(first, HoldStack::Base{0, 1})));
}

// ---- threads of a process on which another hold begins after the end of one

using Threads_after_a_hold = Parts_of_a_process;

TEST_F(Threads_after_a_hold, keep_through_the_next_one_what_was_set_for_good) {
    begin(1, idle);
    end(1);
    stack.detach();
    set(first, idle);  // just what the hold had set
    set(second, idle);
    begin(2, low);
    EXPECT_EQ(end(2), 2U);
    EXPECT_TRUE(threads.all_are(idle));
}

TEST_F(Threads_after_a_hold, keep_through_the_next_one_what_they_had_where_they_took_no_part) {
    set(second, idle);
    begin(1, idle, {second});
    end(1);
    begin(2, low);
    end(2);
    EXPECT_EQ(threads.priority_of(second), idle);
}

TEST_F(Threads_after_a_hold, keep_through_the_next_one_what_was_set_on_purpose_on_them_alone) {
    begin(1, idle);
    test::overrule(stack, {second}, threads, idle);
    end(1);
    begin(2, low);
    end(2);
    EXPECT_EQ(threads.priority_of(first), none);
    EXPECT_EQ(threads.priority_of(second), idle);
}

TEST_F(Threads_after_a_hold, have_of_their_own_what_they_set_once_that_is_over) {
    begin(1, low);
    begin(2, idle);
    end(2);
    stack.forget(2);
    threads.add(born, idle);
    EXPECT_EQ(own(born), idle);
    EXPECT_EQ(end(1), 2U);
    EXPECT_EQ(threads.priority_of(born), idle);
}

// ---- what a thread has of its own

using What_a_thread_has_of_its_own = Parts_of_a_process;

TEST_F(What_a_thread_has_of_its_own, is_what_is_found_where_nothing_is_held) {
    set(second, high);
    EXPECT_EQ(own(first), none);
    EXPECT_EQ(own(second), high);
}

TEST_F(What_a_thread_has_of_its_own, is_what_it_had_before_the_first_hold) {
    set(second, high);
    begin(1, idle);
    EXPECT_EQ(own(first), none);
    EXPECT_EQ(own(second), high);
    begin(2, low);
    EXPECT_EQ(own(first), none);
    EXPECT_EQ(own(second), high);
    EXPECT_EQ(stack.own(second, values::to_kernel(idle)), high) << "of an older hold, while a newer one begins";
}

TEST_F(What_a_thread_has_of_its_own, is_for_one_born_under_the_hold_what_the_first_one_had) {
    set(first, low);
    begin(1, idle);
    threads.add(born, idle);
    EXPECT_EQ(own(born), low);
}

TEST_F(What_a_thread_has_of_its_own, is_what_somebody_has_set_since) {
    begin(1, idle);
    set(second, high);
    EXPECT_EQ(own(second), high);
    EXPECT_EQ(own(first), none);
}

TEST_F(What_a_thread_has_of_its_own, is_what_is_found_on_one_that_takes_no_part) {
    set(second, idle);
    begin(1, idle, {second});
    EXPECT_EQ(own(second), idle);
}

TEST_F(What_a_thread_has_of_its_own, is_what_is_found_once_it_is_overruled) {
    begin(1, idle);
    test::overrule(stack, {second}, threads);
    EXPECT_EQ(own(second), idle);
    EXPECT_EQ(own(first), none);
    stack.detach();
    EXPECT_EQ(own(first), idle);
}

// ---- processes that come from a held one

class A_process_that_is_born_under_holds : public Parts_of_a_process {
 protected:
    FakeThreads child{{50}, idle};
};

TEST_F(A_process_that_is_born_under_holds, goes_back_to_what_the_first_thread_of_its_parent_had) {
    set(first, low);
    set(second, high);
    begin(1, idle);
    auto of_child = stack.born({1});
    EXPECT_EQ(test::end(of_child, 1, child), 1U);
    EXPECT_EQ(child.priority_of(50), low);
    EXPECT_TRUE(of_child.empty());
    EXPECT_FALSE(stack.empty()) << "the parent is held still";
}

TEST_F(A_process_that_is_born_under_holds, takes_part_in_those_alone) {
    begin(1, idle);
    begin(2, low);
    auto of_child = stack.born({1});
    EXPECT_TRUE(of_child.contains(1));
    EXPECT_FALSE(of_child.contains(2));
    EXPECT_EQ(test::end(of_child, 2, child), 0U);
    EXPECT_EQ(test::end(of_child, 1, child), 1U);
    EXPECT_EQ(child.priority_of(50), none);
    EXPECT_TRUE(stack.born({}).empty());
}

TEST_F(A_process_that_is_born_under_holds, goes_back_step_by_step_as_its_parent_does) {
    begin(1, idle);
    begin(2, low);
    auto of_child = stack.born({1, 2});
    child.threads[50].priority = low;
    EXPECT_EQ(test::end(of_child, 2, child), 1U);
    EXPECT_EQ(child.priority_of(50), idle);
    EXPECT_EQ(test::end(of_child, 1, child), 1U);
    EXPECT_EQ(child.priority_of(50), none);
}

TEST_F(A_process_that_is_born_under_holds,
       takes_part_in_those_too_that_have_ended_on_its_parent_until_they_are_forgotten) {
    set(first, high);
    begin(1, low);
    begin(2, idle);
    end(2);
    end(1);
    EXPECT_TRUE(stack.empty());
    EXPECT_FALSE(stack.is_over());
    auto of_child = stack.born({1, 2});
    EXPECT_EQ(test::end(of_child, 2, child), 1U);
    EXPECT_EQ(child.priority_of(50), low);
    EXPECT_EQ(test::end(of_child, 1, child), 1U);
    EXPECT_EQ(child.priority_of(50), high);
    stack.forget(1);
    EXPECT_FALSE(stack.born({1, 2}).contains(1));
    stack.forget(2);
    EXPECT_TRUE(stack.is_over());
}

TEST_F(A_process_that_is_born_under_holds, goes_back_to_what_its_parent_had_then_also_where_another_hold_began_since) {
    set(first, high);
    begin(1, idle);
    end(1);
    set(first, none);
    begin(2, low);
    auto older = stack.born({1});
    EXPECT_EQ(test::end(older, 1, child), 1U);
    EXPECT_EQ(child.priority_of(50), high);
    auto newer = stack.born({1, 2});
    child.threads[50].priority = low;
    EXPECT_EQ(test::end(newer, 2, child), 1U);
    EXPECT_EQ(child.priority_of(50), none);
}

TEST_F(A_process_that_is_born_under_holds, takes_part_in_one_that_had_ended_before_its_parent_was_set_for_good) {
    begin(1, idle);
    end(1);
    stack.detach(100);
    auto earlier = stack.born({1}, 99);
    EXPECT_EQ(test::end(earlier, 1, child), 1U);
    EXPECT_EQ(child.priority_of(50), none);
    EXPECT_TRUE(stack.born({1}, 100).detached()) << "it has what was set";
}

TEST_F(A_process_that_is_born_under_holds, takes_no_part_in_one_that_had_not_set_its_parent_yet) {
    begin(1, idle);
    stack.begin(2, low, {{first, values::to_kernel(idle)}, {second, values::to_kernel(idle)}});
    const auto born_with = [&](Priority shown) {
        const auto of_child = stack.born({1, 2}, 100, {2}, values::to_kernel(shown));
        return std::pair(of_child.contains(1), of_child.contains(2));
    };
    EXPECT_EQ(born_with(idle), std::pair(true, false));
    EXPECT_EQ(born_with(low), std::pair(true, true));
    EXPECT_EQ(born_with(high), std::pair(true, true)) << "somebody has set it";
    EXPECT_TRUE(stack.born({1, 2}, 100, {}, values::to_kernel(idle)).contains(2)) << "there is no doubt";
    EXPECT_TRUE(stack.born({1, 2}, 100, {1, 2}, values::to_kernel(none)).empty()) << "nor in the older one";
    auto of_child = stack.born({1, 2}, 100, {2}, values::to_kernel(idle));
    EXPECT_EQ(test::end(of_child, 1, child), 1U);
    EXPECT_EQ(child.priority_of(50), none);
}

TEST_F(A_process_that_is_born_under_holds, takes_part_also_in_one_that_a_thread_of_its_parent_does_not) {
    begin(1, idle, {second});
    auto of_child = stack.born({1});
    FakeThreads same_numbers({second}, idle);
    EXPECT_EQ(test::end(of_child, 1, same_numbers), 1U);
    EXPECT_EQ(same_numbers.priority_of(second), none);
}

TEST_F(A_process_that_is_born_under_holds, has_no_thread_with_a_base_of_its_own) {
    set(second, high);
    begin(1, idle);
    const auto of_child = stack.born({1});
    EXPECT_THAT(of_child.bases(), IsEmpty());
    EXPECT_EQ(of_child.process_base(), stack.process_base());
    EXPECT_EQ(of_child.own(second, values::to_kernel(idle)), none);
}

TEST_F(A_process_that_is_born_under_holds, keeps_what_it_has_set_itself) {
    begin(1, idle);
    auto of_child = stack.born({1});
    child.threads[50].priority = high;
    EXPECT_EQ(test::end(of_child, 1, child), 0U);
    EXPECT_EQ(child.priority_of(50), high);
}

TEST_F(A_process_that_is_born_under_holds, is_as_overruled_as_its_parent) {
    begin(1, idle);
    stack.detach();
    auto of_child = stack.born({1});
    EXPECT_TRUE(of_child.detached());
    EXPECT_EQ(test::end(of_child, 1, child), 0U);
    EXPECT_EQ(child.priority_of(50), idle);
}

TEST_F(A_process_that_is_born_under_holds, does_not_get_the_realtime_of_a_hold_when_a_newer_one_ends) {
    begin(1, Priority::realtime(0));
    begin(2, idle);
    auto of_child = stack.born({1, 2});
    child.threads[50].priority = idle;
    EXPECT_EQ(test::end(of_child, 2, child), 1U);
    EXPECT_EQ(child.priority_of(50), none);
    EXPECT_EQ(test::end(of_child, 1, child), 0U);
    EXPECT_EQ(child.priority_of(50), none);
}

TEST_F(A_process_that_is_born_under_holds, does_not_get_the_realtime_that_its_parent_had) {
    set(first, realtime);
    set(second, realtime);
    begin(1, idle);
    auto of_child = stack.born({1});
    EXPECT_EQ(test::end(of_child, 1, child), 1U);
    EXPECT_EQ(child.priority_of(50), none);
    EXPECT_THAT(child.calls.sets, ElementsAre(Pair(50, none))) << "not for a moment either";
    EXPECT_EQ(end(1), 2U);
    EXPECT_TRUE(threads.all_are(realtime)) << "who had it gets it back";
}

TEST_F(A_process_that_is_born_under_holds, does_not_get_the_realtime_that_its_parent_had_by_another_hold_either) {
    set(first, realtime);
    begin(1, idle);
    for (const bool takes_part : {true, false}) {
        child.threads[50].priority = idle;
        auto of_child = stack.born({1});
        const Values all{{50, child.value_of(50)}};
        of_child.begin(2, low, takes_part ? all : Values{}, takes_part ? Values{} : all);
        child.threads[50].priority = takes_part ? low : idle;
        test::end(of_child, 2, child);
        EXPECT_EQ(child.priority_of(50), idle);
        EXPECT_EQ(test::end(of_child, 1, child), 1U);
        EXPECT_EQ(child.priority_of(50), none);
    }
}

TEST_F(A_process_that_is_born_under_holds, has_realtime_taken_away_with_the_hold_that_gave_it) {
    begin(1, realtime);
    auto of_child = stack.born({1});
    child.threads[50].priority = realtime;
    EXPECT_EQ(test::end(of_child, 1, child), 1U);
    EXPECT_EQ(child.priority_of(50), none);
}

TEST_F(A_process_that_is_born_under_holds, has_it_taken_away_also_where_a_newer_one_had_left_its_parent_alone) {
    begin(1, realtime);
    begin(2, idle);
    for (const HoldId first_to_end : {1U, 2U}) {
        auto of_child = stack.born({1, 2});
        child.threads[50].priority = realtime;
        test::end(of_child, first_to_end, child);
        test::end(of_child, 3 - first_to_end, child);
        EXPECT_EQ(child.priority_of(50), none);
    }
}

TEST_F(Parts_of_a_process, that_are_born_under_a_hold_do_not_get_the_realtime_that_the_first_thread_had) {
    set(first, realtime);
    begin(1, idle);
    threads.add(born, idle);
    EXPECT_EQ(end(1), 3U);
    EXPECT_EQ(threads.priority_of(first), realtime);
    EXPECT_EQ(threads.priority_of(born), none);
}

TEST_F(Parts_of_a_process, that_are_born_under_a_hold_do_not_get_that_realtime_by_another_hold_either) {
    set(first, realtime);
    begin(1, idle);
    threads.add(born, idle);
    begin(2, low);
    EXPECT_EQ(end(1), 0U);
    EXPECT_EQ(end(2), 3U);
    EXPECT_EQ(threads.priority_of(first), realtime);
    EXPECT_EQ(threads.priority_of(born), none);
}

TEST_F(Parts_of_a_process, that_are_found_late_do_not_get_the_realtime_that_the_first_thread_had) {
    set(first, realtime);
    begin(1, idle);
    EXPECT_EQ(end(1), 2U);
    threads.add(born, idle);
    EXPECT_EQ(test::end_late(stack, threads), 1U);
    EXPECT_EQ(threads.priority_of(born), none);
}

TEST_F(Parts_of_a_process, that_are_born_get_what_an_older_hold_wants_whatever_the_first_thread_had) {
    set(first, realtime);
    begin(1, low);
    begin(2, idle);
    threads.add(born, idle);
    EXPECT_EQ(end(2), 3U);
    EXPECT_TRUE(threads.all_are(low));
    EXPECT_EQ(end(1), 3U);
    EXPECT_EQ(threads.priority_of(first), realtime);
    EXPECT_EQ(threads.priority_of(born), none);
}

TEST_F(Parts_of_a_process, that_are_born_get_the_realtime_that_an_older_hold_still_wants) {
    begin(1, realtime);
    begin(2, idle);
    threads.add(born, idle);
    EXPECT_EQ(end(2), 3U);
    EXPECT_TRUE(threads.all_are(realtime));
    EXPECT_EQ(end(1), 3U);
    EXPECT_TRUE(threads.all_are(none));
}

}  // namespace
}  // namespace iopriority::engine
