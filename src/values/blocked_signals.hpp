// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Signals that wait for a while.
#pragma once

#include <csignal>
#include <initializer_list>

#include "values/not_copyable.hpp"

namespace iopriority {

[[nodiscard]] inline sigset_t signal_set(std::initializer_list<int> signals) noexcept {
    sigset_t set{};
    ::sigemptyset(&set);
    for (const int signal : signals) {
        ::sigaddset(&set, signal);
    }
    return set;
}

[[nodiscard]] inline sigset_t all_signals() noexcept {
    sigset_t set{};
    ::sigfillset(&set);
    return set;
}

/// As long as it lives, this thread, and what it starts, does not get these signals. Safe in a signal handler.
class BlockedSignals : public NotCopyable {
 public:
    explicit BlockedSignals(const sigset_t& signals) noexcept { ::pthread_sigmask(SIG_BLOCK, &signals, &before_); }
    ~BlockedSignals() { restore(); }

    /// Ends it now, as in a child of fork(2) that has other plans.
    void restore() const noexcept { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
    sigset_t before_{};
};

}  // namespace iopriority
