// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Whose a thread is, as far as I/O priority goes.
#pragma once

#include <sys/types.h>

#include <optional>
#include <set>

#include "process/unique_fd.hpp"
#include "values/expected.hpp"

namespace iopriority::process {

class Process;

/// Of one thread: what set_task_ioprio and cap_safe_nice look at in the kernel.
struct Credentials {
    uid_t real_uid = 0;
    /// It has permitted capabilities: a setuid program, one with file capabilities. The kernel lets nobody change such
    /// a thread who lacks one of them, save the owner of its user namespace. Who that is cannot be read from outside
    /// (it takes ptrace's rights). So they do not count in a namespace that is just what a user can make for nobody but
    /// himself; in every other one, such as one that root has made, they do.
    bool privileged = false;

    friend bool operator==(const Credentials&, const Credentials&) = default;
};

/// How to read them: PIDFD_GET_INFO needs Linux 6.13, the fallback reads /proc/PID/status.
enum class CredentialSource : bool { kernel_call, proc };

/// Reads the credentials of the threads of one process, exactly: each thread has its own.
///
/// A thread is read under a pidfd of its own, which takes 8 us. There is one shortcut. A thread whose real, effective
/// and saved uid are one user's, and to which no capability is permitted, stays so until it executes a program: nothing
/// else gives capabilities back, and only a process of one thread can enter a user namespace. An exec ends all threads
/// but the first. So while a thread that is not the first, and was seen to be plain, lives (the witness), every thread
/// that was seen to be plain after it is so still; new threads have the credentials of the one that started them. The
/// shortcut is taken only where no thread was seen to be anything else.
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
    std::set<pid_t> plain_;
    bool mixed_ = false;
};

}  // namespace iopriority::process
