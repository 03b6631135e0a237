// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Setting processes one after another, which set and reset have in common.
#pragma once

#include <vector>

#include "cli/command.hpp"

namespace iopriority::cli {

/// Sets each process; goes on after a failure. @return the exit status
[[nodiscard]] int change_processes(const Options& options, const std::vector<pid_t>& pids, Priority wanted);

/// "1234 (rsync, 4 threads): best-effort:4 -> idle"
[[nodiscard]] std::string change_line(pid_t pid, const std::string& name, unsigned threads, const std::string& before,
                                      Priority after);

}  // namespace iopriority::cli
