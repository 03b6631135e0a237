// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Sets a process: what is put back.
#include <algorithm>

#include "engine/thread_setter.hpp"

namespace iopriority::engine {

void ThreadSetter::restore_recycled() {
    if (!needs_second_round_ && !gone_) {
        return;  // every listing was the same: no thread has ended
    }
    // If a round was cut short, a thread may have ended since it was listed.
    auto present = gone_ || gave_up_ ? std::vector<pid_t>{} : current_;
    std::sort(present.begin(), present.end());
    for (const auto* set : {&changed_, &confirmed_}) {
        for (const auto& [tid, before] : *set) {
            if (!std::binary_search(present.begin(), present.end(), tid)) {
                restore_if_recycled(tid, before);
            }
        }
    }
}

void ThreadSetter::restore_if_recycled(process::ThreadGroup& threads, pid_t tid, Priority set, int before) {
    if (threads.priority(tid) != set || threads.contains(tid)) {
        return;
    }
    const auto creator = threads.creator_of_recycled(tid);
    if (!creator) {
        return;
    }
    const int found = threads.get(*creator);
    const int inherited = found < 0 ? before : found;
    if (values::from_kernel(inherited) == set) {
        return;  // so we have not set it
    }
    // The parent of an orphan is not its creator: this must not make a thread realtime that was not.
    const bool would_gain = values::is_realtime(inherited) && !values::is_realtime(before);
    static_cast<void>(threads.put_back(tid, would_gain ? before : inherited));
}

void ThreadSetter::take_back(process::ThreadGroup& threads, pid_t tid, Priority set, int found, int unknown) {
    if (threads.contains(tid)) {
        static_cast<void>(threads.put_back(tid, found));
    } else {
        restore_if_recycled(threads, tid, set, unknown);
    }
}

void ThreadSetter::put_back(process::ThreadGroup& threads, Priority wanted, const Found& changed) {
    for (const auto& [tid, before] : changed) {
        if (threads.contains(tid) && threads.priority(tid) == wanted) {
            static_cast<void>(threads.put_back(tid, before));
        }
    }
}

}  // namespace iopriority::engine
