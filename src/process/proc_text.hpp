// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Readers of the text files of /proc. Pure functions over text that others can influence: process names stand in it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace iopriority::process {

/// What is needed of /proc/PID/status (proc_pid_status(5)).
struct ProcStatus {
    uid_t real_uid = 0;
    std::uint64_t permitted = 0;  ///< CapPrm
    unsigned pid_namespaces = 0;  ///< entries of NSpid
    pid_t process = 0;            ///< Tgid
    pid_t parent = 0;             ///< PPid
};
[[nodiscard]] std::optional<ProcStatus> parse_status(std::string_view text);

/// What is needed of /proc/PID/stat (proc_pid_stat(5)). The name may hold blanks and parentheses: fields count from
/// the last ")".
struct ProcStat {
    char state = '?';
    pid_t parent = 0;
    pid_t group = 0;
    unsigned flags = 0;             ///< PF_* of the kernel
    std::uint64_t start_ticks = 0;  ///< after boot, in units of sysconf(_SC_CLK_TCK)
    unsigned threads = 0;           ///< also those that have ended and not gone: a zombie has one

    /// A thread of the kernel itself: PF_KTHREAD, include/linux/sched.h of Linux.
    [[nodiscard]] bool of_kernel() const noexcept { return (flags & 0x00200000U) != 0; }
    /// A zombie, or what is about to go.
    [[nodiscard]] bool has_ended() const noexcept { return state == 'Z' || state == 'X'; }
};
[[nodiscard]] std::optional<ProcStat> parse_stat(std::string_view text);

/// The name in /proc/PID/stat as it is, whatever it holds; empty if there is none.
[[nodiscard]] std::string_view name_in_stat(std::string_view text);

/// What the threads of a process have moved from and to disks since it was started, in bytes (proc_pid_io(5)).
struct ProcIo {
    std::uint64_t read = 0;
    std::uint64_t written = 0;    ///< counted when it is handed to the page cache, not when it reaches the disk
    std::uint64_t cancelled = 0;  ///< of that, what was thrown away before it was on disk
};
[[nodiscard]] std::optional<ProcIo> parse_io(std::string_view text);

/// The number in the line "Pid:" of /proc/self/fdinfo/N of a pidfd; -1 for a reaped process, 0 for one out of sight.
[[nodiscard]] std::optional<pid_t> parse_fdinfo_pid(std::string_view text);

/// True for the uid_map or gid_map of a user namespace in which one single id is mapped; which one, outside.
[[nodiscard]] std::optional<std::uint32_t> only_mapped_id(std::string_view text);

/// True if /proc/PID/cgroup (cgroups(7)) says that the process is in this control group of systemd's hierarchy, or
/// below: the unified one, or version 1's named "systemd".
/// @param name if not empty: and, further below, in a control group of this name, or below.
[[nodiscard]] bool is_in_control_group(std::string_view text, std::string_view path, std::string_view name = {});

/// A number in decimal digits alone, as the names in /proc are.
[[nodiscard]] std::optional<pid_t> parse_pid(std::string_view text);

}  // namespace iopriority::process
