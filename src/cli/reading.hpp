// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What is set on the threads of a process, as the tables show it.
#pragma once

#include <string>

#include "kernel/process.hpp"
#include "kernel/survey.hpp"
#include "values/expected.hpp"

namespace iopriority::cli {

/// Reads all threads of a process; no_such_process if it has ended.
[[nodiscard]] Expected<kernel::Description> read_process(const kernel::Process& process);

/// On no thread is anything set.
[[nodiscard]] bool is_default(const kernel::Description& description);

/// What is set: "idle", or "idle(1),none(4)" for a mixture.
[[nodiscard]] std::string shown(const kernel::Description& description);

}  // namespace iopriority::cli
