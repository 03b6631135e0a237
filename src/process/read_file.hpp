// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Reading the small text files of /proc, and the numbers in its directories.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <string>
#include <vector>

#include "values/expected.hpp"

namespace iopriority::process {

/// Enough for the files of a process that are read here.
inline constexpr std::size_t small_file = 65536;

/// What an open file holds from where it stands, at most so many bytes. Of a process that has ended: no_such_process.
/// @param what names the file in a failure.
[[nodiscard]] Expected<std::string> read_all(int fd, const std::string& what, std::size_t most = small_file);

/// The same of a file in an open directory.
[[nodiscard]] Expected<std::string> read_file(int directory, const std::string& file);

/// Fills in the next names that are numbers, some 340 at most (half a millisecond with a set each); none at the end.
/// Raw getdents64(2), a third cheaper here than readdir(3). @return 0 or a negative errno.
[[nodiscard]] int next_numbers(int directory, std::vector<pid_t>& numbers);

/// Starts the listing again.
inline void rewind_listing(int directory) noexcept {
    ::lseek(directory, 0, SEEK_SET);
}

}  // namespace iopriority::process
