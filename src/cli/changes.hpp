// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Setting one after another, or saying what that would do; and how a change is told.
#pragma once

#include <vector>

#include "cli/arguments.hpp"
#include "cli/command.hpp"

namespace iopriority::cli {

/// Sets each, or with --dry-run says what would come of it, as far as it can be seen from here; goes on after a
/// failure.
/// @return the exit status
[[nodiscard]] int change_each(const Options& options, const std::vector<Subject>& subjects, Priority wanted);

/// "process group 99 (3 processes, 4 threads): idle", where there is no single priority that was there before.
[[nodiscard]] std::string change_line(const std::string& text, const Changed& changed, Priority after);

/// "1234 (rsync, 4 threads): best-effort:4 -> idle"
[[nodiscard]] std::string change_line(pid_t pid, const std::string& name, unsigned count, const std::string& before,
                                      Priority after);

}  // namespace iopriority::cli
