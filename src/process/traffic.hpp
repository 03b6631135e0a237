// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// How much each process reads from disks and writes to them.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "process/proc_text.hpp"
#include "values/expected.hpp"

namespace iopriority::process {

/// A process at one moment.
struct ProcessSample {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;  ///< as in ProcStat: with the number it tells processes apart
    uid_t real_uid = 0;
    bool of_kernel = false;    ///< a thread of the kernel itself
    std::string name;          ///< fit to be shown
    std::optional<ProcIo> io;  ///< nothing where this user may not look: it takes the right to trace the process
};

/// All processes that can be seen, by number.
struct Sample {
    std::chrono::steady_clock::time_point time;
    std::uint64_t ticks = 0;  ///< the same moment on the clock of start_ticks
    std::vector<ProcessSample> processes;
};

/// Reads /proc, again and again.
class Sampler {
 public:
    enum class Which : bool { all, with_priority };
    /// A process that has ended, also one that nobody has waited for, is left out.
    /// @param which with_priority: only those that have a thread with a priority set; no file of the others is read
    [[nodiscard]] Expected<Sample> take(Which which = Which::all);

 private:
    /// Reading a process's owner costs as much as everything else. It is not read again for a process a minute old or
    /// more, as long as the owner of its directory (usually its effective user) stays the same.
    struct Owner {
        std::uint64_t start_ticks = 0;
        uid_t directory = 0;
        uid_t real = 0;
    };

    [[nodiscard]] std::optional<ProcessSample> look_at(int proc, pid_t pid, std::uint64_t now);
    [[nodiscard]] std::optional<uid_t> real_uid(int directory, pid_t pid, std::uint64_t start, std::uint64_t now);

    std::map<pid_t, Owner> owners_;  // as of the last sample
    std::map<pid_t, Owner> next_owners_;
};

/// Whether the kernel counts at all (CONFIG_TASK_IO_ACCOUNTING).
[[nodiscard]] bool counts_traffic();

/// Bytes a second.
struct Rates {
    std::uint64_t read = 0;
    std::uint64_t written = 0;

    [[nodiscard]] std::uint64_t total() const noexcept { return read + written; }
    friend bool operator==(const Rates&, const Rates&) = default;
};

/// Makes rates of samples, one after the other.
class TrafficMeter {
 public:
    /// For each process of the sample, in its order: what it moved since the sample before. Nothing where that is not
    /// known: in the first sample, and where the counters could not be read now or then. A process that was started
    /// since then counts from its start, also under a number that another one had.
    [[nodiscard]] std::vector<std::optional<Rates>> measure(const Sample& sample);

 private:
    using Identity = std::pair<pid_t, std::uint64_t>;

    [[nodiscard]] std::optional<ProcIo> before(const ProcessSample& process) const;

    std::optional<std::chrono::steady_clock::time_point> last_time_;
    std::uint64_t last_ticks_ = 0;
    std::map<Identity, std::optional<ProcIo>> last_;
};

}  // namespace iopriority::process
