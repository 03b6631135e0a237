// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Tells systemd that the main loop is running.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "service/loop.hpp"
#include "service/sd_daemon.hpp"

namespace iopriority::service {

/// Sends WATCHDOG=1 from the loop, three times in the period that systemd has set (WatchdogSec= of the unit). If the
/// loop is stuck, systemd kills the service and restarts it. Does nothing if there is no watchdog.
class Watchdog {
 public:
    explicit Watchdog(Loop& loop) : loop_(loop) {
        constexpr auto soonest = std::chrono::milliseconds(1);
        std::uint64_t usec = 0;
        if (::sd_watchdog_enabled(0, &usec) > 0) {
            interval_ = std::max(soonest, std::chrono::duration_cast<std::chrono::milliseconds>(
                                              std::chrono::microseconds(static_cast<std::int64_t>(usec / 3))));
            tell();
        }
    }

 private:
    void tell() {
        static_cast<void>(::sd_notify(0, "WATCHDOG=1"));
        next_ = loop_.after(interval_, [this] { tell(); });
    }

    Loop& loop_;
    std::chrono::milliseconds interval_{0};
    Source next_;
};

}  // namespace iopriority::service
