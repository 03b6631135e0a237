// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// list --watch: table after table.
#pragma once

#include "cli/command.hpp"

namespace iopriority::cli {

/// Prints processes with traffic or with a priority once an interval, until it has been so often as is wanted, a signal
/// asks it to end or nobody reads any more. @return the exit status
[[nodiscard]] int watch(const Options& options);

}  // namespace iopriority::cli
