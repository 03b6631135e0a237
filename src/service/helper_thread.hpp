// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Threads for work that may block forever.
#pragma once

#include <chrono>
#include <functional>

namespace iopriority::service {

/// Runs the work on its own thread, which is never joined: a blocked thread must not stop the loop or keep the program
/// from exiting. The work owns, or shares ownership of, everything it touches, and throws nothing. The main thread
/// handles all signals. Returns false if no thread could be started.
[[nodiscard]] bool start_helper(std::function<void()> work);

inline constexpr std::chrono::milliseconds stop_patience{900};

/// Receives SIGTERM and SIGINT on a helper thread and tells the loop. If the program has not exited in time, whether
/// the loop is stuck or not, the helper terminates it: holds are stored on disk then, and the next run continues from
/// there. To be called in the main thread before any other thread starts: that and all later threads block the signals.
/// @param stop is called in the loop's thread.
void when_told_to_stop(std::function<void()> stop, std::chrono::milliseconds most = stop_patience);

}  // namespace iopriority::service
