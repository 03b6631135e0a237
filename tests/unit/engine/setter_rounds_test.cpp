// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What comes after the first round of setting the threads of a process: a second one, and taking it back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "engine/thread_setter.hpp"
#include "fake_threads.hpp"

namespace iopriority::engine {
namespace {

using test::FakeThreads;
using ::testing::IsEmpty;

const Priority idle = Priority::idle();
const Priority low = Priority::best_effort(7);
const Priority high = Priority::best_effort(0);
const Priority none = Priority::none();

TEST(ASecondRound, is_not_needed_for_a_process_that_stands_still) {
    FakeThreads threads({10, 11, 12, 13}, none);
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_FALSE(setter.needs_second_round());
}

TEST(ASecondRound, is_not_needed_for_the_only_thread_of_a_young_process) {
    FakeThreads threads({10}, none);
    threads.threads[10].young = true;
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_FALSE(setter.needs_second_round());
}

TEST(AnOnlyThread, is_set_again_if_another_has_taken_its_place_since) {
    FakeThreads threads({10}, none);
    threads.tells_only = true;
    threads.on_count = [&](unsigned count) {
        if (count == 1) {
            threads.threads[10].priority = none;  // another thread, which has executed a program
        }
    };
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_TRUE(threads.all_are(idle));
    EXPECT_EQ(setter.tally().as_wanted, 1U);
}

TEST(AnOnlyThread, is_set_again_if_it_took_the_place_of_the_first_after_that_was_read) {
    FakeThreads threads({10, 11}, none);
    threads.chunk = 1;
    threads.on_pass = [&](unsigned pass) { threads.hidden = pass == 1 ? 1 : 0; };  // 11 was born after the listing
    const auto judge = [&](pid_t tid) {
        if (tid == 10 && threads.calls.passes == 2) {
            threads.remove(11);  // it executes a program, and is thread 10 from now on
            threads.threads[10].priority = none;
        }
        return Standing::admitted;
    };
    ThreadSetter setter(threads, {idle}, judge);
    setter.run();
    EXPECT_TRUE(threads.all_are(idle));
    EXPECT_EQ(setter.tally().as_wanted, 1U);
}

TEST(ASecondRound, is_needed_where_the_last_thread_is_young) {
    FakeThreads threads({10, 11}, none);
    threads.threads[11].young = true;
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_TRUE(setter.needs_second_round());
}

TEST(ASecondRound, is_needed_where_a_thread_came_or_went) {
    FakeThreads threads({10, 11, 12}, none);
    threads.on_pass = [&](unsigned pass) {
        if (pass == 2) {
            threads.remove(11);
        }
    };
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_TRUE(setter.needs_second_round());
}

TEST(ASecondRound, says_gone_when_the_process_ended_between_them) {
    FakeThreads threads({10, 11}, none);
    ThreadSetter setter(threads, {idle});
    setter.run();
    ASSERT_FALSE(setter.gone());
    threads.reaped = true;
    setter.again();
    setter.run();
    EXPECT_TRUE(setter.gone());
}

TEST(ASecondRound, finds_a_clone_that_was_under_way_during_the_first) {
    FakeThreads threads({10, 11}, low);
    ThreadSetter setter(threads, {idle});
    setter.run();
    threads.add(12, low);
    setter.again();
    setter.run();
    EXPECT_TRUE(threads.all_are(idle));
    EXPECT_EQ(setter.tally().as_wanted, 3U);
    EXPECT_EQ(setter.changed().size(), 3U);
    EXPECT_FALSE(setter.gave_up());
}

TEST(ASecondRound, may_win_where_the_first_was_outrun) {
    FakeThreads threads({10}, none);
    threads.on_pass = [&](unsigned pass) {
        if (pass <= Bounds{}.passes) {
            threads.add(100 + static_cast<pid_t>(pass), none);
        }
    };
    ThreadSetter setter(threads, {idle});
    setter.run();
    ASSERT_TRUE(setter.gave_up());
    setter.again();
    setter.run();
    EXPECT_FALSE(setter.gave_up());
    EXPECT_TRUE(threads.all_are(idle));
}

TEST(Undoing, leaves_threads_alone_that_somebody_changed_since) {
    FakeThreads threads({10, 11}, low);
    ThreadSetter setter(threads, {idle});
    setter.run();
    threads.threads[11].priority = high;
    setter.undo();
    EXPECT_EQ(threads.priority_of(10), low);
    EXPECT_EQ(threads.priority_of(11), high);
}

TEST(Undoing, leaves_numbers_alone_that_left_the_process) {
    FakeThreads threads({10, 11}, low);
    ThreadSetter setter(threads, {idle});
    setter.run();
    threads.remove(11);
    threads.strangers[11] = {idle, 1};
    setter.undo();
    EXPECT_EQ(threads.priority_of(10), low);
    EXPECT_EQ(threads.priority_of(11), idle);
}

TEST(Undoing, leaves_threads_alone_that_were_not_changed) {
    FakeThreads threads({10, 11, 12}, low);
    threads.threads[11].priority = idle;
    threads.threads[12].refusal = EPERM;
    ThreadSetter setter(threads, {idle});
    setter.run();
    setter.undo();
    EXPECT_EQ(threads.priority_of(11), idle);
    EXPECT_EQ(threads.priority_of(12), low);
}

TEST(Undoing, gives_each_thread_back_what_it_had) {
    FakeThreads threads({10}, low);
    threads.add(11, none);
    threads.add(12, high);
    threads.add(13, Priority::realtime(3));
    ThreadSetter setter(threads, {idle});
    setter.run();
    ASSERT_TRUE(threads.all_are(idle));
    setter.undo();
    EXPECT_EQ(threads.priority_of(10), low);
    EXPECT_EQ(threads.priority_of(11), none);
    EXPECT_EQ(threads.priority_of(12), high);
    EXPECT_EQ(threads.priority_of(13), Priority::realtime(3));
}

TEST(Undoing, gives_a_thread_that_fought_back_what_it_had_at_first) {
    FakeThreads threads({10, 11}, low);
    threads.on_pass = [&](unsigned pass) {
        if (pass == 2) {
            threads.threads[11].priority = high;
        }
    };
    ThreadSetter setter(threads, {idle});
    setter.run();
    ASSERT_TRUE(threads.all_are(idle));
    setter.undo();
    EXPECT_EQ(threads.priority_of(11), low);
}

/// Ends a thread and gives its number to a task of another process.
void give_away(FakeThreads& threads, pid_t tid, const FakeThreads::Stranger& stranger) {
    threads.remove(tid);
    threads.strangers[tid] = stranger;
}

struct Stranger : ::testing::Test {
    static constexpr pid_t number = 12;
    static constexpr pid_t creator = 500;

    FakeThreads threads{{10, 11, number, 13}, none};

    /// Its number is taken just before the thread is read, or set.
    void takes_it(std::function<void(pid_t)> FakeThreads::*when, Priority its, Priority of_its_creator) {
        threads.strangers[creator] = {of_its_creator, std::nullopt};
        threads.*when = [this, its](pid_t tid) {
            if (tid == number && threads.strangers.count(number) == 0) {
                give_away(threads, tid, {its, creator});
            }
        };
    }
    void set(Priority wanted) {
        ThreadSetter setter(threads, {wanted});
        setter.run();
        EXPECT_EQ(setter.gone(), threads.reaped);
        EXPECT_TRUE(threads.reaped || threads.all_are(wanted));
    }
};

TEST_F(Stranger, that_took_a_number_before_it_was_read_gets_what_its_creator_has) {
    takes_it(&FakeThreads::before_get, low, low);
    set(idle);
    EXPECT_EQ(threads.priority_of(number), low);
}

TEST_F(Stranger, that_took_a_number_between_reading_and_setting_gets_what_its_creator_has) {
    takes_it(&FakeThreads::before_set, high, high);
    set(idle);
    EXPECT_EQ(threads.priority_of(number), high);
}

TEST_F(Stranger, that_took_a_number_in_the_last_pass_of_a_round_that_is_given_up_is_found_too) {
    threads.strangers[creator] = {low, std::nullopt};
    threads.on_pass = [&](unsigned pass) { threads.add(100 + static_cast<pid_t>(pass), none); };
    threads.before_get = [&](pid_t tid) {
        if (tid == number && threads.calls.passes == 2 && threads.strangers.count(number) == 0) {
            give_away(threads, number, {low, creator});
        }
    };
    ThreadSetter setter(threads, {idle}, {}, {}, {2, std::chrono::hours(1)});
    setter.run();
    EXPECT_TRUE(setter.gave_up());
    EXPECT_EQ(threads.priority_of(number), low);
}

TEST_F(Stranger, whose_creator_has_nothing_set_gets_nothing_set) {
    takes_it(&FakeThreads::before_get, none, none);
    set(idle);
    EXPECT_EQ(threads.priority_of(number), none);
}

TEST_F(Stranger, that_took_the_number_of_the_process_itself_is_found_too) {
    threads.strangers[creator] = {low, std::nullopt};
    threads.before_set = [&](pid_t tid) {
        if (tid == 11) {
            threads.reaped = true;
            give_away(threads, 10, {idle, creator});
        }
    };
    set(idle);
    EXPECT_EQ(threads.priority_of(10), low);
}

TEST_F(Stranger, that_inherited_what_is_wanted_is_left_alone) {
    threads.strangers[creator] = {idle, std::nullopt};
    threads.on_pass = [&](unsigned pass) {
        if (pass == 2) {
            give_away(threads, number, {idle, creator});
        }
    };
    set(idle);
    EXPECT_EQ(threads.priority_of(number), idle);
    EXPECT_EQ(threads.calls.sets.size(), 4U);
}

TEST_F(Stranger, that_is_older_than_the_request_is_left_alone) {
    threads.on_pass = [&](unsigned pass) {
        if (pass == 2) {
            give_away(threads, number, {idle, std::nullopt});
        }
    };
    set(idle);
    EXPECT_EQ(threads.priority_of(number), idle);
    EXPECT_EQ(threads.calls.sets.size(), 4U);
}

TEST_F(Stranger, that_somebody_else_changed_since_is_left_alone) {
    takes_it(&FakeThreads::before_get, none, none);
    threads.on_pass = [&](unsigned pass) {
        if (pass == 2) {
            threads.strangers[number].priority = high;
        }
    };
    set(idle);
    EXPECT_EQ(threads.priority_of(number), high);
}

TEST_F(Stranger, is_not_made_realtime_by_whoever_its_parent_is_now) {
    takes_it(&FakeThreads::before_get, low, Priority::realtime(0));
    set(idle);
    EXPECT_EQ(threads.priority_of(number), low);
}

TEST_F(Stranger, that_was_realtime_is_so_again) {
    takes_it(&FakeThreads::before_get, Priority::realtime(4), Priority::realtime(4));
    set(idle);
    EXPECT_EQ(threads.priority_of(number), Priority::realtime(4));
}

TEST_F(Stranger, whose_creator_has_ended_gets_what_was_read_before) {
    takes_it(&FakeThreads::before_get, low, none);
    threads.strangers.erase(creator);
    set(idle);
    EXPECT_EQ(threads.priority_of(number), low);
}

TEST_F(Stranger, is_not_looked_for_where_no_thread_ended) {
    set(idle);
    EXPECT_EQ(threads.calls.contains, 0U);
    EXPECT_EQ(threads.calls.creators, 0U);
}

TEST_F(Stranger, is_looked_for_only_at_numbers_that_left_the_process) {
    threads.on_pass = [&](unsigned pass) {
        if (pass == 2) {
            threads.remove(number);
        }
    };
    set(idle);
    EXPECT_EQ(threads.calls.contains, 0U) << "nobody has that number";
    EXPECT_EQ(threads.calls.gets, 4U + 3U + 3U + 1U);
}

}  // namespace
}  // namespace iopriority::engine
