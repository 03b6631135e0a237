// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A command that ioprioctl runs and waits for.
#pragma once

#include <sys/types.h>

#include <csignal>

#include "cli/command.hpp"
#include "kernel/unique_fd.hpp"

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
class Child {
 public:
    /// @throws Error if there is no process to be had.
    explicit Child(const Arguments& command);
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    Child(Child&&) = delete;
    Child& operator=(Child&&) = delete;
    ~Child();

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// Lets it go, and waits for its end. @return its exit status, 128 and the signal if one has ended it
    [[nodiscard]] int run();

 private:
    [[noreturn]] void be_child(const Arguments& command, kernel::UniqueFd go) const;
    [[nodiscard]] int reap() const;

    sigset_t signals_{};
    sigset_t mask_before_{};
    kernel::UniqueFd go_;
    pid_t pid_ = -1;
};

}  // namespace iopriority::cli
