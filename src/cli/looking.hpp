// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What the command check looks at: a path, what a process has open, or all disks.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include <iopriority/details.hpp>

#include "kernel/files.hpp"
#include "kernel/io_cgroup.hpp"
#include "kernel/storage.hpp"

namespace iopriority::cli {

/// A file system, or a device that was named itself.
struct Place {
    std::string name;  ///< fit to be shown
    kernel::Storage storage;
};

/// Of a process, beside where its files are.
struct ProcessFacts {
    pid_t pid = 0;
    std::string name;
    Details priority;
    kernel::IoCgroup cgroup;
};

struct Looked {
    std::optional<std::string> path;      ///< as it was given
    std::optional<ProcessFacts> process;  ///< neither: all disks
    std::vector<Place> places;
};

[[nodiscard]] Expected<Looked> look_at_path(const kernel::Files& files, const std::string& path);
[[nodiscard]] Expected<Looked> look_at_process(const kernel::Files& files, pid_t pid);
[[nodiscard]] Expected<Looked> look_at_all(const kernel::Files& files);

/// Where the regular files and directories are that a process has open, and its working directory; by mount point.
[[nodiscard]] Expected<std::vector<Place>> places_of(const kernel::Files& files, pid_t pid);

}  // namespace iopriority::cli
