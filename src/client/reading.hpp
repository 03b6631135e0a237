// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What is set on the threads of a process.
#pragma once

#include <utility>
#include <vector>

#include "kernel/effective.hpp"
#include "kernel/threads.hpp"
#include "values/expected.hpp"

namespace iopriority::client {

struct Reading {
    Priority highest;    ///< what is set on the thread that is served first
    Priority effective;  ///< what the block layer uses for that thread
    /// Each priority that is set on a thread, and on how many, in the order of their first thread.
    std::vector<std::pair<Priority, unsigned>> kinds;

    [[nodiscard]] bool uniform() const { return kinds.size() == 1; }
};

/// Reads all threads of a process; nothing if none of them is left.
/// @param effective as kernel::effective
[[nodiscard]] std::optional<Reading> read_threads(kernel::ThreadGroup& threads,
                                                  std::optional<Priority> (*effective)(pid_t, Priority) noexcept);

/// Reads all threads of a process; no_such_process if it has ended.
[[nodiscard]] Expected<Reading> read_process(const kernel::Process& process);

}  // namespace iopriority::client
