// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Every call that the real code makes comes here first (the linker's --wrap, CMakeLists.txt): what belongs to the
/// simulated world is answered by its kernel, the rest goes on to the C library.
#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <ctime>

#include "kernel.hpp"

using iopriority::simulation::Kernel;

// NOLINTBEGIN: names are the linker's, parameters the C library's
namespace {

long answer(long result) {
    if (result < 0) {
        errno = static_cast<int>(-result);
        return -1;
    }
    return result;
}
int answer(int result) {
    return static_cast<int>(answer(static_cast<long>(result)));
}
Kernel* of(int fd) {
    return Kernel::knows(fd) ? Kernel::current() : nullptr;
}
Kernel* of(const char* path) {
    return Kernel::current() != nullptr && Kernel::knows(path) ? Kernel::current() : nullptr;
}

int capabilities(Kernel& kernel, long header, long data) {
    std::uint64_t permitted = 0;
    const int result = kernel.capabilities(reinterpret_cast<__user_cap_header_struct*>(header)->pid, permitted);
    auto* words = reinterpret_cast<__user_cap_data_struct*>(data);
    words[0].permitted = static_cast<std::uint32_t>(permitted);
    words[1].permitted = static_cast<std::uint32_t>(permitted >> 32U);
    return result;
}

}  // namespace

extern "C" {

int __real_open(const char* path, int flags, ...);
int __real_openat(int directory, const char* path, int flags, ...);
int __real_close(int fd);
ssize_t __real_read(int fd, void* buffer, size_t size);
ssize_t __real_write(int fd, const void* buffer, size_t size);
ssize_t __real_getdents64(int fd, void* buffer, size_t size);
off_t __real_lseek(int fd, off_t offset, int whence);
int __real_poll(pollfd* events, nfds_t count, int timeout);
int __real_fcntl(int fd, int command, ...);
int __real_fstat(int fd, struct stat* status);
int __real_fstatat(int fd, const char* path, struct stat* status, int flags);
int __real_fstatfs(int fd, struct statfs* status);
int __real_faccessat(int fd, const char* path, int mode, int flags);
int __real_ioctl(int fd, unsigned long request, ...);
long __real_syscall(long number, ...);
int __real_getpriority(__priority_which_t which, id_t who);
int __real_sched_getscheduler(pid_t pid);
int __real_clock_gettime(clockid_t clock, timespec* now);
pid_t __real_getpgid(pid_t pid);
int __real_pipe2(int* ends, int flags);
int __real_rename(const char* from, const char* to);
int __real_unlink(const char* path);
// A time_point is its count of nanoseconds, also where it is returned.
std::int64_t __real__ZNSt6chrono3_V212steady_clock3nowEv();

int __wrap_open(const char* path, int flags, ...) {
    if (Kernel* kernel = of(path)) {
        return answer(kernel->open(path, flags));
    }
    va_list rest;
    va_start(rest, flags);
    const auto mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return __real_open(path, flags, mode);
}

int __wrap_openat(int directory, const char* path, int flags, ...) {
    if (Kernel* kernel = directory == AT_FDCWD ? of(path) : of(directory)) {
        return answer(directory == AT_FDCWD ? kernel->open(path, flags) : kernel->open_at(directory, path));
    }
    va_list rest;
    va_start(rest, flags);
    const auto mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return __real_openat(directory, path, flags, mode);
}

int __wrap_close(int fd) {
    Kernel* kernel = of(fd);
    return kernel != nullptr ? answer(kernel->close(fd)) : Kernel::knows(fd) ? 0 : __real_close(fd);
}

ssize_t __wrap_read(int fd, void* buffer, size_t size) {
    Kernel* kernel = of(fd);
    return kernel != nullptr ? answer(kernel->read(fd, buffer, size)) : __real_read(fd, buffer, size);
}

ssize_t __wrap_write(int fd, const void* buffer, size_t size) {
    Kernel* kernel = of(fd);
    return kernel != nullptr ? answer(kernel->write(fd, buffer, size)) : __real_write(fd, buffer, size);
}

ssize_t __wrap_getdents64(int fd, void* buffer, size_t size) {
    Kernel* kernel = of(fd);
    return kernel != nullptr ? answer(kernel->list(fd, buffer, size)) : __real_getdents64(fd, buffer, size);
}

off_t __wrap_lseek(int fd, off_t offset, int whence) {
    Kernel* kernel = of(fd);
    return kernel != nullptr ? kernel->rewind(fd) : __real_lseek(fd, offset, whence);
}

int __wrap_poll(pollfd* events, nfds_t count, int timeout) {
    Kernel* kernel = count == 1 ? of(events->fd) : nullptr;
    if (kernel == nullptr) {
        return __real_poll(events, count, timeout);
    }
    events->revents = static_cast<short>(kernel->poll(events->fd));
    return events->revents != 0 ? 1 : 0;
}

int __wrap_fcntl(int fd, int command, ...) {
    if (Kernel* kernel = of(fd)) {
        return answer(command == F_DUPFD_CLOEXEC ? kernel->duplicate(fd) : kernel->flags(fd));
    }
    va_list rest;
    va_start(rest, command);
    void* argument = va_arg(rest, void*);
    va_end(rest);
    return __real_fcntl(fd, command, argument);
}

int __wrap_fstat(int fd, struct stat* status) {
    Kernel* kernel = of(fd);
    return kernel != nullptr ? answer(kernel->status(fd, *status)) : __real_fstat(fd, status);
}

int __wrap_fstatat(int fd, const char* path, struct stat* status, int flags) {
    if (Kernel* kernel = fd == AT_FDCWD ? of(path) : of(fd)) {
        return answer(fd == AT_FDCWD ? kernel->links(path, *status) : kernel->links(fd, *status));
    }
    return __real_fstatat(fd, path, status, flags);
}

int __wrap_fstatfs(int fd, struct statfs* status) {
    constexpr unsigned pidfs = 0x50494446;
    if (of(fd) == nullptr) {
        return __real_fstatfs(fd, status);
    }
    status->f_type = pidfs;
    return 0;
}

int __wrap_faccessat(int fd, const char* path, int mode, int flags) {
    Kernel* kernel = of(fd);
    return kernel != nullptr ? answer(kernel->accessible(fd, path)) : __real_faccessat(fd, path, mode, flags);
}

int __wrap_ioctl(int fd, unsigned long request, ...) {
    va_list rest;
    va_start(rest, request);
    void* argument = va_arg(rest, void*);
    va_end(rest);
    Kernel* kernel = of(fd);
    return kernel != nullptr ? answer(kernel->pidfd_info(fd, argument)) : __real_ioctl(fd, request, argument);
}

long __wrap_syscall(long number, ...) {
    va_list rest;
    va_start(rest, number);
    const long a = va_arg(rest, long);
    const long b = va_arg(rest, long);
    const long c = va_arg(rest, long);
    const long d = va_arg(rest, long);
    const long e = va_arg(rest, long);
    va_end(rest);
    Kernel* kernel = Kernel::current();
    if (kernel == nullptr) {
        return __real_syscall(number, a, b, c, d, e);
    }
    const auto first = static_cast<int>(a);
    const auto second = static_cast<int>(b);
    switch (number) {
        case SYS_ioprio_set:
            return answer(kernel->set(first, second, static_cast<int>(c)));
        case SYS_ioprio_get:
            return answer(kernel->get(first, second));
        case SYS_pidfd_open:
            return answer(kernel->pidfd_open(first, static_cast<unsigned>(b)));
        case SYS_pidfd_send_signal:
            return answer(kernel->signal(first));
        case SYS_tgkill:
            return answer(kernel->signal(first, second));
        case SYS_capget:
            return answer(capabilities(*kernel, a, b));
        default:
            return __real_syscall(number, a, b, c, d, e);
    }
}

int __wrap_getpriority(__priority_which_t which, id_t who) {
    Kernel* kernel = Kernel::current();
    return kernel != nullptr ? kernel->nice(static_cast<pid_t>(who), errno) : __real_getpriority(which, who);
}

int __wrap_sched_getscheduler(pid_t pid) {
    Kernel* kernel = Kernel::current();
    return kernel != nullptr ? kernel->nice(pid, errno) : __real_sched_getscheduler(pid);
}

pid_t __wrap_getpgid(pid_t pid) {
    Kernel* kernel = Kernel::current();
    return kernel != nullptr ? answer(kernel->group(pid)) : __real_getpgid(pid);
}

int __wrap_clock_gettime(clockid_t clock, timespec* now) {
    Kernel* kernel = Kernel::current();
    if (kernel == nullptr) {
        return __real_clock_gettime(clock, now);
    }
    constexpr std::uint64_t second = 1'000'000'000;
    now->tv_sec = static_cast<time_t>(kernel->tasks.now / second);
    now->tv_nsec = static_cast<long>(kernel->tasks.now % second);
    return 0;
}

int __wrap_pipe2(int* ends, int flags) {
    Kernel* kernel = Kernel::current();
    return kernel != nullptr ? answer(kernel->pipe(ends)) : __real_pipe2(ends, flags);
}

int __wrap_rename(const char* from, const char* to) {
    Kernel* kernel = of(from);
    return kernel != nullptr ? answer(kernel->rename(from, to)) : __real_rename(from, to);
}

int __wrap_unlink(const char* path) {
    Kernel* kernel = of(path);
    return kernel != nullptr ? answer(kernel->unlink(path)) : __real_unlink(path);
}

std::int64_t __wrap__ZNSt6chrono3_V212steady_clock3nowEv() {
    Kernel* kernel = Kernel::current();
    constexpr iopriority::simulation::Moment cost = 50;
    return kernel != nullptr ? static_cast<std::int64_t>(kernel->tasks.now += cost)
                             : __real__ZNSt6chrono3_V212steady_clock3nowEv();
}

}  // extern "C"
// NOLINTEND
