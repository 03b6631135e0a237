// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What a change would do, without doing it.
#pragma once

#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/json.hpp"

namespace iopriority::cli {

/// What would come of setting one subject, as far as it can be seen from here. polkit is not asked.
struct Forecast {
    std::string text;      ///< "812 (rsync, 4 threads): none -> idle"
    std::string by;        ///< "kernel", "service", "nobody"
    std::string question;  ///< the action that polkit would be asked about; empty: none
    Record record;
};

/// @throws Error if there is no such process, or none of that group or user
[[nodiscard]] Forecast forecast(Client& client, const Options& options, const Subject& subject, Priority wanted);

/// "would set 812 (...): none -> idle; the service would ask polkit about ..."
[[nodiscard]] std::string to_string(const Forecast& forecast);

/// Prints what would be done for each. @return the exit status
[[nodiscard]] int tell_each(const Options& options, const std::vector<Subject>& subjects, Priority wanted);

}  // namespace iopriority::cli
