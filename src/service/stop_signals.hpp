// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// SIGTERM and SIGINT.
#pragma once

#include <chrono>
#include <functional>

#include "service/loop.hpp"

namespace iopriority::service {

/// Receives the signals on a helper thread and tells the loop. If the program has not exited in time, whether the loop
/// is stuck or not, the helper terminates it: holds are stored on disk then, and the next run continues from there.
class StopSignals {
 public:
    static constexpr std::chrono::milliseconds patience{900};

    /// To be constructed in the main thread before any other thread: that and all later threads block the signals.
    /// @param stop is called in the loop's thread.
    explicit StopSignals(std::function<void()> stop, std::chrono::milliseconds most = patience);
};

}  // namespace iopriority::service
