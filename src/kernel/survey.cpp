// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/survey.hpp"

#include <sched.h>
#include <sys/resource.h>

#include <cerrno>

#include "kernel/effective.hpp"

namespace iopriority::kernel {

bool Survey::step(ThreadGroup& threads) {
    if (threads.next(chunk_) < 0 || chunk_.empty()) {
        description_.processes += of_this_process_ > 0 ? 1U : 0U;
        of_this_process_ = 0;
        return true;
    }
    for (const pid_t tid : chunk_) {
        consider(threads, tid);
    }
    return false;
}

void Survey::consider(ThreadGroup& threads, pid_t tid) {
    const int value = threads.get(tid);
    if (value < 0) {
        return;
    }
    const Priority set = values::from_kernel(value);
    const auto effective = threads.effective(tid, set);
    if (!effective) {
        return;
    }
    ++description_.breakdown[set.to_string()];
    ++of_this_process_;
    const bool first = description_.threads++ == 0;
    // A thread on which nothing is set stands behind one that is set to the same.
    const bool tie = *effective == description_.effective && description_.set.io_class() == PriorityClass::none &&
                     set.io_class() != PriorityClass::none;
    if (first || tie || served_before(*effective, description_.effective)) {
        description_.set = set;
        description_.effective = *effective;
        description_.source = set.io_class() == PriorityClass::none ? source_of_derived(tid) : "set";
    }
}

std::optional<Description> Survey::result() const {
    return description_.threads > 0 ? std::optional(description_) : std::nullopt;
}

std::string source_of_derived(pid_t tid) {
    constexpr int deadline = 6;  // SCHED_DEADLINE, which <sched.h> of glibc 2.36 lacks
    switch (::sched_getscheduler(tid) & ~SCHED_RESET_ON_FORK) {
        case SCHED_IDLE:
            return "cpu policy idle";
        case SCHED_FIFO:
            return "cpu policy fifo";
        case SCHED_RR:
            return "cpu policy rr";
        case deadline:
            return "cpu policy deadline";
        default:
            break;
    }
    errno = 0;
    return "nice " + std::to_string(::getpriority(PRIO_PROCESS, static_cast<id_t>(tid)));
}

}  // namespace iopriority::kernel
