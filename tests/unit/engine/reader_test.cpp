// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Reading the highest priority of a process, and the settle pass over threads that were being born during a change.
#include "engine/survey.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/settle_pass.hpp"
#include "fake_target.hpp"

namespace iopriority::engine {
namespace {

using test::FakeProcess;
using test::FakeThreads;
using test::target_of;
using test::World;
using ::testing::ElementsAre;
using ::testing::Pair;

const Priority idle = Priority::idle();
const Priority none = Priority::none();
const Priority low = Priority::best_effort(7);
const Priority high = Priority::best_effort(0);

/// The highest priority of one process, or of several.
Expected<Priority> highest(const std::vector<FakeProcess*>& of) {
    World world{of, {}};
    Reader reader(Survey::Depth::highest);
    reader.begin(target_of(world, of.size() == 1));
    while (!reader.step()) {
    }
    const auto description = reader.result();
    return description ? Expected<Priority>(description->set) : description.failure();
}

Priority highest(FakeProcess& process) {
    const auto found = highest({&process});
    EXPECT_TRUE(found);
    return found ? *found : Priority::none();
}

ErrorCode no_highest(FakeProcess& process) {
    const auto found = highest({&process});
    EXPECT_FALSE(found);
    return found ? ErrorCode::limits_exceeded : found.failure().code;
}

TEST(TheHighestPriority, is_not_there_once_the_process_has_ended) {
    FakeProcess reaped({10}, idle);
    reaped.threads.reaped = true;
    EXPECT_EQ(no_highest(reaped), ErrorCode::no_such_process);
    FakeProcess lost({10, 11, 12, 13, 14}, idle);
    lost.threads.before_get = [&](pid_t tid) {
        if (tid == 12) {
            lost.crowd.kill();
            lost.threads.reaped = true;
        }
    };
    EXPECT_EQ(no_highest(lost), ErrorCode::no_such_process) << "what was read may be another's";
    FakeProcess zombie({10, 11}, idle);
    zombie.threads.before_get = [&](pid_t) { zombie.crowd.kill(); };
    EXPECT_EQ(no_highest(zombie), ErrorCode::no_such_process);
}

TEST(TheHighestPriority, leaves_out_threads_that_ended_since_they_were_listed) {
    FakeProcess process({10, 11}, idle);
    process.threads.threads.erase(11);
    EXPECT_EQ(highest(process), idle);
}

TEST(TheHighestPriority, is_that_of_the_thread_served_first) {
    FakeProcess process({10, 11, 12, 13, 14}, idle);
    EXPECT_EQ(highest(process), idle);
    process.threads.threads[13].priority = low;
    EXPECT_EQ(highest(process), low);
    process.threads.threads[14].priority = Priority::realtime(7);
    EXPECT_EQ(highest(process), Priority::realtime(7));
}

TEST(TheHighestPriority, is_that_of_the_process_served_first) {
    FakeProcess first({10, 11}, idle);
    FakeProcess second({20, 21}, low);
    EXPECT_EQ(*highest({&first, &second}), low);
    EXPECT_EQ(*highest({&second, &first}), low);
    EXPECT_FALSE(highest(std::vector<FakeProcess*>{}));
}

TEST(TheHighestPriority, counts_a_thread_on_which_nothing_is_set_with_what_it_amounts_to) {
    FakeProcess process({10}, low);
    process.threads.add(11, none);
    EXPECT_EQ(highest(process), none) << "best-effort 4 before best-effort 7";
    process.threads.threads[10].priority = high;
    EXPECT_EQ(highest(process), high);
}

TEST(TheHighestPriority, is_the_set_one_of_two_that_amount_to_the_same) {
    FakeProcess set_first({10}, Priority::best_effort(4));
    set_first.threads.add(11, none);
    EXPECT_EQ(highest(set_first), Priority::best_effort(4));
    FakeProcess set_last({10}, none);
    set_last.threads.add(11, Priority::best_effort(4));
    EXPECT_EQ(highest(set_last), Priority::best_effort(4));
}

TEST(AReading, of_one_user_leaves_out_the_threads_of_others) {
    FakeProcess mixed({10, 11, 12}, idle, {1000, false});
    mixed.threads.threads[12].priority = high;
    mixed.threads.set_owner(12, {1001, false});
    World world{{&mixed}, {}};
    auto target = target_of(world, false);
    target.threads_of = 1000;
    Reader reader;
    reader.begin(std::move(target));
    while (!reader.step()) {
    }
    const auto description = reader.result();
    ASSERT_TRUE(description);
    EXPECT_EQ(description->threads, 2U);
    EXPECT_EQ(description->set, idle);
    EXPECT_THAT(description->breakdown, ElementsAre(Pair("idle", 2U)));
}

TEST(AReading, that_cannot_reach_a_process_says_so_and_tells_no_part_for_the_whole) {
    FakeProcess first({10}, idle);
    FakeProcess second({20}, idle);
    World world{{&first, &second}, {}};
    world.unopened[second.pid()] = {ErrorCode::failed, "no descriptors"};
    Reader reader;
    reader.begin(target_of(world, false));
    while (!reader.step()) {
    }
    ASSERT_FALSE(reader.result());
    EXPECT_EQ(reader.result().failure().message, "no descriptors");
}

unsigned settle(FakeThreads& threads, Priority wanted, const ThreadSetter& done, Judge judge = {}) {
    SettlePass pass(threads, wanted, std::move(judge), done);
    while (!pass.step()) {
    }
    return pass.set();
}

struct ASettlePass : ::testing::Test {
    FakeThreads threads{{10, 11, 12, 13}, low};
    ThreadSetter setter{threads, {idle}};

    void SetUp() override { setter.run(); }
};

TEST_F(ASettlePass, sets_nothing_once_the_process_has_ended) {
    threads.add(20, low);
    threads.reaped = true;
    EXPECT_EQ(settle(threads, idle, setter), 0U);
    EXPECT_EQ(threads.priority_of(20), low);
}

TEST_F(ASettlePass, sets_nothing_where_somebody_has_made_another_change_since) {
    for (auto& [tid, thread] : threads.threads) {
        thread.priority = high;
    }
    threads.add(20, low);
    EXPECT_EQ(settle(threads, idle, setter), 0U);
    EXPECT_EQ(threads.priority_of(20), low);
}

TEST_F(ASettlePass, leaves_a_new_thread_alone_that_has_what_the_change_did_not_replace) {
    threads.add(20, high);
    EXPECT_EQ(settle(threads, idle, setter), 0U);
    EXPECT_EQ(threads.priority_of(20), high);
}

TEST_F(ASettlePass, leaves_a_known_thread_alone) {
    threads.threads[13].priority = low;
    EXPECT_EQ(settle(threads, idle, setter), 0U);
    EXPECT_EQ(threads.priority_of(13), low);
}

TEST_F(ASettlePass, sets_a_thread_that_came_with_what_was_replaced) {
    threads.add(20, low);
    EXPECT_EQ(settle(threads, idle, setter), 1U);
    EXPECT_EQ(threads.priority_of(20), idle);
}

TEST_F(ASettlePass, sets_a_thread_that_came_where_another_went) {
    threads.remove(11);
    threads.add(20, low);
    EXPECT_EQ(settle(threads, idle, setter), 1U);
    EXPECT_EQ(threads.priority_of(20), idle);
}

TEST_F(ASettlePass, leaves_a_new_thread_alone_that_is_not_admitted) {
    threads.add(20, low);
    EXPECT_EQ(settle(threads, idle, setter, [](pid_t) { return Standing::privileged; }), 0U);
    EXPECT_EQ(threads.priority_of(20), low);
}

TEST_F(ASettlePass, gives_a_thread_back_what_it_had_that_changed_hands_while_it_was_set) {
    threads.add(20, low);
    threads.threads[20].hints = 1 << 3;
    bool set = false;
    threads.after_set = [&](pid_t tid) { set = tid == 20; };
    const auto judge = [&](pid_t) { return set ? Standing::joined : Standing::admitted; };
    EXPECT_EQ(settle(threads, idle, setter, judge), 0U);
    EXPECT_EQ(threads.value_of(20), values::to_kernel(low) | 1 << 3);
}

TEST_F(ASettlePass, restores_no_thread_whose_id_was_reused) {
    threads.add(20, low);
    threads.after_set = [&](pid_t tid) {
        threads.remove(tid);
        threads.strangers[tid] = {high, std::nullopt};  // who had nothing to do with this
    };
    const auto judge = [&](pid_t tid) { return threads.strangers.contains(tid) ? Standing::gone : Standing::admitted; };
    EXPECT_EQ(settle(threads, idle, setter, judge), 0U);
    EXPECT_EQ(threads.priority_of(20), high);
}

TEST_F(ASettlePass, lists_nothing_where_none_came_or_went) {
    const unsigned before = threads.calls.nexts;
    EXPECT_EQ(settle(threads, idle, setter), 0U);
    EXPECT_EQ(threads.calls.nexts, before);
}

}  // namespace
}  // namespace iopriority::engine
