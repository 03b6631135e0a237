// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The second look at a process that was set, for threads that were being born.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <vector>

#include "engine/thread_setter.hpp"

namespace iopriority::engine {

/// The settle pass: one more look at a process some time after all its threads were set and the reply was sent.
///
/// Finds threads that a clone in progress during the set has added with their creator's old priority, and sets them.
/// Somebody may have made another change since. So a thread is set only if it is new, carries a priority that the
/// change replaced, and older threads are still as the change left them.
class SettlePass {
 public:
    /// @param threads must outlive this.
    SettlePass(process::ThreadGroup& threads, Priority wanted, Judge judge, const ThreadSetter& done);

    /// Does a bounded piece of work. @return true when all is done.
    [[nodiscard]] bool step();

    /// How many threads were set.
    [[nodiscard]] unsigned set() const noexcept { return set_; }

 private:
    [[nodiscard]] bool all_belong();
    void consider(pid_t tid);
    void set_late();
    [[nodiscard]] bool admits(pid_t tid) const { return !judge_ || judge_(tid) == Standing::admitted; }

    process::ThreadGroup& threads_;
    Priority wanted_;
    Judge judge_;
    std::vector<pid_t> known_;        // sorted
    std::vector<Priority> replaced_;  // no duplicates
    std::vector<pid_t> chunk_;
    std::vector<pid_t> late_;
    std::size_t checked_ = 0;  // index into known_
    bool standing_still_ = false;
    bool as_left_ = false;
    unsigned set_ = 0;
};

}  // namespace iopriority::engine
