// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A real process with threads that do as they are told.
#pragma once

#include <sys/types.h>

#include <functional>
#include <vector>

#include "kernel/unique_fd.hpp"
#include "values/values.hpp"

namespace iopriority::kernel::test {

/// A child of the test, killed and reaped with it.
class Crowd {
 public:
    /// Runs the body in a new process; when the body returns the process ends. Returns once the body has called its
    /// argument, which says that all is ready.
    explicit Crowd(const std::function<void(const std::function<void()>& ready)>& body);
    Crowd(const Crowd&) = delete;
    Crowd& operator=(const Crowd&) = delete;
    Crowd(Crowd&&) = delete;
    Crowd& operator=(Crowd&&) = delete;
    ~Crowd();

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// Every thread id, by name in /proc.
    [[nodiscard]] std::vector<pid_t> tids() const;
    /// Ends it and waits until it is a zombie, or reaped as well.
    void kill() const;
    void reap();

 private:
    pid_t pid_;
};

/// Threads that wait for ever, in this process.
void start_waiting_threads(unsigned count);

/// Ends this thread alone: pthread_exit would unwind the test.
[[noreturn]] void end_this_thread();

/// Returns once the thread is a zombie or gone.
void wait_for_end(pid_t tid);

/// What is set on a thread.
[[nodiscard]] Priority priority_of(pid_t tid);
/// @throws std::system_error
void set_priority(pid_t tid, Priority priority);

/// The threads' priorities that are not as expected, of threads that have not ended.
[[nodiscard]] std::vector<Priority> others_than(Priority expected, const std::vector<pid_t>& tids);

}  // namespace iopriority::kernel::test
