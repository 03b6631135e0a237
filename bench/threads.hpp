// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// System calls without anything around them: the floors that the service and the library are measured against.
#pragma once

#include <sys/types.h>

namespace iopriority::bench {

/// Values of ioprio_set(2).
inline constexpr int value_none = 0;
inline constexpr int value_idle = 3 << 13;
inline constexpr int value_best_effort = (2 << 13) | 4;
inline constexpr int value_realtime = (1 << 13) | 4;

/// One call for one thread (0: the calling one), or for all of a process group or user. Throws.
void set_thread(pid_t tid, int value);
void set_group(pid_t group, int value);
void set_user(uid_t uid, int value);

/// The floor of "every thread of a process": one listing of /proc/PID/task, one ioprio_set(2) for each.
void set_listed(pid_t pid, int value);

/// What a complete and verified change of a quiet process takes of the kernel, in the least: pidfd, directory, one
/// listing for each pass with what was found, the sets, is it still the same process. With a single pass it is a plain
/// careful program.
void set_verified(pid_t pid, int value, unsigned passes);

}  // namespace iopriority::bench
