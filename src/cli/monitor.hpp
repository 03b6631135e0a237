// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// ioprioctl monitor: a live table at the terminal, with keys to change what is selected.
#pragma once

#include <functional>
#include <string>

#include "cli/command.hpp"
#include "cli/traffic.hpp"

namespace iopriority::cli {

/// Shows it until the person wants no more. @return the exit status
/// @throws UsageError if the terminal cannot show it.
[[nodiscard]] int show_monitor(const Options& options);

/// Changes the process of a row, and never another one that has its number by now.
/// @param before_asking called before a person may be asked for a password at the terminal
/// @return a line that says what was done
/// @throws Error
[[nodiscard]] std::string change_row(Client& client, const Options& options, const TrafficRow& row, Priority wanted,
                                     const std::function<void()>& before_asking);

}  // namespace iopriority::cli
