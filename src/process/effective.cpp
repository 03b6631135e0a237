// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "process/effective.hpp"

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

namespace iopriority::process {

constexpr int deadline = 6;  // SCHED_DEADLINE, which <sched.h> of glibc 2.36 lacks

Priority derived(int cpu_policy, int nice) noexcept {
    constexpr int lowest_nice = -20;
    constexpr int nices_a_level = 5;
    const auto level = static_cast<unsigned>(std::clamp((nice - lowest_nice) / nices_a_level, 0, 7));
    switch (cpu_policy & ~SCHED_RESET_ON_FORK) {
        case SCHED_IDLE:
            return Priority::idle();
        case SCHED_FIFO:
        case SCHED_RR:
        case deadline:
            return Priority::realtime(level);
        default:
            return Priority::best_effort(level);
    }
}

std::optional<Priority> effective(pid_t tid, Priority set) noexcept {
    if (set.io_class() != PriorityClass::none) {
        return set;
    }
    const int policy = ::sched_getscheduler(tid);
    errno = 0;
    const int nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(tid));
    if (policy < 0 || (nice == -1 && errno != 0)) {
        return std::nullopt;
    }
    return derived(policy, nice);
}

std::string source_of_derived(pid_t tid) {
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

bool served_before(Priority a, Priority b) noexcept {
    return a.io_class() != b.io_class() ? a.io_class() < b.io_class() : a.level() < b.level();
}

}  // namespace iopriority::process
