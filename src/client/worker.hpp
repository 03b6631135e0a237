// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// One thread that runs jobs in their order; it starts with the first of them.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "values/not_copyable.hpp"

namespace iopriority::client {

/// Starts a thread with all signals blocked.
/// @throws Unavailable if the system cannot start another thread.
[[nodiscard]] std::thread start_thread(std::function<void()> body);

class Worker : public NotCopyable {
 public:
    Worker();
    ~Worker() { finish(); }

    /// Runs a job later. An exception that leaves it is dropped. From any thread.
    /// @return false once the thread has ended: the job will not be run.
    /// @throws Unavailable if the thread cannot be started, or belongs to the process of which this one is a fork.
    [[nodiscard]] bool post(std::function<void()> job);

    /// Ends the thread when nothing is left to do, and waits for that; called by a job, it does not wait.
    void finish();

 private:
    struct State;
    static void run(const std::shared_ptr<State>& state);

    std::shared_ptr<State> state_;  // the thread's too, which may outlive the Worker when a job destroys it
    std::mutex thread_mutex_;
    std::thread thread_;
    std::atomic<pid_t> starter_ = 0;  // the process that has the thread
};

}  // namespace iopriority::client
