// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Tells systemd that the loop goes round.
#pragma once

#include <chrono>

#include "service/loop.hpp"

namespace iopriority::service {

/// WATCHDOG=1, three times in the period that systemd has set (WatchdogSec= of the unit), from the loop: where it
/// stands still, systemd kills the service and starts it again. Does nothing where no watchdog is set.
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
