// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/worker.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <future>
#include <vector>

#include <iopriority/error.hpp>
#include "../refusals.hpp"

namespace iopriority::client {

TEST(Worker, refuses_a_job_after_its_end) {
    Worker worker;
    worker.finish();
    EXPECT_FALSE(worker.post([] { FAIL(); }));
}

TEST(Worker, without_a_thread_keeps_no_job) {
    bool kept = false;
    bool ran = false;
    Worker worker;
    if (!iopriority::test::where_refused({SYS_clone, SYS_clone3}, EAGAIN, [&] {
            EXPECT_THROW(static_cast<void>(worker.post([&kept] { kept = true; })), Unavailable);
        })) {
        GTEST_SKIP() << "system calls cannot be filtered here";
    }
    ASSERT_TRUE(worker.post([&ran] { ran = true; }));
    worker.finish();
    EXPECT_TRUE(ran);
    EXPECT_FALSE(kept);
}

TEST(Worker, runs_jobs_in_their_order_and_all_of_them_before_its_end) {
    std::vector<int> order;
    Worker worker;
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(worker.post([&order, i] { order.push_back(i); }));
    }
    worker.finish();
    ASSERT_EQ(order.size(), 100U);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(Worker, takes_no_job_in_a_child_of_fork) {
    Worker worker;
    ASSERT_TRUE(worker.post([] {}));
    const pid_t child = ::fork();
    if (child == 0) {
        try {
            ::_exit(worker.post([] {}) ? 1 : 2);
        } catch (const Unavailable&) {
            worker.finish();
            ::_exit(0);
        }
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST(Worker, runs_a_job_that_a_job_has_left_at_the_end) {
    bool ran = false;
    Worker worker;
    ASSERT_TRUE(worker.post([&] { EXPECT_TRUE(worker.post([&ran] { ran = true; })); }));
    worker.finish();
    EXPECT_TRUE(ran);
}

TEST(Worker, survives_its_end_by_a_job_of_its_own) {
    std::promise<void> last;
    auto worker = std::make_shared<Worker>();
    ASSERT_TRUE(worker->post([&worker, &last] {
        EXPECT_TRUE(worker->post([&last] { last.set_value(); }));
        worker.reset();
    }));
    last.get_future().get();
}

TEST(Worker, leaves_the_signals_to_the_program) {
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
