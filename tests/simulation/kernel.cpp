// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel.hpp"

#include <fcntl.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "process/syscalls.hpp"
#include "values/values.hpp"

namespace iopriority::simulation {

using process::sys::Who;

Kernel* Kernel::current_ = nullptr;

Kernel::Kernel(Observer& observer) : observer_(observer) {
    current_ = this;
}

Kernel::~Kernel() {
    current_ = nullptr;
}

void Kernel::enter() {
    tasks.now += cost;
    observer_.before_call();
}

int Kernel::poll(int fd) {
    enter();
    const auto& open = at(fd);
    const bool ended = open.kind == Kind::thread ? open.thread->ended : !open.process->running();
    return ended ? POLLIN : 0;
}

int Kernel::flags(int fd) {
    return at(fd).kind == Kind::thread ? O_EXCL : 0;
}

int Kernel::status(int fd, struct stat& status) {
    enter();
    const auto& open = at(fd);
    status = {};
    if (open.kind == Kind::pidfd) {
        status.st_ino = open.process->birth;
    } else {
        status.st_nlink = 2 + (open.process->reaped ? 0 : open.process->threads.size());
    }
    return 0;
}

int Kernel::links(int fd, struct stat& status) {
    enter();
    const auto& process = *at(fd).process;
    status = {};
    status.st_nlink = 2 + process.threads.size();
    return process.reaped ? -ENOENT : 0;
}

// Of "/proc/NUMBER/task", where the number may be a thread's.
int Kernel::links(std::string_view path, struct stat& status) {
    enter();
    path.remove_prefix(std::string_view("/proc/").size());
    const auto* task = tasks.task(std::stoi(std::string(path)));
    status = {};
    status.st_nlink = 2 + (task != nullptr ? task->process->threads.size() : 0);
    return task != nullptr ? 0 : -ENOENT;
}

int Kernel::accessible(int fd, std::string_view path) {
    enter();
    const auto& process = *at(fd).process;
    return process.thread(std::stoi(std::string(path))) != nullptr ? 0 : -ENOENT;
}

int Kernel::pidfd_open(pid_t pid, unsigned flags) {
    enter();
    auto* task = tasks.task(pid);
    if (task == nullptr) {
        return -ESRCH;
    }
    if ((flags & O_EXCL) != 0) {
        return add({Kind::thread, task->process, task});
    }
    if (task != task->process->first) {
        return -ENOENT;
    }
    observer_.pinned(*task->process);
    return add({Kind::pidfd, task->process});
}

int Kernel::pass(Process& process) {
    return add({Kind::pidfd, &process});
}

// The structure of Linux 6.13, as syscalls.cpp has it.
int Kernel::pidfd_info(int fd, void* info) {
    enter();
    const auto& open = at(fd);
    const auto& thread = open.kind == Kind::thread ? *open.thread : *open.process->first;
    if (thread.reaped || (open.kind != Kind::thread && open.kind != Kind::pidfd)) {
        return -ESRCH;
    }
    observer_.looked_at(thread);
    constexpr std::size_t first = 4;  // of 32 bits, behind the mask and the control group
    const std::array<std::uint32_t, 8> fields{static_cast<std::uint32_t>(thread.tid),
                                              static_cast<std::uint32_t>(thread.process->pid),
                                              0,
                                              thread.real,
                                              0,
                                              thread.effective,
                                              0,
                                              thread.effective};
    std::memcpy(static_cast<std::uint32_t*>(info) + first, fields.data(), sizeof fields);  // NOLINT(*-arithmetic)
    return 0;
}

int Kernel::signal(int fd) {
    enter();
    const auto& open = at(fd);
    return open.process->reaped ? -ESRCH : 0;
}

int Kernel::signal(pid_t pid, pid_t tid) {
    enter();
    const auto* task = tasks.task(tid);
    return task != nullptr && task->process->pid == pid ? 0 : -ESRCH;
}

int Kernel::capabilities(pid_t tid, std::uint64_t& permitted) {
    enter();
    const auto* task = tasks.task(tid);
    permitted = task != nullptr ? task->permitted : 0;
    return task != nullptr ? 0 : -ESRCH;
}

int Kernel::set_one(Thread& thread, int value) {
    if (thread.process->refuses) {
        return -EPERM;
    }
    if (!thread.ended) {
        observer_.sets(thread, value);
        thread.value = value;
    }
    return 0;
}

int Kernel::set(int which, int who, int value) {
    enter();
    if (which == static_cast<int>(Who::thread)) {
        auto* task = tasks.task(who);
        return task != nullptr ? set_one(*task, value) : -ESRCH;
    }
    int result = -ESRCH;
    for (const auto& [tid, task] : tasks.all()) {
        if (task->real == static_cast<uid_t>(who)) {
            result = set_one(*task, value);
            if (result != 0) {
                return result;
            }
        }
    }
    return result;
}

int Kernel::get(int which, int who) {
    enter();
    if (which == static_cast<int>(Who::thread)) {
        const auto* task = tasks.task(who);
        return task != nullptr ? task->value : -ESRCH;
    }
    constexpr int class_shift = 13;
    constexpr int best_effort_4 = 2 << class_shift | 4;
    int best = -ESRCH;
    for (const auto& [tid, task] : tasks.all()) {
        if (task->real == static_cast<uid_t>(who)) {
            const int value = task->value >> class_shift == 0 ? best_effort_4 : task->value;  // follows from its nice
            best = best < 0 ? value : std::min(best, value);
        }
    }
    return best;
}

int Kernel::nice(pid_t tid, int& error) {
    enter();
    error = tasks.task(tid) != nullptr ? 0 : ESRCH;
    return error == 0 ? 0 : -1;
}

// Also of a thread, as the kernel does.
pid_t Kernel::group(pid_t pid) {
    enter();
    const auto* task = tasks.task(pid);
    return task == nullptr ? -ESRCH : task->process->refuses ? -EACCES : task->process->group;
}

}  // namespace iopriority::simulation
