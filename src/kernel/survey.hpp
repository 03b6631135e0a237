// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What is set on the threads of one or several processes, and what comes of it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernel/threads.hpp"

namespace iopriority::kernel {

/// Of one or several processes.
struct Description {
    Priority set;        ///< of the threads' priorities the highest, as ThreadReader has it
    Priority effective;  ///< what the block layer uses for it
    std::string source;  ///< where that comes from: "set", "nice 10", "cpu policy idle"
    std::uint32_t processes = 0;
    std::uint32_t threads = 0;
    std::map<std::string, std::uint32_t> breakdown;  ///< set priority as text, number of threads with it

    [[nodiscard]] bool uniform() const noexcept { return breakdown.size() == 1; }
};

/// Collects a description thread by thread.
class Survey {
 public:
    /// Reads the next threads of a group that was rewound. @return true when its last were read.
    bool step(ThreadGroup& threads);

    /// Nothing if no thread was read.
    [[nodiscard]] std::optional<Description> result() const;

 private:
    void consider(ThreadGroup& threads, pid_t tid);

    Description description_;
    std::vector<pid_t> chunk_;
    std::uint32_t of_this_process_ = 0;
};

/// "nice 10", "cpu policy idle", "cpu policy fifo": what a thread without a set priority follows.
[[nodiscard]] std::string source_of_derived(pid_t tid);

}  // namespace iopriority::kernel
