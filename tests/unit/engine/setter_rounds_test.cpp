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

TEST(ASecondRound, IsNotNeededForAProcessThatStandsStill) {
    FakeThreads threads({10, 11, 12, 13}, none);
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_FALSE(setter.needs_second_round());
}

TEST(ASecondRound, IsNotNeededForTheOnlyThreadOfAYoungProcess) {
    FakeThreads threads({10}, none);
    threads.threads[10].young = true;
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_FALSE(setter.needs_second_round());
}

TEST(ASecondRound, IsNeededWhereTheLastThreadIsYoung) {
    FakeThreads threads({10, 11}, none);
    threads.threads[11].young = true;
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_TRUE(setter.needs_second_round());
}

TEST(ASecondRound, IsNeededWhereAThreadCameOrWent) {
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

TEST(ASecondRound, SaysGoneWhenTheProcessEndedBetweenThem) {
    FakeThreads threads({10, 11}, none);
    ThreadSetter setter(threads, {idle});
    setter.run();
    ASSERT_FALSE(setter.gone());
    threads.reaped = true;
    setter.again();
    setter.run();
    EXPECT_TRUE(setter.gone());
}

TEST(ASecondRound, FindsACloneThatWasUnderWayDuringTheFirst) {
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

TEST(ASecondRound, MayWinWhereTheFirstWasOutrun) {
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

TEST(Undoing, LeavesThreadsAloneThatSomebodyChangedSince) {
    FakeThreads threads({10, 11}, low);
    ThreadSetter setter(threads, {idle});
    setter.run();
    threads.threads[11].priority = high;
    setter.undo();
    EXPECT_EQ(threads.priority_of(10), low);
    EXPECT_EQ(threads.priority_of(11), high);
}

TEST(Undoing, LeavesNumbersAloneThatLeftTheProcess) {
    FakeThreads threads({10, 11}, low);
    ThreadSetter setter(threads, {idle});
    setter.run();
    threads.remove(11);
    threads.strangers[11] = {idle, 1};
    setter.undo();
    EXPECT_EQ(threads.priority_of(10), low);
    EXPECT_EQ(threads.priority_of(11), idle);
}

TEST(Undoing, LeavesThreadsAloneThatWereNotChanged) {
    FakeThreads threads({10, 11, 12}, low);
    threads.threads[11].priority = idle;
    threads.threads[12].refusal = EPERM;
    ThreadSetter setter(threads, {idle});
    setter.run();
    setter.undo();
    EXPECT_EQ(threads.priority_of(11), idle);
    EXPECT_EQ(threads.priority_of(12), low);
}

TEST(Undoing, GivesEachThreadBackWhatItHad) {
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

TEST(Undoing, GivesAThreadThatFoughtBackWhatItHadAtFirst) {
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

TEST_F(Stranger, ThatTookANumberBeforeItWasReadGetsWhatItsCreatorHas) {
    takes_it(&FakeThreads::before_get, low, low);
    set(idle);
    EXPECT_EQ(threads.priority_of(number), low);
}

TEST_F(Stranger, ThatTookANumberBetweenReadingAndSettingGetsWhatItsCreatorHas) {
    takes_it(&FakeThreads::before_set, high, high);
    set(idle);
    EXPECT_EQ(threads.priority_of(number), high);
}

TEST_F(Stranger, ThatTookANumberInTheLastPassOfARoundThatIsGivenUpIsFoundToo) {
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

TEST_F(Stranger, WhoseCreatorHasNothingSetGetsNothingSet) {
    takes_it(&FakeThreads::before_get, none, none);
    set(idle);
    EXPECT_EQ(threads.priority_of(number), none);
}

TEST_F(Stranger, ThatTookTheNumberOfTheProcessItselfIsFoundToo) {
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

TEST_F(Stranger, ThatInheritedWhatIsWantedIsLeftAlone) {
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

TEST_F(Stranger, ThatIsOlderThanTheRequestIsLeftAlone) {
    threads.on_pass = [&](unsigned pass) {
        if (pass == 2) {
            give_away(threads, number, {idle, std::nullopt});
        }
    };
    set(idle);
    EXPECT_EQ(threads.priority_of(number), idle);
    EXPECT_EQ(threads.calls.sets.size(), 4U);
}

TEST_F(Stranger, ThatSomebodyElseChangedSinceIsLeftAlone) {
    takes_it(&FakeThreads::before_get, none, none);
    threads.on_pass = [&](unsigned pass) {
        if (pass == 2) {
            threads.strangers[number].priority = high;
        }
    };
    set(idle);
    EXPECT_EQ(threads.priority_of(number), high);
}

TEST_F(Stranger, IsNotMadeRealtimeByWhoeverItsParentIsNow) {
    takes_it(&FakeThreads::before_get, low, Priority::realtime(0));
    set(idle);
    EXPECT_EQ(threads.priority_of(number), low);
}

TEST_F(Stranger, ThatWasRealtimeIsSoAgain) {
    takes_it(&FakeThreads::before_get, Priority::realtime(4), Priority::realtime(4));
    set(idle);
    EXPECT_EQ(threads.priority_of(number), Priority::realtime(4));
}

TEST_F(Stranger, WhoseCreatorHasEndedGetsWhatWasReadBefore) {
    takes_it(&FakeThreads::before_get, low, none);
    threads.strangers.erase(creator);
    set(idle);
    EXPECT_EQ(threads.priority_of(number), low);
}

TEST_F(Stranger, IsNotLookedForWhereNoThreadEnded) {
    set(idle);
    EXPECT_EQ(threads.calls.contains, 0U);
    EXPECT_EQ(threads.calls.creators, 0U);
}

TEST_F(Stranger, IsLookedForOnlyAtNumbersThatLeftTheProcess) {
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
