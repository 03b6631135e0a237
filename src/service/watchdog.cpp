// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/watchdog.hpp"

#include <algorithm>
#include <cstdint>

#include "service/sd_daemon.hpp"

namespace iopriority::service {

Watchdog::Watchdog(Loop& loop) : loop_(loop) {
    constexpr auto soonest = std::chrono::milliseconds(1);
    std::uint64_t usec = 0;
    if (::sd_watchdog_enabled(0, &usec) > 0) {
        interval_ = std::max(soonest, std::chrono::duration_cast<std::chrono::milliseconds>(
                                          std::chrono::microseconds(static_cast<std::int64_t>(usec / 3))));
        tell();
    }
}

void Watchdog::tell() {
    static_cast<void>(::sd_notify(0, "WATCHDOG=1"));
    next_ = loop_.after(interval_, [this] { tell(); });
}

}  // namespace iopriority::service
