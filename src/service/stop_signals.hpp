// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// SIGTERM and SIGINT.
#pragma once

#include <chrono>
#include <functional>

#include "service/loop.hpp"

namespace iopriority::service {

/// Hears the signals on a helper thread and tells the loop. Where the program has not ended in time, the loop stuck or
/// not, the helper ends it: what is held is on disk then, and the next run goes on from there.
class StopSignals {
 public:
    static constexpr std::chrono::milliseconds patience{900};

    /// To be made before any other thread, in the main thread: it, and those that it starts, no longer see the signals.
    /// @param stop is called in the loop's thread.
    explicit StopSignals(std::function<void()> stop, std::chrono::milliseconds most = patience);
};

}  // namespace iopriority::service
