// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/reader.hpp"

#include "kernel/effective.hpp"

namespace iopriority::kernel {

bool ThreadReader::step() {
    if (threads_.next(chunk_) < 0) {
        gone_ = true;
        return true;
    }
    for (const pid_t tid : chunk_) {
        consider(tid);
    }
    // By number: what was read counts only if the process still owned it afterwards.
    gone_ = !threads_.owns_number() || (chunk_.empty() && !threads_.running());
    return gone_ || chunk_.empty();
}

void ThreadReader::consider(pid_t tid) {
    const int value = threads_.get(tid);
    if (value < 0) {
        return;
    }
    const Priority set = values::from_kernel(value);
    // What is set alike ranks alike; what is not set may still differ in what it amounts to.
    if (highest_ == set && set.io_class() != PriorityClass::none) {
        return;
    }
    const auto effect = threads_.effective(tid, set);
    if (!effect) {
        return;
    }
    if (!highest_) {
        highest_ = set;
        highest_effective_ = effect;
        return;
    }
    const bool tie = *effect == *highest_effective_ && highest_->io_class() == PriorityClass::none;
    if (tie || served_before(*effect, *highest_effective_)) {
        highest_ = set;
        highest_effective_ = effect;
    }
}

}  // namespace iopriority::kernel
