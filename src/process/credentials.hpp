// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Whose a thread is, as far as I/O priority goes.
#pragma once

#include <sys/types.h>

#include <optional>
#include <unordered_set>

#include "process/unique_fd.hpp"
#include "values/expected.hpp"

namespace iopriority::process {

class Process;

/// Of one thread: what set_task_ioprio and cap_safe_nice look at in the kernel.
struct Credentials {
    uid_t real_uid = 0;
    /// It has permitted capabilities, as a setuid program or one with file capabilities does. The kernel lets nobody
    /// who lacks one of them change such a thread, except the owner of its user namespace. That owner cannot be read
    /// from outside (it takes ptrace rights). So capabilities do not count in a namespace that is exactly what a user
    /// can create for himself alone; in any other, such as one that root created, they do.
    bool privileged = false;

    friend bool operator==(const Credentials&, const Credentials&) = default;
};

/// How to read them: PIDFD_GET_INFO needs Linux 6.13, the fallback reads /proc/PID/status.
enum class CredentialSource : bool { kernel_call, proc };

/// Reads the credentials of the threads of one process, exactly: each thread has its own.
///
/// Each thread is read under its own pidfd, which takes 8 us. There is one shortcut. A thread is plain if its real,
/// effective and saved uid are the same and it has no permitted capabilities. It stays plain until it executes a
/// program: nothing else gives capabilities back, and only a single-threaded process can enter a user namespace. An
/// exec ends all threads but the first. So while a plain thread that is not the first lives (the witness), every thread
/// seen to be plain after it still is; new threads inherit the credentials of their creator. The shortcut is taken only
/// if every thread seen was plain.
class CredentialReader {
 public:
    /// @param process must outlive this.
    explicit CredentialReader(const Process& process) : process_(process) {}

    /// no_such_process if the thread has ended or is another process's.
    [[nodiscard]] Expected<Credentials> of(pid_t tid);

 private:
    struct Reading {
        Credentials credentials;
        bool plain = false;
        UniqueFd pidfd{};
    };
    [[nodiscard]] Expected<Reading> read(pid_t tid) const;
    [[nodiscard]] Expected<Reading> read_from_proc(pid_t tid) const;
    [[nodiscard]] bool in_namespace_of(uid_t uid) const;
    [[nodiscard]] bool witness_lives() const;
    void remember(pid_t tid, Reading reading);
    void forget();

    const Process& process_;
    UniqueFd witness_;
    std::optional<uid_t> plain_uid_;
    std::unordered_set<pid_t> plain_;
    bool mixed_ = false;
};

}  // namespace iopriority::process
