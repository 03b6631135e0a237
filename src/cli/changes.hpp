// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The command set: sets subjects one after another, or says what that would do; and words a change.
#pragma once

#include <map>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/command.hpp"

namespace iopriority::cli {

/// Sets each, or with --dry-run says what that would do, as far as it can be known here; continues after a
/// failure.
/// @return the exit status
[[nodiscard]] int change_each(const Options& options, const std::vector<Subject>& subjects, Priority wanted);

/// Sets one, and reports it as the options want.
/// @throws Error
Changed change(Client& client, const Options& options, const Subject& subject, Priority wanted);

/// "812 (rsync, 4 threads): none -> idle", "process group 99 (3 processes, 4 threads): none -> idle"
[[nodiscard]] std::string change_line(const Options& options, const Subject& subject, const Changed& changed,
                                      Priority after);
/// The parts of the same text.
[[nodiscard]] std::string change_line(const std::string& who, const std::string& what, unsigned count,
                                      const std::string& before, Priority after);

/// Reports which members of a list had ended. @return these
std::map<pid_t, NoSuchProcess> complain_of_ended(Client& client, const Options& options, const Subject& subject,
                                                 const Changed& changed);

/// Reports how many threads the authorization did not cover, or could not be set. @return there were some
bool complain_of_uncovered(const Subject& subject, const Changed& changed);

/// If process 1 is of this subject: says that all services inherit its priority.
void warn_of_process_1(const Subject& subject, Priority wanted);

}  // namespace iopriority::cli
