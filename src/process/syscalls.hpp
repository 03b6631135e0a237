// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The system calls that glibc 2.36 has no wrapper for, and the constants that go with them. This is the one place of
/// syscall(2). Every function answers as the kernel does: 0 or more, or a negative errno.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

struct msghdr;

namespace iopriority::process::sys {

/// What the number given to ioprio_set and ioprio_get means (include/uapi/linux/ioprio.h).
enum class Who : int { thread = 1, group = 2, user = 3 };

[[nodiscard]] int ioprio_set(Who which, id_t who, int value) noexcept;
[[nodiscard]] int ioprio_get(Who which, id_t who) noexcept;

/// A descriptor of a process, close-on-exec.
[[nodiscard]] int pidfd_open(pid_t pid) noexcept;
/// A descriptor of one thread (PIDFD_THREAD, Linux 6.9); -EINVAL where the kernel has none.
[[nodiscard]] int pidfd_open_thread(pid_t tid) noexcept;
/// Whether a pidfd is one of a single thread.
[[nodiscard]] bool is_pidfd_of_thread(int pidfd) noexcept;
/// Signal 0: -ESRCH exactly when the process has been reaped, and its number may be another's.
[[nodiscard]] int pidfd_probe(int pidfd) noexcept;
/// Signal 0: -ESRCH exactly when no thread of this number belongs to the process of that number. (Where sending is not
/// permitted the kernel says so after it has looked.)
[[nodiscard]] int thread_probe(pid_t pid, pid_t tid) noexcept;

/// What PIDFD_GET_INFO (Linux 6.13) says of a process (then of its first thread) or of a thread.
struct PidfdInfo {
    pid_t process;
    uid_t real_uid;
    uid_t effective_uid;
    uid_t saved_uid;
};
/// Nothing where the kernel does not have the call; -ESRCH in `error` if the process has been reaped.
[[nodiscard]] std::optional<PidfdInfo> pidfd_info(int pidfd, int& error) noexcept;

/// The permitted capabilities of a thread, as a mask of bits; negative errno in `error`.
[[nodiscard]] std::uint64_t permitted_capabilities(pid_t tid, int& error) noexcept;

/// As fork(2), but both have one table of descriptors, and no signal tells that the copy has ended: waitid(2) needs
/// __WALL.
/// @param pidfd of the copy; -1 in the copy
/// @return 0 in the copy, which may call what a signal handler may, and must end by _exit(2)
[[nodiscard]] pid_t fork_with_shared_descriptors(int& pidfd) noexcept;

/// recvmsg(2), whatever the program has in place of the C library's, as which it answers: -1, and errno.
ssize_t recvmsg_of_kernel(int socket, msghdr* message, int flags) noexcept;

}  // namespace iopriority::process::sys
