// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A command that ioprioctl runs and waits for.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <optional>

#include "cli/command.hpp"
#include "process/unique_fd.hpp"
#include "values/blocked_signals.hpp"

namespace iopriority::cli {

// As of env(1), nice(1) and timeout(1).
inline constexpr int exit_before_command = 125;
inline constexpr int exit_cannot_run = 126;
inline constexpr int exit_not_found = 127;

/// Becomes the command. @return why it could not, as an exit status.
[[nodiscard]] int become(Arguments command);

/// What stands behind the class of a line that ends with a command, "--" or not before it.
/// @throws UsageError if there is none.
[[nodiscard]] Arguments parse_command(Arguments::const_iterator first, Arguments::const_iterator last);

/// The command as a child, which waits to be let go. One that is never let go never runs. Signals that this process
/// gets meanwhile are the child's: they are passed on, but for those of the terminal, which the child has got itself.
class Child : public NotCopyable {
 public:
    /// @throws Error if there is no process to be had.
    explicit Child(const Arguments& command);
    ~Child();

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// Lets it go, and waits for its end. @return its exit status, 128 and the signal if one has ended it
    [[nodiscard]] int run();

 private:
    [[noreturn]] void be_child(const Arguments& command, process::UniqueFd go) const;
    [[nodiscard]] int reap() const;

    const sigset_t signals_ = signal_set({SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD});
    std::optional<BlockedSignals> blocked_;
    process::UniqueFd go_;
    pid_t pid_ = -1;
};

}  // namespace iopriority::cli
