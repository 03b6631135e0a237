// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Reading /proc/PID/stat, which can wait for another process: from Linux 6.18.44, or before, it does while that
/// process executes a program. Whoever owns the process can make that last forever.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <span>

#include "process/proc_text.hpp"
#include "values/expected.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::process {

/// How many are read together at most: that costs less than one by one.
inline constexpr std::size_t most_stats_at_once = 32;

/// Of which file the content is wanted.
struct StatOf {
    pid_t process = 0;
    pid_t thread = 0;  ///< in /proc/PID/task; 0: of the process
};

struct StatResult {
    /// 0; EBADMSG: it is not as proc_pid_stat(5) has it; ETIMEDOUT: the wait was given up; EAGAIN: no_reader()
    int error = ESRCH;
    ProcStat stat;
};

/// Reads one, in the calling thread, for as long as that takes. Allocates nothing.
[[nodiscard]] StatResult read_stat(StatOf of) noexcept;

/// Reads in another way.
class StatReader : public Interface {
 public:
    /// Reads some, the first at least.
    /// @param results one for each
    /// @return how many
    virtual std::size_t read(std::span<const StatOf> wanted, std::span<StatResult> results) = 0;
};

/// From now on all reads go through this one, which must outlive them; nullptr, as at first: through read_stat().
void read_stats_through(StatReader* reader) noexcept;

/// Reads some by number, the first at least.
/// @param results one for each
/// @return how many
[[nodiscard]] std::size_t read_stats(std::span<const StatOf> wanted, std::span<StatResult> results);
[[nodiscard]] StatResult read_one_stat(StatOf of);
/// Nothing at all can be read now.
[[nodiscard]] Failure no_reader();

}  // namespace iopriority::process
