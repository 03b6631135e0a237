// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/worker.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <future>
#include <vector>

namespace iopriority::client {

TEST(Worker, RefusesAJobAfterItsEnd) {
    Worker worker;
    worker.finish();
    EXPECT_FALSE(worker.post([] { FAIL(); }));
}

TEST(Worker, RunsJobsInTheirOrderAndAllOfThemBeforeItsEnd) {
    std::vector<int> order;
    Worker worker;
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(worker.post([&order, i] { order.push_back(i); }));
    }
    worker.finish();
    ASSERT_EQ(order.size(), 100U);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(Worker, RunsAJobThatAJobHasLeftAtTheEnd) {
    bool ran = false;
    Worker worker;
    ASSERT_TRUE(worker.post([&] { EXPECT_TRUE(worker.post([&ran] { ran = true; })); }));
    worker.finish();
    EXPECT_TRUE(ran);
}

TEST(Worker, SurvivesItsEndByAJobOfItsOwn) {
    std::promise<void> last;
    auto worker = std::make_shared<Worker>();
    ASSERT_TRUE(worker->post([&worker, &last] {
        EXPECT_TRUE(worker->post([&last] { last.set_value(); }));
        worker.reset();
    }));
    last.get_future().get();
}

TEST(Worker, LeavesTheSignalsToTheProgram) {
    Worker worker;
    std::promise<bool> blocked;
    ASSERT_TRUE(worker.post([&] {
        sigset_t mask;
        ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        blocked.set_value(::sigismember(&mask, SIGTERM) == 1 && ::sigismember(&mask, SIGCHLD) == 1);
    }));
    EXPECT_TRUE(blocked.get_future().get());
    sigset_t mine;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mine);
    EXPECT_EQ(::sigismember(&mine, SIGTERM), 0);
}

}  // namespace iopriority::client
