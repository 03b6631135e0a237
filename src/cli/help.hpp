// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What --help prints.
#pragma once

#include <string>

#include "cli/command.hpp"

namespace iopriority::cli {

[[nodiscard]] std::string help();
[[nodiscard]] std::string help(const Command& command);

}  // namespace iopriority::cli
