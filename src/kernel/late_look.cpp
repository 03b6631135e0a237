// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/late_look.hpp"

#include <algorithm>

namespace iopriority::kernel {

LateLook::LateLook(ThreadGroup& threads, Priority wanted, const ThreadSetter& done)
    : threads_(threads), wanted_(wanted), known_(done.listing()) {
    std::sort(known_.begin(), known_.end());
    for (const auto& change : done.changes()) {
        if (std::find(replaced_.begin(), replaced_.end(), change.before) == replaced_.end()) {
            replaced_.push_back(change.before);
        }
    }
    threads_.rewind();
    standing_still_ = threads_.count() == known_.size();
}

bool LateLook::step() {
    if (!threads_.owns_number()) {
        return true;
    }
    if (standing_still_) {
        return all_belong();
    }
    if (threads_.next(chunk_) < 0) {
        return true;
    }
    if (chunk_.empty()) {
        set_late();
        return true;
    }
    std::for_each(chunk_.begin(), chunk_.end(), [this](pid_t tid) { consider(tid); });
    return false;
}

// As many as there were, and each of these is still there: none has come.
bool LateLook::all_belong() {
    constexpr std::size_t piece = 512;
    const auto end = std::min(checked_ + piece, known_.size());
    for (; checked_ < end && standing_still_; ++checked_) {
        standing_still_ = threads_.belongs(known_[checked_]);
    }
    return standing_still_ && checked_ == known_.size();
}

void LateLook::consider(pid_t tid) {
    const bool known = std::binary_search(known_.begin(), known_.end(), tid);
    if (known && untouched_since_) {
        return;
    }
    const int value = threads_.get(tid);
    if (value < 0) {
        return;
    }
    const Priority found = values::from_kernel(value);
    if (known) {
        untouched_since_ = found == wanted_;
    } else if (std::find(replaced_.begin(), replaced_.end(), found) != replaced_.end()) {
        late_.push_back(tid);
    }
}

void LateLook::set_late() {
    if (!untouched_since_) {
        return;
    }
    for (const pid_t tid : late_) {
        if (threads_.contains(tid) && threads_.set(tid, values::to_kernel(wanted_)) == 0) {
            ++set_;
        }
    }
}

}  // namespace iopriority::kernel
