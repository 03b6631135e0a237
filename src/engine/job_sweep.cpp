// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A job: the kernel's own call for all threads of a user.
#include <cerrno>
#include <utility>

#include "engine/job.hpp"
#include "process/syscalls.hpp"

namespace iopriority::engine {

namespace {

// The highest effective priority among the user's threads, as the kernel finds it. The kernel cannot tell for root:
// ioprio_get takes user 0 as the caller's own user.
std::optional<Priority> highest_of_user(uid_t uid) {
    const int value = uid == 0 ? -ENOTSUP : process::sys::ioprio_get(process::sys::Who::user, uid);
    return value < 0 ? std::nullopt : std::optional(values::from_kernel(value));
}

}  // namespace

// It misses nothing during a fork storm, unlike a walk of /proc; but for uid 0 it would set kthreadd and all kernel
// threads. Used only if the grant covers every possible thread and nothing is recorded, since it also sets threads
// younger than the scan. Called twice: a clone in progress during the first call is linked by the second. If the kernel
// refuses one, it stops there: the walk does the rest, and counts.
void Job::sweep() {
    const auto uid = walk_.target().threads_of;
    if (!uid || *uid == 0 || order_.keep_explicit || recorder_ != nullptr ||
        !grant_.admits_all_of(*uid, order_.wanted)) {
        return;
    }
    before_sweep_ = swept_first_ ? highest_of_user(*uid) : std::nullopt;
    for (int time = 0; time < 2; ++time) {
        const int result = process::sys::ioprio_set(process::sys::Who::user, *uid, values::to_kernel(order_.wanted));
        changed_any_ = changed_any_ || result == 0;
        sweep_refused_ = result < 0 && result != -ESRCH;
    }
    swept_ = true;
    counts_on_sweep_ = swept_first_ && !sweep_refused_ && order_.wanted == Priority::idle();
    walk_.target().selection->knows_all_to_be_idle(counts_on_sweep_);
}

// The kernel names the highest of all his threads. If that is idle, they were at the end of the scan, too. What comes
// to the user later may be anything.
bool Job::sweep_lasts() {
    if (!std::exchange(counts_on_sweep_, false)) {
        return true;
    }
    walk_.target().selection->knows_all_to_be_idle(false);
    return highest_of_user(*walk_.target().threads_of) == Priority::idle();
}

}  // namespace iopriority::engine
