// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// ioprioctl is two programs of one source. The one in PATH does what takes the kernel alone, and loads nothing that
/// this does not need: loading the libraries of the bus, which a change of one's own process has no use for, takes
/// three times as long as all the rest. The other one, the whole program, takes its place for everything else.
#pragma once

#include "cli/line.hpp"

namespace iopriority::cli {

/// Called before anything is done: leaves a line that may take the bus to the whole program, and returns if this one
/// can begin with it. (It may turn out later that the kernel refuses; the whole program then begins anew.)
/// @throws Error if the whole program cannot be run.
void choose_program(const Line& line, char** argv);

}  // namespace iopriority::cli
