// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What a change would do, without doing it.
#pragma once

#include "cli/arguments.hpp"
#include "cli/json.hpp"

namespace iopriority::cli {

/// What would come of setting one subject, as far as it can be seen from here. polkit is not asked. Where no JSON is
/// wanted it is printed: "would set 812 (rsync, 4 threads): none -> idle; by the service, which would ask polkit about
/// ..."
/// @throws Error if there is no such process, or none of that group or user
[[nodiscard]] Record tell(Client& client, const Options& options, const Subject& subject, Priority wanted);

}  // namespace iopriority::cli
