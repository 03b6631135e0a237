// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What was probably meant.
#pragma once

#include <string>
#include <string_view>

#include "cli/command.hpp"

namespace iopriority::cli {

/// How many letters have to be put in, taken away, changed or swapped with their neighbour to make one word of the
/// other.
[[nodiscard]] std::size_t distance(std::string_view a, std::string_view b);

/// The one of the words that is near, or means the same to users of other programs; empty if there is none.
[[nodiscard]] std::string_view nearest_command(std::string_view word);

/// What to write instead of a line whose first words are these, which begins with no command: "; did you mean set?".
[[nodiscard]] std::string suggestion(const Arguments& words);

/// For a word that stands where a process id should: how to get at those of that name; empty if it cannot be a name.
[[nodiscard]] std::string suggestion_for_pid(std::string_view word);

/// Where a priority should stand and something else does, and the priority behind it: ": write idle 812".
/// Empty if it is not so.
[[nodiscard]] std::string suggestion_for_order(const Arguments& words);

}  // namespace iopriority::cli
