// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// One more look at a process some time after all its threads were set.
#pragma once

#include <vector>

#include "kernel/threads.hpp"

namespace iopriority::kernel {

/// Finds threads that a clone under way during the set has brought in with their creator's old priority, and sets them.
///
/// The change has been answered by then, and somebody may have made another one since: so a thread is set only if it
/// was not there before, carries a priority that the change replaced, and older threads still are as the change left
/// them.
class LateLook {
 public:
    /// @param threads must outlive this.
    LateLook(ThreadGroup& threads, Priority wanted, const ThreadSetter& done);

    /// Does a bounded piece of work. @return true when all is done.
    bool step();

    /// How many threads were set.
    [[nodiscard]] unsigned set() const noexcept { return set_; }

 private:
    [[nodiscard]] bool all_belong();
    void consider(pid_t tid);
    void set_late();

    ThreadGroup& threads_;
    Priority wanted_;
    std::vector<pid_t> known_;        // sorted
    std::vector<Priority> replaced_;  // no doubles
    std::vector<pid_t> chunk_;
    std::vector<pid_t> late_;
    std::size_t checked_ = 0;  // of those known
    bool standing_still_ = false;
    bool untouched_since_ = false;
    unsigned set_ = 0;
};

}  // namespace iopriority::kernel
