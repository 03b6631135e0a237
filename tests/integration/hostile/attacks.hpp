// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What attacks on the engine need: Extended1 in one place, processes whose threads differ, the kernel as the judge.
#pragma once

#include <string>
#include <vector>

#include "extended/cast.hpp"
#include "hostile.hpp"
#include "support/bus.hpp"
#include "support/child.hpp"
#include "support/kernel.hpp"

namespace iopriority::test {

/// Every call of Extended1 that the attacks make. Whatever it looks like on the bus, an answer is "ok PROCESSES
/// THREADS", "ok HOLD" or the name of an error.
namespace extended {

/// What a request acts on.
struct On {
    std::string kind;    ///< "process", "tree", "group", "user", "unset-of-user", "thread-pidfd"
    std::string number;  ///< of the process, group, user, thread
};
[[nodiscard]] On process(pid_t pid);
[[nodiscard]] On tree(pid_t root);
[[nodiscard]] On group(pid_t leader);
[[nodiscard]] On user(const std::string& name);
/// Less the threads that have a priority of their own.
[[nodiscard]] On unset_of_user(const std::string& name);
/// By a pidfd of that thread (PIDFD_THREAD).
[[nodiscard]] On thread_pidfd(pid_t tid);

int send_set(Client& client, const On& target, const std::string& priority, Dialog dialog = Dialog::forbidden);
Answer set(Client& client, const On& target, const std::string& priority);

Answer try_hold(Client& client, pid_t pid, const std::string& priority);
/// Throws if it is refused.
int hold(Client& client, pid_t pid, const std::string& priority);
/// Closes the holder's only descriptor.
void close(Client& client, int hold);
/// The same, and waits until the service has ended the hold.
void end(Client& client, int hold);
[[nodiscard]] unsigned holds();

/// How many threads the process has, as the service describes it.
[[nodiscard]] unsigned described_threads(Client& client, pid_t pid);

/// Whether the answer says that so many processes joined after the grant and were left alone.
[[nodiscard]] bool tells_of_joined(const Answer& answer, unsigned number);

}  // namespace extended

/// The number that the kernel has for a thread, hints and all.
[[nodiscard]] int raw_priority(pid_t tid);
void set_raw_priority(pid_t tid, int value);

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
