// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "threads.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "measure.hpp"

namespace iopriority::bench {

namespace {

constexpr int who_process = 1;
constexpr int who_group = 2;
constexpr int who_user = 3;

// Calls a function with the number of each thread in an open /proc/PID/task.
template <typename Function>
void each_thread(int tasks, Function function) {
    constexpr std::size_t bytes = 8192;
    alignas(dirent64) std::array<char, bytes> buffer;  // NOLINT(*-member-init): filled by the kernel
    while (true) {
        const auto got = getdents64(tasks, buffer.data(), buffer.size());
        check(got >= 0, "getdents64");
        if (got == 0) {
            return;
        }
        for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
            const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);  // NOLINT
            if (entry->d_name[0] != '.') {
                function(std::atoi(entry->d_name));  // NOLINT(cert-err34-c): the kernel's own number
            }
            at += entry->d_reclen;
        }
    }
}

int open_tasks(pid_t pid) {
    std::array<char, 32> path{};
    static_cast<void>(std::snprintf(path.data(), path.size(), "/proc/%d/task", pid));  // NOLINT(*-vararg)
    const int tasks = open(path.data(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);           // NOLINT(*-vararg)
    check(tasks >= 0, path.data());
    return tasks;
}

}  // namespace

void set_thread(pid_t tid, int value) {
    check(syscall(SYS_ioprio_set, who_process, tid, value) == 0, "ioprio_set of thread " + std::to_string(tid));
}

void set_group(pid_t group, int value) {
    check(syscall(SYS_ioprio_set, who_group, group, value) == 0, "ioprio_set of group " + std::to_string(group));
}

void set_user(uid_t uid, int value) {
    check(syscall(SYS_ioprio_set, who_user, uid, value) == 0, "ioprio_set of user " + std::to_string(uid));
}

void set_listed(pid_t pid, int value) {
    const int tasks = open_tasks(pid);
    each_thread(tasks, [value](pid_t tid) { syscall(SYS_ioprio_set, who_process, tid, value); });
    close(tasks);
}

void set_verified(pid_t pid, int value, unsigned passes) {
    const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0U));
    check(pidfd >= 0, "pidfd_open");
    const int tasks = open_tasks(pid);
    pollfd event{pidfd, POLLIN, 0};
    check(poll(&event, 1, 0) == 0, "the process has ended");
    for (unsigned pass = 0; pass < passes; ++pass) {
        lseek(tasks, 0, SEEK_SET);
        each_thread(tasks, [value](pid_t tid) {
            if (syscall(SYS_ioprio_get, who_process, tid) != value) {
                syscall(SYS_ioprio_set, who_process, tid, value);
            }
        });
        struct stat status {};
        check(fstat(tasks, &status) == 0, "fstat");
        check(syscall(SYS_pidfd_send_signal, pidfd, 0, nullptr, 0U) == 0, "the number is another's");
    }
    close(tasks);
    close(pidfd);
}

}  // namespace iopriority::bench
