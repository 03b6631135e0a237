// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A job: what a hold is told of a process before any thread is set.
#include <algorithm>
#include <utility>

#include "engine/job.hpp"

namespace iopriority::engine {

// Everything that a scan has found is recorded before the first thread is set: processes can share a priority
// (CLONE_IO).
void Job::record() {
    if (recording_) {
        return record_some();
    }
    const auto progress = walk_.step();
    if (progress == Walk::Step::scan_ended) {
        failure_ = walk_.failure();
        if (!failure_) {
            walk_.go_back();
            begin_stage(Stage::setting);
        }
        return;
    }
    if (progress == Walk::Step::more || (walk_.open().threads == nullptr && !walk_.open_threads())) {
        return;
    }
    if (!member().recorded) {  // else: in an earlier round; this job may have set what it has now
        recording_.emplace(Recording{{}, {}, {}, walk_.open().threads->count()});
        walk_.open().threads->rewind();
    }
}

void Job::record_some() {
    auto& open = walk_.open();
    auto& [found, without, tids, left] = *recording_;
    const auto admits = judge();
    const auto own = own_of_ ? own_of_(open.key) : OwnPriority{};
    if (left == 0 || open.threads->next(tids) < 0) {
        tids.clear();  // no more threads, or it has ended
    }
    left -= std::min(left, tids.size());
    for (const pid_t tid : tids) {
        const int value = open.threads->get(tid);
        if (value < 0 || open.threads->is_ended_first(tid)) {
            continue;
        }
        const auto standing = admits ? admits(tid) : Standing::admitted;
        member().recorded = member().recorded || standing != Standing::outside;
        if (standing == Standing::admitted && !is_explicit(order_, own, tid, value)) {
            found.emplace_back(tid, value);
        } else {
            without.emplace_back(tid, value);
        }
    }
    if (!tids.empty()) {
        return;
    }
    // For a process of other users, what is already recorded remains valid; and it is not set.
    if (!member().recorded) {
        recorder_->left(open.key);
    } else if (const auto stored = recorder_->found(*open.process, open.key, found, without); !stored) {
        member().recorded = false;
        if (stored.failure().code != ErrorCode::no_such_process || walk_.is_single()) {
            failure_ = stored.failure();  // else it has ended, and is skipped
        }
    } else if (member().delayed = !*stored; member().delayed) {
        member().recorded = false;
    } else if (order_.keep_explicit) {
        member().held.insert(found.begin(), found.end());
    }
    recording_.reset();
}

// What a hold has recorded is not explicit, whatever has become of older holds since; unless a thread has set itself.
OwnPriority Job::own_priority() {
    auto own = own_of_ ? own_of_(walk_.open().key) : OwnPriority{};
    if (recorder_ == nullptr || !order_.keep_explicit) {
        return own;
    }
    return [own = std::move(own), &held = member().held](pid_t tid, int found) {
        const auto recorded = held.find(tid);
        const auto now = values::from_kernel(found);
        const bool is_as_recorded = recorded != held.end() && values::from_kernel(recorded->second) == now;
        return is_as_recorded ? Priority::none() : own ? own(tid, found) : now;
    };
}

}  // namespace iopriority::engine
