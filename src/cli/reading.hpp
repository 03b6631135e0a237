// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What is set on the threads of a process, as far as the tables show it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernel/threads.hpp"
#include "values/expected.hpp"

namespace iopriority::cli {

struct Reading {
    /// What the block layer uses for the thread that is served first.
    Priority effective;
    /// Each priority that is set on a thread, and on how many, in the order of their first thread.
    std::vector<std::pair<Priority, unsigned>> kinds;

    [[nodiscard]] unsigned threads() const;
    /// On no thread is anything set.
    [[nodiscard]] bool is_default() const;
    /// "idle", or "none(4),idle(1)" for a mixture.
    [[nodiscard]] std::string to_string() const;
};

/// Reads all threads of a process; nothing if none of them is left.
[[nodiscard]] std::optional<Reading> read_threads(kernel::ThreadGroup& threads);

/// The same for a real process; no_such_process if it has ended.
[[nodiscard]] Expected<Reading> read_process(const kernel::Process& process);

}  // namespace iopriority::cli
