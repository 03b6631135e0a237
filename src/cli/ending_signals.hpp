// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Signals that ask a program to end, which it handles when it is ready.
#pragma once

#include "process/unique_fd.hpp"
#include "values/blocked_signals.hpp"

namespace iopriority::cli {

/// While this exists, SIGINT, SIGTERM and SIGHUP do not end the process: they are read from a descriptor. The
/// destructor discards those that are pending. Signals that the process ignores stay ignored.
class EndingSignals : public NotCopyable {
 public:
    /// @throws Error if no descriptor can be created.
    EndingSignals();
    ~EndingSignals();

    /// Readable when a signal is pending.
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    /// Whether the signals that no key sends (SIGTERM and SIGHUP) end the process directly for now.
    void let_end(bool end) const noexcept;
    /// Takes the next signal. @return its number, 0 if none is pending
    [[nodiscard]] int take() const noexcept;

 private:
    const sigset_t signals_ = not_ignored(signal_set({SIGINT, SIGTERM, SIGHUP}));
    const BlockedSignals blocked_{signals_};
    process::UniqueFd fd_;
};

}  // namespace iopriority::cli
