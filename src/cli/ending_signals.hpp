// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Signals that are to end a program in its own time.
#pragma once

#include <optional>

#include "process/unique_fd.hpp"
#include "values/blocked_signals.hpp"

namespace iopriority::cli {

/// As long as this lives, SIGINT, SIGTERM and SIGHUP end nothing: they are read from a descriptor. Those that came are
/// done with when it is destroyed. Those that the process ignores stay ignored.
class EndingSignals : public NotCopyable {
 public:
    /// @throws Error if there is no descriptor to be had.
    EndingSignals();
    ~EndingSignals();

    /// Can be read when there is one.
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    /// Lets those that are no key of the terminal (SIGTERM and SIGHUP) end the process again, or no longer.
    void let_end(bool end) const noexcept;
    /// Takes the next one. @return its number, 0 if there is none
    [[nodiscard]] int take() const noexcept;

 private:
    std::optional<BlockedSignals> blocked_;
    process::UniqueFd fd_;
};

}  // namespace iopriority::cli
