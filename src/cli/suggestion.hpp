// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Suggests what was probably meant.
#pragma once

#include <string>
#include <string_view>

#include "cli/command.hpp"

namespace iopriority::cli {

/// What to write instead of a command line that starts with these words, at least one, and no command: ": use get,
/// ...".
[[nodiscard]] std::string suggestion(const Arguments& words);

/// For a word in place of a process id: the option for a unit of that name, or how to find processes of that name;
/// empty if it cannot be a name.
[[nodiscard]] std::string suggestion_for_pid(std::string_view word);

/// For a path that is not there: how to check the unit of that name; empty if it cannot be a unit's.
[[nodiscard]] std::string suggestion_for_path(const std::string& word);

/// If something else is in the place of the priority, and the priority follows it: ": write idle 812".
/// Otherwise empty.
[[nodiscard]] std::string suggestion_for_order(const Arguments& words);

}  // namespace iopriority::cli
