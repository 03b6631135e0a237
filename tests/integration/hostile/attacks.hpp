// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What attacks on the engine need: processes whose threads differ, the kernel as the judge.
#pragma once

#include <string>
#include <vector>

#include "extended/cast.hpp"
#include "hostile.hpp"
#include "support/child.hpp"
#include "support/kernel.hpp"

namespace iopriority::test {

/// By a pidfd of that thread (PIDFD_THREAD).
[[nodiscard]] inline On thread_pidfd(pid_t tid) {
    return on::descriptor("thread-pidfd:" + std::to_string(tid));
}

/// Whether the reply says that so many threads joined after the grant and were left alone, and that all else is well.
[[nodiscard]] bool tells_of_joined(const Reply& reply, int number);

/// What the kernel answers a user who gives a thread what it has: 0, or an errno such as EPERM.
[[nodiscard]] int kernel_answers(const std::string& user, pid_t tid);

/// Whose a thread is: all of its user ids; and whether it has one capability (CAP_NET_RAW). Root's has all of them.
struct Credentials {
    std::string user;
    bool capable = false;
};
/// A process of a thread for each; the first is the process's first.
[[nodiscard]] Forked mixed_process(const std::vector<Credentials>& threads);

/// Makes the next process of this pid namespace have a number, if it is free by then.
void next_process_gets(pid_t pid);

/// Returns when the service has taken every second look that it had still to take.
void wait_out_settle_passes();

/// Kills the daemon, as a crash would.
void crash_daemon();

}  // namespace iopriority::test
