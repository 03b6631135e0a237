// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Tells systemd that the main loop is running.
#pragma once

#include <chrono>

#include "service/loop.hpp"

namespace iopriority::service {

/// Sends WATCHDOG=1 from the loop, three times in the period that systemd has set (WatchdogSec= of the unit). If the
/// loop is stuck, systemd kills the service and restarts it. Does nothing if there is no watchdog.
class Watchdog {
 public:
    explicit Watchdog(Loop& loop);

 private:
    void tell();

    Loop& loop_;
    std::chrono::milliseconds interval_{0};
    Source next_;
};

}  // namespace iopriority::service
