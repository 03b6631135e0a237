// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What the block layer makes of a thread's priority.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include <iopriority/priority.hpp>

namespace iopriority::process {

/// What a thread on which nothing is set amounts to: class by CPU policy, level (nice + 20) / 5
/// (task_nice_ioprio and task_nice_ioclass in include/linux/ioprio.h of Linux).
[[nodiscard]] Priority derived(int cpu_policy, int nice) noexcept;

/// What the block layer uses for a thread: what is set, or else what is derived. Nothing if the thread is gone.
[[nodiscard]] std::optional<Priority> effective(pid_t tid, Priority set) noexcept;

/// "nice 10", "cpu policy idle", "cpu policy fifo": what a thread without a set priority follows.
[[nodiscard]] std::string source_of_derived(pid_t tid);

/// True if a is served before b; none does not occur among effective priorities.
[[nodiscard]] bool served_before(Priority a, Priority b) noexcept;

}  // namespace iopriority::process
