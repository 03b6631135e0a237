// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/changing.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "../kernel/fake_threads.hpp"

namespace iopriority::client {

using kernel::test::FakeThreads;

namespace {

std::string tar() {
    return "process 10 (tar)";
}

}  // namespace

TEST(Changing, SaysAccessDeniedAndChangesBackWhatItHadChangedWhenTheKernelRefusesOneThread) {
    FakeThreads threads({10, 11, 12}, Priority::none());
    threads.threads.at(12).refusal = EPERM;
    const auto changed = change_threads(threads, Priority::idle(), tar);
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.failure().code, ErrorCode::access_denied);
    EXPECT_EQ(changed.failure().message.find("process 10 (tar)"), 0U);
    EXPECT_TRUE(threads.all_are(Priority::none()));
}

TEST(Changing, SaysInTheKernelsWordsWhatElseItRefuses) {
    FakeThreads threads({10}, Priority::none());
    threads.threads.at(10).refusal = ENOSYS;
    const auto changed = change_threads(threads, Priority::idle(), tar);
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.failure().code, ErrorCode::failed);
    EXPECT_NE(changed.failure().message.find("Function not implemented"), std::string::npos);
}

TEST(Changing, SaysNoProcessOfOneThatHasEnded) {
    FakeThreads threads({10}, Priority::none());
    threads.reaped = true;
    const auto changed = change_threads(threads, Priority::idle(), tar);
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.failure().code, ErrorCode::no_such_process);
}

TEST(Changing, SaysHowFarItCameWhenThreadsStartFasterThanTheyCanBeSet) {
    FakeThreads threads({10}, Priority::none());
    threads.on_pass = [&](unsigned pass) { threads.add(static_cast<pid_t>(100 + pass), Priority::none()); };
    const auto changed = change_threads(threads, Priority::idle(), tar);
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.failure().code, ErrorCode::partially_applied);
}

TEST(Changing, LooksAgainWhereThreadsComeAndGo) {
    FakeThreads threads({10}, Priority::none());
    threads.on_pass = [&](unsigned pass) {
        if (pass == 2 || pass == 4) {  // 4 is in the second round
            threads.add(static_cast<pid_t>(100 + pass), Priority::none());
        }
    };
    ASSERT_TRUE(change_threads(threads, Priority::idle(), tar));
    EXPECT_EQ(threads.threads.size(), 3U) << "there was a second round";
    EXPECT_TRUE(threads.all_are(Priority::idle()));
}

TEST(Changing, SetsAndCountsAllThreads) {
    FakeThreads threads({10, 11, 12}, Priority::none());
    const auto changed = change_threads(threads, Priority::idle(), tar);
    ASSERT_TRUE(changed);
    EXPECT_EQ(*changed, 3U);
    EXPECT_TRUE(threads.all_are(Priority::idle()));
}

}  // namespace iopriority::client
