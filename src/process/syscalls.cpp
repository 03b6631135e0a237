// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "process/syscalls.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace iopriority::process::sys {

namespace {

int answer(long result) noexcept {
    return result < 0 ? -errno : static_cast<int>(result);
}

// include/uapi/linux/pidfd.h of Linux 6.13, version 0 of the structure (64 bytes); headers of Debian 12 lack it.
struct pidfd_info_v0 {
    std::uint64_t mask;
    std::uint64_t cgroupid;
    std::uint32_t pid;
    std::uint32_t tgid;
    std::uint32_t ppid;
    std::uint32_t ruid;
    std::uint32_t rgid;
    std::uint32_t euid;
    std::uint32_t egid;
    std::uint32_t suid;
    std::uint32_t sgid;
    std::uint32_t fsuid;
    std::uint32_t fsgid;
    std::uint32_t spare0;
};
static_assert(sizeof(pidfd_info_v0) == 64);
constexpr std::uint64_t info_pid = 1U << 0U;
constexpr std::uint64_t info_creds = 1U << 1U;
constexpr unsigned long get_info = _IOWR(0xFF, 11, pidfd_info_v0);
constexpr int pidfd_thread = O_EXCL;  // PIDFD_THREAD of the same header

}  // namespace

int ioprio_set(Who which, id_t who, int value) noexcept {
    return answer(::syscall(SYS_ioprio_set, static_cast<int>(which), static_cast<int>(who), value));
}

int ioprio_get(Who which, id_t who) noexcept {
    return answer(::syscall(SYS_ioprio_get, static_cast<int>(which), static_cast<int>(who)));
}

int pidfd_open(pid_t pid) noexcept {
    return answer(::syscall(SYS_pidfd_open, pid, 0U));
}

int pidfd_open_thread(pid_t tid) noexcept {
    return answer(::syscall(SYS_pidfd_open, tid, pidfd_thread));
}

bool is_pidfd_of_thread(int pidfd) noexcept {
    return (::fcntl(pidfd, F_GETFL) & pidfd_thread) != 0;  // NOLINT(*-vararg)
}

int pidfd_probe(int pidfd) noexcept {
    return answer(::syscall(SYS_pidfd_send_signal, pidfd, 0, nullptr, 0U));
}

int thread_probe(pid_t pid, pid_t tid) noexcept {
    return answer(::syscall(SYS_tgkill, pid, tid, 0));
}

std::optional<PidfdInfo> pidfd_info(int pidfd, int& error) noexcept {
    pidfd_info_v0 info{};
    info.mask = info_pid | info_creds;
    error = answer(::ioctl(pidfd, get_info, &info));
    if (error < 0) {
        return std::nullopt;
    }
    // On a reaped process the call may succeed without saying anything.
    if ((info.mask & info_pid) == 0 || (info.mask & info_creds) == 0) {
        error = -ESRCH;
        return std::nullopt;
    }
    return PidfdInfo{static_cast<pid_t>(info.tgid), info.ruid, info.euid, info.suid};
}

std::uint64_t permitted_capabilities(pid_t tid, int& error) noexcept {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, tid};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
    error = answer(::syscall(SYS_capget, &header, data.data()));
    return std::uint64_t{data[1].permitted} << 32U | data[0].permitted;
}

pid_t fork_with_shared_descriptors(int& pidfd) noexcept {
    constexpr unsigned long flags = CLONE_FILES | CLONE_PIDFD;
    pidfd = -1;
#ifdef __s390x__
    return answer(::syscall(SYS_clone, nullptr, flags, &pidfd, nullptr, nullptr));
#else
    return answer(::syscall(SYS_clone, flags, nullptr, &pidfd, nullptr, nullptr));
#endif
}

ssize_t recvmsg_of_kernel(int socket, msghdr* message, int flags) noexcept {
    return ::syscall(SYS_recvmsg, socket, message, flags);
}

}  // namespace iopriority::process::sys
