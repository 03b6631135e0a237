// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Reading the small text files of /proc.
#pragma once

#include <string>

#include "values/expected.hpp"

namespace iopriority::kernel {

/// What an open file holds from where it stands, at most 64 KiB. Of a process that has ended: no_such_process.
/// @param what names the file in a failure.
[[nodiscard]] Expected<std::string> read_all(int fd, const std::string& what);

/// The same of a file in an open directory.
[[nodiscard]] Expected<std::string> read_file(int directory, const std::string& file);

}  // namespace iopriority::kernel
