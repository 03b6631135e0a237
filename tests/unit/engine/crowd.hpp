// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A real process with threads that do as they are told.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <functional>
#include <vector>

#include "process/unique_fd.hpp"
#include "values/values.hpp"

namespace iopriority::engine::test {

/// For a child that does nothing more.
[[noreturn]] inline void wait_forever(const std::function<void()>& ready) {
    ready();
    while (true) {
        ::pause();
    }
}

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

/// One more thread of this process, which does this and then waits for ever; returns once it has done it.
void start_thread(const std::function<void()>& first);

/// With or without the capabilities that a thread of root has permitted.
enum class Capabilities : bool { dropped, kept };
/// Gives this thread alone another user: by the system call, since glibc's function speaks for all threads.
void become(uid_t uid, Capabilities capabilities = Capabilities::dropped);
/// Takes the permitted capabilities from this thread alone.
void drop_capabilities();

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

}  // namespace iopriority::engine::test
