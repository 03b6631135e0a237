// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Reading what is set on a process.
#pragma once

#include <optional>
#include <vector>

#include "kernel/threads.hpp"

namespace iopriority::kernel {

/// Reads every thread of a process once, in steps of bounded length.
class ThreadReader {
 public:
    /// @param threads must outlive the reader.
    explicit ThreadReader(ThreadGroup& threads) : threads_(threads) { threads_.rewind(); }

    /// @return true when all is read.
    bool step();

    /// Of the threads' priorities the highest, in the kernel's order: a thread on which nothing is set counts with what
    /// its CPU nice value and policy amount to, and stands behind one that is set to the same. Nothing if the process
    /// has ended.
    [[nodiscard]] std::optional<Priority> highest() const noexcept { return gone_ ? std::nullopt : highest_; }

 private:
    void consider(pid_t tid);

    ThreadGroup& threads_;
    std::vector<pid_t> chunk_;
    std::optional<Priority> highest_;
    std::optional<Priority> highest_effective_;
    bool gone_ = false;
};

}  // namespace iopriority::kernel
