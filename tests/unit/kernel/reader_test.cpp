// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Reading the highest priority of a process, and the late look at threads that were being born during a change.
#include "kernel/reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_threads.hpp"
#include "kernel/late_look.hpp"

namespace iopriority::kernel {
namespace {

using test::FakeThreads;
using ::testing::IsEmpty;

const Priority idle = Priority::idle();
const Priority none = Priority::none();
const Priority low = Priority::best_effort(7);
const Priority high = Priority::best_effort(0);

std::optional<Priority> highest(FakeThreads& threads) {
    ThreadReader reader(threads);
    while (!reader.step()) {
    }
    return reader.highest();
}

TEST(TheHighestPriority, IsNotThereOnceTheProcessHasEnded) {
    FakeThreads reaped({10}, idle);
    reaped.reaped = true;
    EXPECT_EQ(highest(reaped), std::nullopt);
    FakeThreads zombie({10}, idle);
    zombie.zombie = true;
    EXPECT_EQ(highest(zombie), std::nullopt);
    FakeThreads lost({10, 11, 12, 13, 14}, idle);
    lost.before_get = [&](pid_t tid) { lost.reaped = tid == 12; };
    EXPECT_EQ(highest(lost), std::nullopt) << "what was read may be another's";
}

TEST(TheHighestPriority, LeavesOutThreadsThatEndedSinceTheyWereListed) {
    FakeThreads threads({10, 11}, idle);
    threads.threads.erase(11);
    EXPECT_EQ(highest(threads), idle);
}

TEST(TheHighestPriority, IsThatOfTheThreadServedFirst) {
    FakeThreads threads({10, 11, 12, 13, 14}, idle);
    EXPECT_EQ(highest(threads), idle);
    threads.threads[13].priority = low;
    EXPECT_EQ(highest(threads), low);
    threads.threads[14].priority = Priority::realtime(7);
    EXPECT_EQ(highest(threads), Priority::realtime(7));
}

TEST(TheHighestPriority, CountsAThreadOnWhichNothingIsSetWithWhatItAmountsTo) {
    FakeThreads threads({10}, low);
    threads.add(11, none);
    EXPECT_EQ(highest(threads), none) << "best-effort 4 before best-effort 7";
    threads.threads[10].priority = high;
    EXPECT_EQ(highest(threads), high);
}

TEST(TheHighestPriority, IsTheSetOneOfTwoThatAmountToTheSame) {
    FakeThreads set_first({10}, Priority::best_effort(4));
    set_first.add(11, none);
    EXPECT_EQ(highest(set_first), Priority::best_effort(4));
    FakeThreads set_last({10}, none);
    set_last.add(11, Priority::best_effort(4));
    EXPECT_EQ(highest(set_last), Priority::best_effort(4));
}

unsigned look_late(FakeThreads& threads, Priority wanted, const ThreadSetter& done) {
    LateLook look(threads, wanted, done);
    while (!look.step()) {
    }
    return look.set();
}

struct ALateLook : ::testing::Test {
    FakeThreads threads{{10, 11, 12, 13}, low};
    ThreadSetter setter{threads, idle};

    void SetUp() override { setter.run(); }
};

TEST_F(ALateLook, SetsNothingOnceTheProcessHasEnded) {
    threads.add(20, low);
    threads.reaped = true;
    EXPECT_EQ(look_late(threads, idle, setter), 0U);
    EXPECT_EQ(threads.priority_of(20), low);
}

TEST_F(ALateLook, SetsNothingWhereSomebodyHasMadeAnotherChangeSince) {
    for (auto& [tid, thread] : threads.threads) {
        thread.priority = high;
    }
    threads.add(20, low);
    EXPECT_EQ(look_late(threads, idle, setter), 0U);
    EXPECT_EQ(threads.priority_of(20), low);
}

TEST_F(ALateLook, LeavesANewThreadAloneThatHasWhatTheChangeDidNotReplace) {
    threads.add(20, high);
    EXPECT_EQ(look_late(threads, idle, setter), 0U);
    EXPECT_EQ(threads.priority_of(20), high);
}

TEST_F(ALateLook, LeavesAKnownThreadAlone) {
    threads.threads[13].priority = low;
    EXPECT_EQ(look_late(threads, idle, setter), 0U);
    EXPECT_EQ(threads.priority_of(13), low);
}

TEST_F(ALateLook, SetsAThreadThatCameWithWhatWasReplaced) {
    threads.add(20, low);
    EXPECT_EQ(look_late(threads, idle, setter), 1U);
    EXPECT_EQ(threads.priority_of(20), idle);
}

TEST_F(ALateLook, SetsAThreadThatCameWhereAnotherWent) {
    threads.remove(11);
    threads.add(20, low);
    EXPECT_EQ(look_late(threads, idle, setter), 1U);
    EXPECT_EQ(threads.priority_of(20), idle);
}

TEST_F(ALateLook, ListsNothingWhereNoneCameOrWent) {
    const unsigned before = threads.calls.nexts;
    EXPECT_EQ(look_late(threads, idle, setter), 0U);
    EXPECT_EQ(threads.calls.nexts, before);
}

}  // namespace
}  // namespace iopriority::kernel
