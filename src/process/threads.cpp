// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The threads of a real process, through /proc/PID/task.
#include "process/threads.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "process/boot_clock.hpp"
#include "process/descriptors.hpp"
#include "process/effective.hpp"
#include "process/proc_text.hpp"

namespace iopriority::process {

std::optional<Priority> ThreadGroup::priority(pid_t tid) {
    const int value = get(tid);
    return value < 0 ? std::nullopt : std::optional(values::from_kernel(value));
}

bool ThreadGroup::put_back(pid_t tid, int found) {
    const int result = set(tid, found);
    return result == 0 || (result == -EINVAL && set(tid, values::to_kernel(values::from_kernel(found))) == 0);
}

Expected<UniqueFd> ProcThreads::open_tasks(const Process& process) {
    auto tasks = process.open("task", O_DIRECTORY);
    if (tasks) {
        if (auto failure = too_many_descriptors(tasks->get())) {
            return *std::move(failure);
        }
    }
    return tasks;
}

ProcThreads::ProcThreads(const Process& process, UniqueFd tasks)
    : process_(process), tasks_(std::move(tasks)), credentials_(process), opened_(ticks_since_boot()) {}

unsigned ProcThreads::count() {
    struct stat status {};
    constexpr nlink_t dot_and_dotdot = 2;
    if (::fstat(tasks_.get(), &status) != 0 || status.st_nlink < dot_and_dotdot) {
        return 0;
    }
    return static_cast<unsigned>(status.st_nlink - dot_and_dotdot);
}

bool ProcThreads::contains(pid_t tid) {
    return ::faccessat(tasks_.get(), std::to_string(tid).c_str(), F_OK, 0) == 0;
}

StatResult ProcThreads::stat_of(pid_t tid) const {
    const auto result = read_one_stat({process_.pid(), tid});
    return process_.owns_number() ? result : StatResult{ESRCH, {}};
}

bool ProcThreads::is_new(pid_t tid) {
    const auto [error, stat] = stat_of(tid);
    return error != 0 || stat.start_ticks >= opened_;
}

bool ProcThreads::is_young(pid_t tid) {
    const auto [error, stat] = stat_of(tid);
    return error != 0 || stat.start_ticks + ticks_per_second() > ticks_since_boot();
}

std::optional<pid_t> ProcThreads::creator_of_recycled(pid_t tid) {
    // Threads have a directory there, too, only not listed. The number was not another task's meanwhile if this one can
    // be read then.
    const std::string path = "/proc/" + std::to_string(tid);
    const UniqueFd task(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));  // NOLINT(*-vararg)
    const auto [error, stat] = read_one_stat({tid});
    const auto status_text = read_file(task.get(), "status");
    const auto status = status_text ? parse_status(*status_text) : std::nullopt;
    if (error != 0 || !status || stat.start_ticks < opened_) {
        return std::nullopt;
    }
    const pid_t creator = status->process != tid ? status->process : status->parent;
    return creator > 0 ? std::optional(creator) : std::nullopt;
}

int ProcThreads::set(pid_t tid, int value) {
    return sys::ioprio_set(sys::Who::thread, static_cast<id_t>(tid), value);
}

// Also one that is about to: the kernel says success where a priority is set on it, and does nothing.
bool ProcThreads::has_ended(pid_t tid) {
    constexpr unsigned exiting = 0x4;  // PF_EXITING, include/linux/sched.h of Linux
    const auto [error, stat] = stat_of(tid);
    return error != 0 ? error == ESRCH || error == ENOENT : stat.has_ended() || (stat.flags & exiting) != 0;
}

std::optional<Priority> ProcThreads::effective(pid_t tid, Priority set) {
    if (set.io_class() == PriorityClass::none && is_ended_first(tid)) {
        return std::nullopt;
    }
    return process::effective(tid, set);
}

}  // namespace iopriority::process
