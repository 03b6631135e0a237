// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Setting the threads of a process of which some may not be set, are kept, or are set by somebody else, too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/thread_setter.hpp"
#include "fake_threads.hpp"

namespace iopriority::engine {
namespace {

using test::FakeThreads;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

constexpr int hint = 1 << 3;
const Priority idle = Priority::idle();
const Priority low = Priority::best_effort(7);
const Priority high = Priority::best_effort(0);
const Priority none = Priority::none();

TEST(A_thread, that_is_not_admitted_is_not_set_and_is_counted_as_what_it_is) {
    FakeThreads threads({10, 11, 12, 13, 14}, low);
    const Judge judge = [](pid_t tid) {
        return tid == 11   ? Standing::joined
               : tid == 12 ? Standing::privileged
               : tid == 13 ? Standing::outside
                           : Standing::admitted;
    };
    ThreadSetter setter(threads, {idle}, judge);
    setter.run();
    EXPECT_EQ(setter.tally().as_wanted, 2U);
    EXPECT_EQ(setter.tally().joined, 1U);
    EXPECT_EQ(setter.tally().privileged, 1U);
    for (const pid_t tid : {11, 12, 13}) {
        EXPECT_EQ(threads.priority_of(tid), low) << tid;
        EXPECT_THAT(threads.calls.sets, Not(Contains(Key(tid))));
    }
    EXPECT_THAT(setter.changed(), Not(Contains(Key(11))));
}

TEST(A_thread, that_is_not_admitted_is_not_counted_where_it_is_as_wanted_by_chance) {
    FakeThreads threads({10, 11}, idle);
    ThreadSetter setter(threads, {idle}, [](pid_t tid) { return tid == 11 ? Standing::outside : Standing::admitted; });
    setter.run();
    EXPECT_EQ(setter.tally().as_wanted, 1U);
}

TEST(A_thread, that_changes_hands_just_before_it_is_set_gets_back_what_it_had_bit_for_bit) {
    FakeThreads threads({10, 11, 12}, low);
    threads.threads[11].hints = hint;
    const int before = threads.value_of(11);
    bool changed_hands = false;
    threads.before_set = [&](pid_t tid) { changed_hands = changed_hands || tid == 11; };
    const Judge judge = [&](pid_t tid) { return tid == 11 && changed_hands ? Standing::joined : Standing::admitted; };
    ThreadSetter setter(threads, {idle}, judge);
    setter.run();
    EXPECT_EQ(threads.value_of(11), before);
    EXPECT_EQ(setter.tally().joined, 1U);
    EXPECT_EQ(setter.tally().as_wanted, 2U);
    EXPECT_THAT(setter.changed(), Not(Contains(Key(11)))) << "it is not to be undone";
}

TEST(A_thread, is_judged_right_before_and_right_after_it_is_set) {
    FakeThreads threads({10, 11}, low);
    std::vector<std::string> events;
    threads.before_set = [&](pid_t tid) { events.push_back("set " + std::to_string(tid)); };
    const Judge judge = [&](pid_t tid) {
        events.push_back("judge " + std::to_string(tid));
        return Standing::admitted;
    };
    ThreadSetter setter(threads, {idle}, judge);
    setter.run();
    events.resize(6);
    EXPECT_THAT(events, ElementsAre("judge 10", "set 10", "judge 10", "judge 11", "set 11", "judge 11"));
}

TEST(A_thread, that_is_found_to_have_ended_when_it_is_judged_has_the_others_listed_again) {
    FakeThreads threads({10, 11, 12}, low);
    const Judge judge = [&](pid_t tid) {
        if (tid == 11) {
            threads.remove(tid);
            return Standing::gone;
        }
        return Standing::admitted;
    };
    ThreadSetter setter(threads, {idle}, judge);
    setter.run();
    EXPECT_EQ(setter.tally().as_wanted, 2U);
    EXPECT_TRUE(setter.needs_second_round());
    EXPECT_FALSE(setter.gave_up());
}

TEST(An_explicit_priority, is_kept_and_counted) {
    FakeThreads threads({10, 11, 12}, none);
    threads.threads[11].priority = high;
    ThreadSetter setter(threads, {idle, true});
    setter.run();
    EXPECT_EQ(threads.priority_of(10), idle);
    EXPECT_EQ(threads.priority_of(11), high);
    EXPECT_EQ(threads.priority_of(12), idle);
    EXPECT_EQ(setter.tally().as_wanted, 2U);
    EXPECT_EQ(setter.tally().is_explicit, 1U);
}

TEST(An_explicit_priority, that_is_just_what_is_wanted_counts_as_wanted) {
    FakeThreads threads({10, 11}, none);
    threads.threads[11].priority = idle;
    ThreadSetter setter(threads, {idle, true});
    setter.run();
    EXPECT_EQ(setter.tally().as_wanted, 2U);
    EXPECT_EQ(setter.tally().is_explicit, 0U);
}

TEST(An_explicit_priority, that_a_thread_gets_meanwhile_is_kept_but_not_where_it_was_set_here_before) {
    FakeThreads threads({10, 11, 12}, none);
    threads.on_pass = [&](unsigned pass) {
        if (pass == 2) {
            threads.threads[11].priority = high;
            threads.add(13, high);
        }
    };
    ThreadSetter setter(threads, {idle, true});
    setter.run();
    EXPECT_EQ(threads.priority_of(11), idle);
    EXPECT_EQ(threads.priority_of(13), high);
    EXPECT_EQ(setter.tally().is_explicit, 1U);
}

TEST(Another_program, that_sets_a_thread_once_more_is_found_and_overcome) {
    FakeThreads threads({10, 11}, none);
    threads.on_pass = [&](unsigned pass) {
        if (pass == 2) {
            threads.threads[11].priority = low;
        }
    };
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_FALSE(setter.gave_up());
    EXPECT_EQ(setter.tally().as_wanted, 2U);
    EXPECT_EQ(setter.tally().contested, 0U) << "of the last pass";
}

TEST(Another_program, that_sets_a_thread_after_each_set_is_told_of_and_its_thread_does_not_count) {
    FakeThreads threads({10, 11}, none);
    threads.after_set = [&](pid_t tid) {
        if (tid == 11) {
            threads.threads[11].priority = low;
        }
    };
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_TRUE(setter.gave_up());
    EXPECT_EQ(setter.tally().as_wanted, 1U);
    EXPECT_EQ(setter.tally().contested, 1U);
    EXPECT_FALSE(setter.gone());
}

TEST(Another_program, that_sets_a_thread_between_the_passes_is_told_of) {
    FakeThreads threads({10, 11}, none);
    threads.on_pass = [&](unsigned) { threads.threads[11].priority = low; };
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_TRUE(setter.gave_up());
    EXPECT_EQ(setter.tally().contested, 1U);
}

TEST(A_first_thread, that_has_ended_is_not_counted_for_none) {
    FakeThreads threads({10, 11, 12}, none);
    threads.threads[10].ending = true;
    ThreadSetter setter(threads, {none});
    setter.run();
    EXPECT_EQ(setter.tally().as_wanted, 2U);
    threads.threads[11].priority = idle;
    setter.again();
    setter.run();
    EXPECT_EQ(setter.tally().as_wanted, 2U);
    EXPECT_THAT(setter.as_wanted(), ElementsAre(11, 12));
}

TEST(The_kernel, as_the_judge_is_asked_also_for_what_is_as_wanted_but_once) {
    FakeThreads threads({10, 11}, idle);
    ThreadSetter setter(threads, {idle, false, true});
    setter.run();
    EXPECT_THAT(threads.calls.sets, ElementsAre(Pair(10, idle), Pair(11, idle)));
    EXPECT_EQ(setter.tally().as_wanted, 2U);
    EXPECT_THAT(setter.changed(), IsEmpty());
}

TEST(The_kernel, as_the_judge_refuses_also_what_is_as_wanted_and_that_ends_the_work) {
    FakeThreads threads({10, 11, 12}, idle);
    threads.threads[11].refusal = EPERM;
    ThreadSetter setter(threads, {idle, false, true});
    setter.run();
    EXPECT_EQ(setter.tally().refused, 1U);
    EXPECT_EQ(setter.tally().refusal, EPERM);
    EXPECT_EQ(setter.tally().as_wanted, 1U);
    EXPECT_THAT(threads.calls.sets, ElementsAre(Pair(10, idle), Pair(11, idle)));
    EXPECT_FALSE(setter.gone());
}

TEST(Undoing, gives_a_thread_its_value_back_bit_for_bit) {
    FakeThreads threads({10, 11}, low);
    threads.threads[11].hints = hint;
    const int before = threads.value_of(11);
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_EQ(threads.value_of(11), values::to_kernel(idle));
    setter.undo();
    EXPECT_EQ(threads.value_of(11), before);
}

TEST(Undoing, gives_back_class_and_level_where_the_kernel_refuses_hints) {
    FakeThreads threads({10}, low);
    threads.threads[10].hints = hint;
    threads.knows_hints = false;
    ThreadSetter setter(threads, {idle});
    setter.run();
    setter.undo();
    EXPECT_EQ(threads.value_of(10), values::to_kernel(low));
}

TEST(What_was_found, is_not_put_back_where_the_kernel_refuses_it_for_another_reason) {
    FakeThreads threads({10}, low);
    threads.threads[10].refusal = EPERM;
    EXPECT_FALSE(threads.put_back(10, values::to_kernel(idle) | hint));
    EXPECT_EQ(threads.calls.sets.size(), 1U);
    EXPECT_FALSE(threads.put_back(99, 0));
    EXPECT_EQ(threads.priority(99), std::nullopt);
}

}  // namespace
}  // namespace iopriority::engine
