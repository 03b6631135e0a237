// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Preloaded by bench/instructions, under valgrind alone: valgrind 3.19 refuses pidfd_open(2), which it does not know.
/// An eventfd is as silent as the pidfd of a process that runs; who owns the process is then read from /proc, as on
/// Linux before 6.13. Nor does it know a clone(2) that shares the table of descriptors: fork(2) serves for the daemon's
/// helper process.
#include <dlfcn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdarg>

extern "C" __attribute__((visibility("default"))) long syscall(long number, ...) noexcept {  // NOLINT(*-vararg)
    if (number == SYS_pidfd_open) {
        return eventfd(0, EFD_CLOEXEC);
    }
    if (number == SYS_pidfd_send_signal) {
        return 0;
    }
    if (number == SYS_clone) {
        std::va_list list;
        va_start(list, number);
        static_cast<void>(va_arg(list, long));  // flags
        static_cast<void>(va_arg(list, long));  // stack
        *va_arg(list, int*) = eventfd(0, EFD_CLOEXEC);
        va_end(list);
        return fork();
    }
    using Real = long (*)(long, ...);
    static const auto real = reinterpret_cast<Real>(dlsym(RTLD_NEXT, "syscall"));  // NOLINT(*-reinterpret-cast)
    std::va_list list;
    va_start(list, number);
    long words[6];
    for (long& word : words) {
        word = va_arg(list, long);
    }
    va_end(list);
    return real(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}
