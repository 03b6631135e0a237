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

TEST(ThreadSetter, SetsNothingWhenTheProcessWasReapedBefore) {
    FakeThreads threads({10, 11}, none);
    threads.reaped = true;
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_TRUE(setter.gone());
    EXPECT_THAT(threads.calls.sets, IsEmpty());
}

TEST(ThreadSetter, SetsNoFurtherThreadOnceTheNumberIsLost) {
    FakeThreads threads({10, 11, 12, 13, 14, 15}, none);
    threads.before_set = [&](pid_t tid) { threads.reaped = tid == 12; };
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_TRUE(setter.gone());
    EXPECT_EQ(threads.calls.sets.size(), 3U) << "the chunk that was listed before";
}

TEST(ThreadSetter, CallsAProcessOfWhichOnlyAZombieIsLeftGone) {
    FakeThreads threads({10}, none);
    threads.threads[10].ending = true;
    threads.zombie = true;
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_TRUE(setter.gone());
    EXPECT_THAT(setter.changed(), IsEmpty());
}

TEST(ThreadSetter, CountsWhatTheKernelRefusesAndKeepsItsReason) {
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

TEST(ThreadSetter, CountsNothingAsRefusedThatIsAsWantedAnyway) {
    FakeThreads threads({10, 11}, idle);
    threads.threads[11].refusal = EPERM;
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_EQ(setter.tally().refused, 0U);
    EXPECT_EQ(setter.tally().as_wanted, 2U);
}

TEST(ThreadSetter, TakesThreadsThatEndedSinceTheyWereListedForNoFailure) {
    FakeThreads threads({10, 11, 12}, none);
    threads.before_get = [&](pid_t tid) { threads.threads.erase(tid); };
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_FALSE(setter.gone());
    EXPECT_EQ(setter.tally().as_wanted, 0U);
    EXPECT_EQ(setter.tally().refused, 0U);
    EXPECT_FALSE(setter.gave_up());
}

TEST(ThreadSetter, TakesThreadsThatEndBetweenReadingAndSettingForNoFailure) {
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

TEST(ThreadSetter, DoesNotCountThreadsThatAreEndingAlthoughTheKernelSaysSuccess) {
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

TEST(ThreadSetter, EndsSoonWhereTheFirstThreadHasEndedAndOthersRun) {
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

TEST(ThreadSetter, LeavesThreadsAloneThatAreAsWanted) {
    FakeThreads threads({10, 11, 12, 13}, idle);
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_THAT(threads.calls.sets, IsEmpty());
    EXPECT_THAT(setter.changed(), IsEmpty());
    EXPECT_EQ(setter.tally().as_wanted, 4U);
    EXPECT_THAT(setter.as_wanted(), testing::ElementsAre(10, 11, 12, 13));
}

TEST(ThreadSetter, SetsEveryThreadOfAProcessThatStandsStillOnce) {
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

TEST(ThreadSetter, NeedsFewCallsForAProcessOfOneThread) {
    FakeThreads threads({10}, none);
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_THAT(threads.calls.sets, ElementsAre(Pair(10, idle)));
    EXPECT_EQ(threads.calls.gets, 2U);
    EXPECT_EQ(threads.calls.nexts, 2U) << "one listing and its end";
    EXPECT_EQ(threads.calls.counts, 3U);
    EXPECT_EQ(threads.calls.belongs, 1U);
    EXPECT_EQ(threads.calls.contains + threads.calls.creators, 0U);
}

TEST(ThreadSetter, DoesOneChunkInAStep) {
    FakeThreads threads({10, 11, 12, 13, 14, 15, 16}, none);
    ThreadSetter setter(threads, {idle});
    unsigned gets = 0;
    while (!setter.step()) {
        EXPECT_LE(threads.calls.gets - gets, threads.chunk);
        gets = threads.calls.gets;
    }
    EXPECT_EQ(setter.tally().as_wanted, 7U);
}

TEST(ThreadSetter, FindsThreadsThatAreBornBetweenThePasses) {
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

TEST(ThreadSetter, ListsThemAgainWhereOneCameAndAnotherWent) {
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

TEST(ThreadSetter, ListsThemAgainWhereTheNumberOfOneWasGivenToAnotherProcess) {
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

TEST(ThreadSetter, FindsAThreadThatJoinsWhileTheyAreLookedAtAgain) {
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

TEST(ThreadSetter, SetsAgainWhatFoughtBackWithoutListingAgain) {
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

TEST(ThreadSetter, FindsThreadsThatTheListingSkipped) {
    FakeThreads threads({10, 11, 12, 13}, none);
    threads.hidden = 2;
    threads.on_pass = [&](unsigned pass) { threads.hidden = pass <= 3 ? 2 : 0; };
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_TRUE(threads.all_are(idle));
    EXPECT_EQ(setter.tally().as_wanted, 4U);
    EXPECT_FALSE(setter.gave_up());
}

TEST(ThreadSetter, EndsWithAChainInWhichEachThreadStartsTheNextAndEnds) {
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

TEST(ThreadSetter, GivesUpAfterItsBoundOfPasses) {
    FakeThreads threads({10}, none);
    threads.on_pass = [&](unsigned pass) { threads.add(100 + static_cast<pid_t>(pass), none); };
    ThreadSetter setter(threads, {idle}, {}, {}, {7, 1h});
    setter.run();
    EXPECT_TRUE(setter.gave_up());
    EXPECT_TRUE(setter.needs_second_round());
    EXPECT_FALSE(setter.gone());
    EXPECT_EQ(threads.calls.passes, 7U);
}

TEST(ThreadSetter, GivesUpWhenTheListingIsNeverComplete) {
    FakeThreads threads({10, 11}, none);
    threads.hidden = 1;
    ThreadSetter setter(threads, {idle});
    setter.run();
    EXPECT_TRUE(setter.gave_up());
    EXPECT_EQ(threads.calls.passes, Bounds{}.passes);
}

TEST(ThreadSetter, GivesUpAfterItsBoundOfTime) {
    FakeThreads threads({10}, none);
    threads.on_pass = [&](unsigned pass) { threads.add(100 + static_cast<pid_t>(pass), none); };
    constexpr unsigned endless = 1'000'000;
    ThreadSetter setter(threads, {idle}, {}, {}, {endless, 2ms});
    setter.run();
    EXPECT_TRUE(setter.gave_up());
    EXPECT_LT(threads.calls.passes, endless);
}

TEST(ThreadSetter, BreaksOffAPassThatDoesNotEnd) {
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

TEST(ThreadSetter, LetsAProcessThatStandsStillTakeItsTime) {
    FakeThreads threads({10, 11, 12, 13}, none);
    threads.on_pass = [&](unsigned pass) { burn(pass == 1 ? 60ms : 0ms); };
    ThreadSetter setter(threads, {idle}, {}, {}, {32, 50ms});
    setter.run();
    EXPECT_FALSE(setter.gave_up());
    EXPECT_TRUE(threads.all_are(idle));
}

}  // namespace
}  // namespace iopriority::engine
