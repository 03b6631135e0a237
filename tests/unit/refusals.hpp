// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A kernel that refuses: no descriptors are left, or a sandbox forbids a system call.
#pragma once

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

namespace iopriority::test {

/// While it lives, only so many more files can be opened.
class DescriptorsLeft {
 public:
    explicit DescriptorsLeft(unsigned count) {
        std::vector<int> next;
        for (unsigned i = 0; i <= count; ++i) {
            next.push_back(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0));  // NOLINT(*-vararg)
        }
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const rlimit few{static_cast<rlim_t>(next.back()), before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &few);
        for (const int fd : next) {
            ::close(fd);
        }
    }
    DescriptorsLeft(const DescriptorsLeft&) = delete;
    DescriptorsLeft& operator=(const DescriptorsLeft&) = delete;
    DescriptorsLeft(DescriptorsLeft&&) = delete;
    DescriptorsLeft& operator=(DescriptorsLeft&&) = delete;
    ~DescriptorsLeft() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
    rlimit before_{};
};

/// From now on this thread, and what it starts, gets an error from these system calls. False where there are no
/// filters (on an emulated machine).
inline bool refuse_calls(const std::vector<long>& numbers, unsigned error) {
    std::vector<sock_filter> program{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
    for (const long number : numbers) {
        program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<__u32>(number), 0, 1));
        program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error));
    }
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/// Those by which the status of an open file is read, on this machine.
inline std::vector<long> status_calls() {
    return {
        SYS_statx,
#ifdef SYS_fstat
        SYS_fstat,
#endif
#ifdef SYS_newfstatat
        SYS_newfstatat,
#endif
#ifdef SYS_fstat64
        SYS_fstat64,
#endif
#ifdef SYS_fstatat64
        SYS_fstatat64,
#endif
    };
}

/// Those by which it is seen whether a file can be read.
inline std::vector<long> access_calls() {
    return {
        SYS_faccessat,
#ifdef SYS_access
        SYS_access,
#endif
    };
}

/// Runs something on a thread of its own that gets an error from these system calls.
/// @return whether it was run: where there are no filters it was not
inline bool where_refused(const std::vector<long>& numbers, unsigned error, const std::function<void()>& body) {
    bool refused = false;
    std::thread([&] {
        refused = refuse_calls(numbers, error);
        if (refused) {
            body();
        }
    }).join();
    return refused;
}

}  // namespace iopriority::test
