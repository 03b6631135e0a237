// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "engine/settle_pass.hpp"

#include <algorithm>
#include <utility>

#include "values/ranges.hpp"

namespace iopriority::engine {

SettlePass::SettlePass(process::ThreadGroup& threads, Priority wanted, Judge judge, const ThreadSetter& done)
    : threads_(threads), wanted_(wanted), judge_(std::move(judge)), known_(done.listing()) {
    std::sort(known_.begin(), known_.end());
    for (const auto& [tid, found] : done.changed()) {
        values::add_once(replaced_, values::from_kernel(found));
    }
    threads_.rewind();
    standing_still_ = threads_.count() == known_.size();
}

bool SettlePass::step() {
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

// The number of threads is the same and each of them is still there: there is no new one.
bool SettlePass::all_belong() {
    constexpr std::size_t piece = 512;
    const auto end = std::min(checked_ + piece, known_.size());
    for (; checked_ < end && standing_still_; ++checked_) {
        standing_still_ = threads_.belongs(known_[checked_]);
    }
    return standing_still_ && checked_ == known_.size();
}

void SettlePass::consider(pid_t tid) {
    const bool known = std::binary_search(known_.begin(), known_.end(), tid);
    if (known && as_left_) {
        return;
    }
    const auto found = threads_.priority(tid);
    if (!found) {
        return;
    }
    if (known) {
        as_left_ = *found == wanted_;
    } else if (values::contains(replaced_, *found)) {
        late_.push_back(tid);
    }
}

void SettlePass::set_late() {
    if (!as_left_) {
        return;
    }
    for (const pid_t tid : late_) {
        const int found = threads_.get(tid);
        if (found < 0 || !threads_.contains(tid) || !admits(tid) ||
            threads_.set(tid, values::to_kernel(wanted_)) != 0) {
            continue;
        }
        if (admits(tid)) {
            ++set_;
        } else {
            ThreadSetter::take_back(threads_, tid, wanted_, found, found);
        }
    }
}

}  // namespace iopriority::engine
