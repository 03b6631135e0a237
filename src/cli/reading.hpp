// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What is set on the threads of a process, as the tables show it.
#pragma once

#include <string>

#include <iopriority/details.hpp>

namespace iopriority::cli {

/// On no thread is anything set.
[[nodiscard]] bool is_default(const Details& details);

/// What is set: "idle", or "mixed (3 idle, 2 none)", the most frequent first.
[[nodiscard]] std::string shown(const Details& details);

}  // namespace iopriority::cli
