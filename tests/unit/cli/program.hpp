// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Runs ioprioctl itself, where there is no system bus.
#pragma once

#include <string>
#include <vector>

namespace iopriority::cli::test {

struct Result {
    int status = 0;  ///< 1000 + the signal if one ended it
    std::string output;
    std::string errors;
};

/// Standard input is empty, output and errors are pipes.
[[nodiscard]] Result run(const std::vector<std::string>& arguments);

/// The real ionice of util-linux, in the same way.
[[nodiscard]] Result run_ionice(const std::vector<std::string>& arguments);

/// All three are a terminal; what it shows is the output.
[[nodiscard]] Result run_at_terminal(const std::vector<std::string>& arguments);

/// Output goes to a file that is always full.
[[nodiscard]] Result run_into_full_disk(const std::vector<std::string>& arguments);

}  // namespace iopriority::cli::test
