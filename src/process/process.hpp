// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A process that is held by a descriptor, so that its number cannot come to mean another one unnoticed.
#pragma once

#include <sys/types.h>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "process/credentials.hpp"
#include "process/proc_text.hpp"
#include "process/unique_fd.hpp"
#include "values/expected.hpp"

namespace iopriority::process {

/// Identifies a process: its number, and a value that no earlier or later process with that number shares.
struct ProcessKey {
    pid_t pid = 0;
    std::uint64_t birth = 0;  ///< inode of its pidfd (Linux 6.9), or its start in ticks after boot

    friend auto operator<=>(const ProcessKey&, const ProcessKey&) = default;  // NOLINT(modernize-use-nullptr)
};

/// The number, in this process's pid namespace, of the process of a pidfd that somebody has passed; invalid_argument
/// for any other descriptor. Never waits: nothing is asked of a file that somebody else could delay.
[[nodiscard]] Expected<pid_t> pid_of(int pidfd);

/// Opens a pidfd; no_such_process for numbers of threads and of the dead.
[[nodiscard]] Expected<UniqueFd> open_pidfd(pid_t pid);

/// A process pinned by its pidfd. Everything else is read through its /proc directory, opened under the pin, or by its
/// number, which it still owns afterwards.
class Process {
 public:
    /// Pins the process with this number, as seen from here. Numbers of threads and of the dead are refused with
    /// no_such_process.
    static Expected<Process> pin(pid_t pid, CredentialSource source = CredentialSource::kernel_call);

    /// The same for one of many, of which few files are read: its directory is not kept open, so whether it is hidden
    /// is found later.
    static Expected<Process> pin_briefly(pid_t pid);

    /// Pins the process that this key was taken from; no_such_process if it has ended, even if another process now has
    /// its number.
    static Expected<Process> pin(const ProcessKey& key);

    /// Pins the process of a pidfd that somebody passed; the number is taken from the descriptor.
    static Expected<Process> from_pidfd(UniqueFd pidfd, CredentialSource source = CredentialSource::kernel_call);

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// The descriptor that holds it, which stays this object's.
    [[nodiscard]] int pidfd() const noexcept { return pidfd_.get(); }

    /// False once every thread has ended (zombie or reaped).
    [[nodiscard]] bool running() const noexcept;
    /// False once the process has been reaped: from then on the number may be another's.
    [[nodiscard]] bool owns_number() const noexcept;

    /// Of its first thread: others may have credentials of their own (CredentialReader).
    [[nodiscard]] Expected<Credentials> credentials() const { return CredentialReader(*this).of(pid_); }
    [[nodiscard]] CredentialSource source() const noexcept { return source_; }
    [[nodiscard]] Expected<ProcessKey> key() const;
    /// The same; nothing if something delays the process while it executes a program, and only its status tells it from
    /// others (before Linux 6.9).
    [[nodiscard]] Expected<std::optional<ProcessKey>> key_unless_delayed() const;
    /// How many threads it has, ended ones that are still listed among them; 0 if it is gone.
    [[nodiscard]] unsigned thread_count() const;
    /// Its name (comm), made fit for logs, prompts and terminals; "?" if it cannot be read.
    [[nodiscard]] std::string name() const;

    /// Opens a file of its /proc directory for reading, or a directory ("task").
    [[nodiscard]] Expected<UniqueFd> open(const char* file, int flags = 0) const;
    /// Reads a file of its /proc directory, at most 64 KiB.
    [[nodiscard]] Expected<std::string> read(const char* file) const;

    /// "no process 812", in the words all parts use.
    [[nodiscard]] static Failure no_such(pid_t pid);
    /// "process 812 has ended".
    [[nodiscard]] Failure ended() const;

 private:
    Process(pid_t pid, UniqueFd pidfd, UniqueFd directory, CredentialSource source)
        : pid_(pid), pidfd_(std::move(pidfd)), directory_(std::move(directory)), source_(source) {}

    static Expected<Process> from_pidfd_of(UniqueFd pidfd, pid_t pid, CredentialSource source);

    pid_t pid_;
    UniqueFd pidfd_;
    UniqueFd directory_;  // or none
    CredentialSource source_;
};

/// The same by number: of whichever process has it.
[[nodiscard]] unsigned thread_count_of(pid_t pid);

/// /proc/PID/stat.
[[nodiscard]] Expected<ProcStat> stat_of(const Process& process);
/// The same; nothing if something delays the process while it executes a program.
[[nodiscard]] Expected<std::optional<ProcStat>> stat_unless_delayed(const Process& process);
/// "process 812 executes a program, and something delays that"
[[nodiscard]] Failure delayed(pid_t pid);
/// When a process was started, in ticks after boot.
[[nodiscard]] Expected<std::uint64_t> start_of(const Process& process);

/// The pid namespaces of a process, as the number of NSpid entries of its status: 1 in the reader's own.
[[nodiscard]] Expected<unsigned> pid_namespace_depth(const Process& process);

}  // namespace iopriority::process
