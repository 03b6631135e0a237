// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What is mounted, from /proc/PID/mountinfo (proc_pid_mountinfo(5)). Others can influence the text: users mount FUSE
/// file systems, and choose what stands in some fields of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/files.hpp"

namespace iopriority::storage {

struct Mount {
    std::uint64_t id = 0;
    DeviceNumber device;
    std::string root;     ///< which directory of the file system is mounted
    std::string point;    ///< where
    std::string type;     ///< "ext4", "fuse.sshfs"
    std::string source;   ///< "/dev/sda1", "server:/export", anything
    std::string options;  ///< of the file system, still escaped
};

/// Malformed lines are skipped. At most some tens of thousands.
[[nodiscard]] std::vector<Mount> parse_mountinfo(std::string_view text);

/// The mount with the id that the kernel reports, if it is in the list; otherwise one of the same device.
[[nodiscard]] const Mount* find_mount(const std::vector<Mount>& mounts, const FileStatus& status);

/// The directories that an overlay is made of, as absolute paths: other ones cannot be found again.
[[nodiscard]] std::vector<std::string> overlay_directories(std::string_view options);

/// Decodes text in which blanks and the like are escaped as "\040"; nothing if a backslash is not an escape.
[[nodiscard]] std::optional<std::string> unescaped(std::string_view text);

}  // namespace iopriority::storage
