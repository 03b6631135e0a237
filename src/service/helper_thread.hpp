// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Threads for what may block without end.
#pragma once

#include <functional>

namespace iopriority::service {

/// Runs the work on a thread of its own, which nobody waits for: one that is stuck must keep neither the loop nor the
/// end of the program. The work owns, or shares, all that it touches, and throws nothing. Signals are left to the main
/// thread. False if there is no thread to be had.
[[nodiscard]] bool start_helper(std::function<void()> work);

}  // namespace iopriority::service
