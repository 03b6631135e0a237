// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The spelling of ionice(1) of util-linux: "ioprioctl -c 3 -p 812".
#pragma once

#include <string>

#include "cli/command.hpp"

namespace iopriority::cli {

/// Takes one of the options -c, -n, -p, -P, -u and -t.
/// @throws UsageError if processes, groups or users were named already.
void take_ionice_word(char letter, const std::string& value, IoniceWords& words);

/// "best-effort: prio 4", "idle": as ionice prints it.
[[nodiscard]] std::string ionice_line(Priority priority);

}  // namespace iopriority::cli
