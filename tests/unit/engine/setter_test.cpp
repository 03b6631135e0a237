// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Setting every thread of a process that ends, refuses, or keeps starting threads meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "engine/thread_setter.hpp"
#include "fake_threads.hpp"

namespace iopriority::engine {
namespace {

using namespace std::chrono_literals;
using test::FakeThreads;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

const Priority idle = Priority::idle();
const Priority low = Priority::best_effort(7);
const Priority none = Priority::none();

/// Time passes without sleeping.
void burn(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) {
    }
}

TEST(ThreadSetter, sets_nothing_when_the_process_was_reaped_before) {
    FakeThreads threads({10, 11}, none);
    threads.reaped = true;
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_TRUE(setter.gone());
    EXPECT_THAT(threads.calls.sets, IsEmpty());
}

TEST(ThreadSetter, sets_no_further_thread_once_the_number_is_lost) {
    FakeThreads threads({10, 11, 12, 13, 14, 15}, none);
    threads.before_set = [&](pid_t tid) { threads.reaped = tid == 12; };
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_TRUE(setter.gone());
    EXPECT_EQ(threads.calls.sets.size(), 3U) << "the chunk that was listed before";
}

TEST(ThreadSetter, calls_a_process_of_which_only_a_zombie_is_left_gone) {
    FakeThreads threads({10}, none);
    threads.threads[10].ending = true;
    threads.zombie = true;
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_TRUE(setter.gone());
    EXPECT_THAT(setter.changed(), IsEmpty());
}

TEST(ThreadSetter, counts_what_the_kernel_refuses_and_keeps_its_reason) {
    FakeThreads threads({10, 11, 12, 13, 14}, none);
    threads.threads[11].refusal = EPERM;
    threads.threads[13].refusal = EPERM;
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_FALSE(setter.gone());
    EXPECT_EQ(setter.tally().refused, 2U);
    EXPECT_EQ(setter.tally().refusal, EPERM);
    EXPECT_EQ(setter.tally().as_wanted, 3U);
    EXPECT_EQ(threads.calls.passes, 2U) << "it did not insist";
}

TEST(ThreadSetter, counts_nothing_as_refused_that_is_as_wanted_anyway) {
    FakeThreads threads({10, 11}, idle);
    threads.threads[11].refusal = EPERM;
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_EQ(setter.tally().refused, 0U);
    EXPECT_EQ(setter.tally().as_wanted, 2U);
}

TEST(ThreadSetter, takes_threads_that_ended_since_they_were_listed_for_no_failure) {
    FakeThreads threads({10, 11, 12}, none);
    threads.before_get = [&](pid_t tid) { threads.threads.erase(tid); };
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_FALSE(setter.gone());
    EXPECT_EQ(setter.tally().as_wanted, 0U);
    EXPECT_EQ(setter.tally().refused, 0U);
    EXPECT_FALSE(setter.gave_up());
}

TEST(ThreadSetter, takes_threads_that_end_between_reading_and_setting_for_no_failure) {
    FakeThreads threads({10, 11, 12}, none);
    threads.before_set = [&](pid_t tid) {
        if (tid == 11) {
            threads.remove(tid);
        }
    };
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_EQ(setter.tally().as_wanted, 2U);
    EXPECT_EQ(setter.tally().refused, 0U);
}

TEST(ThreadSetter, does_not_count_threads_that_are_ending_although_the_kernel_says_success) {
    FakeThreads threads({10, 11, 12, 13}, none);
    threads.threads[11].ending = true;
    threads.threads[13].ending = true;
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_EQ(setter.tally().as_wanted, 2U);
    EXPECT_EQ(setter.changed().size(), 2U);
    EXPECT_FALSE(setter.gave_up());
    EXPECT_LE(threads.calls.passes, 3U);
}

TEST(ThreadSetter, ends_soon_where_the_first_thread_has_ended_and_others_run) {
    FakeThreads threads({10, 11, 12}, none);
    threads.threads[10].ending = true;
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_FALSE(setter.gone());
    EXPECT_FALSE(setter.gave_up());
    EXPECT_EQ(setter.tally().as_wanted, 2U);
    EXPECT_LE(threads.calls.passes, 3U);
    EXPECT_EQ(threads.priority_of(11), idle);
    EXPECT_EQ(threads.priority_of(12), idle);
}

TEST(ThreadSetter, leaves_threads_alone_that_are_as_wanted) {
    FakeThreads threads({10, 11, 12, 13}, idle);
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_THAT(threads.calls.sets, IsEmpty());
    EXPECT_THAT(setter.changed(), IsEmpty());
    EXPECT_EQ(setter.tally().as_wanted, 4U);
    EXPECT_THAT(setter.as_wanted(), testing::ElementsAre(10, 11, 12, 13));
}

TEST(ThreadSetter, sets_every_thread_of_a_process_that_stands_still_once) {
    FakeThreads threads({10, 11, 12, 13, 14, 15, 16}, low);
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_TRUE(threads.all_are(idle));
    EXPECT_EQ(threads.calls.sets.size(), 7U);
    EXPECT_EQ(threads.calls.passes, 2U);
    EXPECT_EQ(setter.tally().as_wanted, 7U);
    EXPECT_THAT(setter.changed(), testing::Each(testing::Pair(testing::_, values::to_kernel(low))));
    EXPECT_EQ(setter.changed().size(), 7U);
    EXPECT_FALSE(setter.needs_second_round());
    EXPECT_FALSE(setter.gone());
    EXPECT_THAT(setter.listing(), ElementsAre(10, 11, 12, 13, 14, 15, 16));
}

TEST(ThreadSetter, needs_few_calls_for_a_process_of_one_thread) {
    FakeThreads threads({10}, none);
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_THAT(threads.calls.sets, ElementsAre(Pair(10, idle)));
    EXPECT_EQ(threads.calls.gets, 3U) << "in each pass, and when the last has ended";
    EXPECT_EQ(threads.calls.nexts, 2U) << "one listing and its end";
    EXPECT_EQ(threads.calls.counts, 3U);
    EXPECT_EQ(threads.calls.belongs, 1U);
    EXPECT_EQ(threads.calls.contains + threads.calls.creators, 0U);
}

TEST(ThreadSetter, does_one_chunk_in_a_step) {
    FakeThreads threads({10, 11, 12, 13, 14, 15, 16}, none);
    ThreadSetter setter(threads, {idle});
    unsigned gets = 0;
    while (!setter.step()) {
        EXPECT_LE(threads.calls.gets - gets, threads.chunk);
        gets = threads.calls.gets;
    }
    EXPECT_EQ(setter.tally().as_wanted, 7U);
}

TEST(ThreadSetter, finds_threads_that_are_born_between_the_passes) {
    FakeThreads threads({10, 11}, none);
    threads.on_pass = [&](unsigned pass) {
        if (pass == 2 || pass == 3) {
            threads.add(100 + static_cast<pid_t>(pass), none);
        }
    };
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_TRUE(threads.all_are(idle));
    EXPECT_EQ(setter.tally().as_wanted, 4U);
    EXPECT_TRUE(setter.needs_second_round());
    EXPECT_FALSE(setter.gave_up());
}

TEST(ThreadSetter, lists_them_again_where_one_came_and_another_went) {
    FakeThreads threads({10, 11, 12}, none);
    threads.on_pass = [&](unsigned pass) {
        if (pass == 2) {
            threads.remove(11);
            threads.add(13, none);
        }
    };
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_TRUE(threads.all_are(idle));
    EXPECT_TRUE(setter.needs_second_round());
    EXPECT_THAT(setter.listing(), ElementsAre(10, 12, 13));
}

TEST(ThreadSetter, lists_them_again_where_the_number_of_one_was_given_to_another_process) {
    FakeThreads threads({10, 11, 12}, none);
    threads.on_pass = [&](unsigned pass) {
        if (pass == 2) {
            threads.remove(11);
            threads.strangers[11] = {idle, std::nullopt};
            threads.add(13, none);
        }
    };
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_TRUE(threads.all_are(idle));
    EXPECT_TRUE(setter.needs_second_round());
}

TEST(ThreadSetter, finds_a_thread_that_joins_while_they_are_looked_at_again) {
    for (const pid_t moment : {11, 12, 13, 14}) {
        FakeThreads threads({11, 12, 13, 14}, none);
        threads.before_get = [&](pid_t tid) {
            if (tid == moment && threads.calls.passes == 2 && threads.threads.count(99) == 0) {
                threads.add(99, none);
            }
        };
        ThreadSetter setter(threads, {idle});
        setter.run();
        EXPECT_TRUE(threads.all_are(idle)) << moment;
        EXPECT_TRUE(setter.needs_second_round()) << moment;
    }
}

TEST(ThreadSetter, sets_again_what_fought_back_without_listing_again) {
    FakeThreads threads({10, 11}, none);
    threads.on_pass = [&](unsigned pass) {
        if (pass == 2) {
            threads.threads[11].priority = low;
        }
    };
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_TRUE(threads.all_are(idle));
    EXPECT_EQ(threads.calls.nexts, 2U);
    EXPECT_FALSE(setter.needs_second_round());
}

TEST(ThreadSetter, finds_threads_that_the_listing_skipped) {
    FakeThreads threads({10, 11, 12, 13}, none);
    threads.hidden = 2;
    threads.on_pass = [&](unsigned pass) { threads.hidden = pass <= 3 ? 2 : 0; };
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_TRUE(threads.all_are(idle));
    EXPECT_EQ(setter.tally().as_wanted, 4U);
    EXPECT_FALSE(setter.gave_up());
}

TEST(ThreadSetter, ends_with_a_chain_in_which_each_thread_starts_the_next_and_ends) {
    FakeThreads threads({10, 20}, none);
    pid_t last = 20;
    threads.on_pass = [&](unsigned) {
        const auto inherited = threads.priority_of(last);
        threads.remove(last);
        threads.add(++last, inherited);
    };
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_FALSE(setter.gave_up());
    EXPECT_TRUE(setter.needs_second_round());
    EXPECT_TRUE(threads.all_are(idle));
    EXPECT_LE(threads.calls.passes, 4U);
}

TEST(ThreadSetter, gives_up_after_its_bound_of_passes) {
    FakeThreads threads({10}, none);
    threads.on_pass = [&](unsigned pass) { threads.add(100 + static_cast<pid_t>(pass), none); };
    ThreadSetter setter(threads, {idle}, {}, {}, {7, 1h});
    setter.run();
    EXPECT_TRUE(setter.gave_up());
    EXPECT_TRUE(setter.needs_second_round());
    EXPECT_FALSE(setter.gone());
    EXPECT_EQ(threads.calls.passes, 7U);
}

TEST(ThreadSetter, gives_up_when_the_listing_is_never_complete) {
    FakeThreads threads({10, 11}, none);
    threads.hidden = 1;
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_TRUE(setter.gave_up());
    EXPECT_EQ(threads.calls.passes, Bounds{}.passes);
}

TEST(ThreadSetter, gives_up_after_its_bound_of_time) {
    FakeThreads threads({10}, none);
    threads.on_pass = [&](unsigned pass) { threads.add(100 + static_cast<pid_t>(pass), none); };
    constexpr unsigned endless = 1'000'000;
    ThreadSetter setter(threads, {idle}, {}, {}, {endless, 2ms});
    setter.run();
    EXPECT_TRUE(setter.gave_up());
    EXPECT_LT(threads.calls.passes, endless);
}

TEST(ThreadSetter, breaks_off_a_pass_that_does_not_end) {
    FakeThreads threads({10}, none);
    threads.before_get = [&](pid_t tid) {
        if (tid == threads.order.back()) {
            threads.add(tid + 1, none);
        }
    };
    ThreadSetter setter(threads, {idle}, {}, {}, {32, 1ms});
    setter.run();
    EXPECT_TRUE(setter.gave_up());
    EXPECT_FALSE(setter.gone());
}

TEST(ThreadSetter, lets_a_process_that_stands_still_take_its_time) {
    FakeThreads threads({10, 11, 12, 13}, none);
    threads.on_pass = [&](unsigned pass) { burn(pass == 1 ? 60ms : 0ms); };
    ThreadSetter setter(threads, {idle}, {}, {}, {32, 50ms});
    setter.run();
    EXPECT_FALSE(setter.gave_up());
    EXPECT_TRUE(threads.all_are(idle));
}

}  // namespace
}  // namespace iopriority::engine
