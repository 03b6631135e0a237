// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Threads for work that may block forever.
#pragma once

#include <functional>

namespace iopriority::service {

/// Runs the work on its own thread, which is never joined: a blocked thread must not stop the loop or keep the program
/// from exiting. The work owns, or shares ownership of, everything it touches, and throws nothing. The main thread
/// handles all signals. Returns false if no thread could be started.
[[nodiscard]] bool start_helper(std::function<void()> work);

}  // namespace iopriority::service
