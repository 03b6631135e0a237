// SPDX-FileCopyrightText: The iopriority authors
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

/// "812 (rsync, 4 threads): none -> idle", "process group 99 (3 processes, 4 threads): none -> idle"
[[nodiscard]] std::string change_line(const Options& options, const Subject& subject, const Changed& changed,
                                      Priority after);
/// The same in its parts.
[[nodiscard]] std::string change_line(const std::string& who, const std::string& what, unsigned count,
                                      const std::string& before, Priority after);

/// Says which members of a list had ended. @return whether there are any
bool complain_of_ended(Client& client, const Options& options, const Subject& subject, const Changed& changed);

}  // namespace iopriority::cli
