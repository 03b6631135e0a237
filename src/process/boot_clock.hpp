// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The clock of the starts of processes and threads (proc_pid_stat(5)).
#pragma once

#include <unistd.h>

#include <cstdint>
#include <ctime>

namespace iopriority::process {

[[nodiscard]] inline std::uint64_t ticks_per_second() {
    static const auto value = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    return value;
}

/// Now, as start_ticks of a ProcStat would have it.
[[nodiscard]] inline std::uint64_t ticks_since_boot() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    constexpr std::uint64_t nanoseconds = 1'000'000'000;
    return static_cast<std::uint64_t>(now.tv_sec) * ticks_per_second() +
           static_cast<std::uint64_t>(now.tv_nsec) * ticks_per_second() / nanoseconds;
}

}  // namespace iopriority::process
