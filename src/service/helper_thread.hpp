// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Threads for work that may block forever.
#pragma once

#include <functional>

namespace iopriority::service {

/// Runs the work on a thread of its own, which is never joined: a thread that is blocked must stop neither the loop nor
/// the exit of the program. The work owns, or shares ownership of, everything it touches, and throws nothing. The main
/// thread handles all signals. Returns false if no thread could be started.
[[nodiscard]] bool start_helper(std::function<void()> work);

}  // namespace iopriority::service
