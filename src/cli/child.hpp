// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A command that ioprioctl runs and waits for.
#pragma once

#include <sys/types.h>

#include <csignal>

#include "cli/command.hpp"
#include "process/unique_fd.hpp"
#include "values/blocked_signals.hpp"

namespace iopriority::cli {

// As in env(1), nice(1) and timeout(1).
inline constexpr int exit_before_command = 125;
inline constexpr int exit_cannot_run = 126;
inline constexpr int exit_not_found = 127;

/// Executes the command. @return only on failure: the reason, as an exit status.
[[nodiscard]] int become(Arguments command);

/// Sets the priority of this process, through the service if needed, and then executes the command: a priority survives
/// exec. So the command is a child of our caller, with its own pid, signals and exit status.
/// @return as become()
/// @throws Error if the priority cannot be set.
[[nodiscard]] int become(const Options& options, Arguments command, Priority wanted);

/// The command that follows the class on the command line, with or without "--" before it.
/// @throws UsageError if there is none.
[[nodiscard]] Arguments parse_command(Arguments::const_iterator first, Arguments::const_iterator last);

/// The command as a child, which waits until run() starts it; without run() it never starts. Signals that this process
/// receives while it runs are passed on to the child, except those of the terminal, which the child receives itself.
class Child : public NotCopyable {
 public:
    /// @throws Error if no process can be created.
    explicit Child(const Arguments& command);
    ~Child();

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// Starts it and waits for its end. @return its exit status, or 128 plus the signal that ended it
    [[nodiscard]] int run();

 private:
    const BlockedSignals blocked_{signal_set({SIGCHLD})};
    process::UniqueFd go_;
    pid_t pid_ = -1;
};

}  // namespace iopriority::cli
