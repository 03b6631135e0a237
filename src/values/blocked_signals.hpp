// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Blocks signals for a while.
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

/// Without those that this process ignores: if blocked, these would come in nevertheless.
[[nodiscard]] inline sigset_t not_ignored(sigset_t set) noexcept {
    for (int signal = 1; signal < NSIG; ++signal) {
        struct sigaction action {};
        if (::sigismember(&set, signal) == 1 && ::sigaction(signal, nullptr, &action) == 0 &&
            action.sa_handler == SIG_IGN) {  // NOLINT(*-union-access, *-cstyle-cast)
            ::sigdelset(&set, signal);
        }
    }
    return set;
}

[[nodiscard]] inline sigset_t all_signals() noexcept {
    sigset_t set{};
    ::sigfillset(&set);
    return set;
}

/// While it exists, these signals are blocked in this thread and in what it starts. Async-signal-safe.
class BlockedSignals : public NotCopyable {
 public:
    explicit BlockedSignals(const sigset_t& signals) noexcept { ::pthread_sigmask(SIG_BLOCK, &signals, &before_); }
    ~BlockedSignals() { restore(); }

    /// Unblocks now, for example in a child of fork(2) that goes on to something else.
    void restore() const noexcept { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
    sigset_t before_{};
};

}  // namespace iopriority
