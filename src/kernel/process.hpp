// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A process that is held by a descriptor, so that its number cannot come to mean another one unnoticed.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>

#include "kernel/unique_fd.hpp"
#include "values/expected.hpp"

namespace iopriority::kernel {

/// Whose a process is, as far as I/O priority goes (set_task_ioprio and cap_safe_nice in the kernel).
struct Owner {
    uid_t real_uid = 0;
    /// It holds capabilities that its plain owner lacks: a setuid program, one with file capabilities.
    /// Capabilities in a user namespace of its own do not count: they have no power over what is outside.
    bool privileged = false;

    friend bool operator==(const Owner&, const Owner&) = default;
};

/// How to read the owner: PIDFD_GET_INFO needs Linux 6.13, the fallback reads /proc/PID/status.
enum class OwnerSource : bool { kernel_call, proc };

/// A process pinned by its pidfd. Everything else is read through its /proc directory, opened under the pin.
class Process {
 public:
    /// Pins the process with this number, as seen from here. Numbers of threads and of the dead are refused with
    /// no_such_process.
    static Expected<Process> pin(pid_t pid, OwnerSource source = OwnerSource::kernel_call);

    /// Pins the process of a pidfd that somebody passed; the number is taken from the descriptor.
    static Expected<Process> from_pidfd(UniqueFd pidfd, OwnerSource source = OwnerSource::kernel_call);

    /// Another handle on the same process.
    [[nodiscard]] Expected<Process> duplicate() const;

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// The descriptor that holds it, which stays this object's.
    [[nodiscard]] int pidfd() const noexcept { return pidfd_.get(); }

    /// False once every thread has ended (zombie or reaped).
    [[nodiscard]] bool running() const noexcept;
    /// False once the process has been reaped: from then on the number may be another's.
    [[nodiscard]] bool owns_number() const noexcept;

    [[nodiscard]] Expected<Owner> owner() const;
    [[nodiscard]] Expected<uid_t> real_uid() const;
    /// Its name (comm), made fit for logs, prompts and terminals; "?" if it cannot be read.
    [[nodiscard]] std::string name() const;
    /// A thread of the kernel itself.
    [[nodiscard]] Expected<bool> is_kernel_thread() const;

    /// Opens a file of its /proc directory for reading, or a directory ("task").
    [[nodiscard]] Expected<UniqueFd> open(const char* file, int flags = 0) const;
    /// Reads a file of its /proc directory, at most 64 KiB.
    [[nodiscard]] Expected<std::string> read(const char* file) const;

    /// "no process 812", in the words all parts use.
    [[nodiscard]] static Failure no_such(pid_t pid);
    /// "process 812 has ended".
    [[nodiscard]] Failure ended() const;

 private:
    Process(pid_t pid, UniqueFd pidfd, UniqueFd directory, OwnerSource source)
        : pid_(pid), pidfd_(std::move(pidfd)), directory_(std::move(directory)), source_(source) {}

    static Expected<Process> from_pidfd_of(UniqueFd pidfd, pid_t pid, OwnerSource source);
    [[nodiscard]] Expected<Owner> owner_from_proc() const;
    [[nodiscard]] bool in_initial_user_namespace() const;

    pid_t pid_;
    UniqueFd pidfd_;
    UniqueFd directory_;
    OwnerSource source_;
};

/// The pid namespaces of a process, as the number of NSpid entries of its status: 1 in the reader's own.
[[nodiscard]] Expected<unsigned> pid_namespace_depth(const Process& process);

}  // namespace iopriority::kernel
