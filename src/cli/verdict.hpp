// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What the check command examines: a path, the open files of a process, or all disks; and whether an I/O priority
/// has any effect there, in words.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <iopriority/details.hpp>

#include "storage/files.hpp"
#include "storage/io_cgroup.hpp"
#include "storage/storage.hpp"

namespace iopriority::cli {

/// A file system, or a device that was named directly.
struct Place {
    std::string name;  ///< safe to display
    storage::Storage storage;
};

/// Facts about a process, besides where its files are.
struct ProcessFacts {
    pid_t pid = 0;
    std::string name;
    Details priority;
    storage::IoCgroup cgroup;
};

struct Looked {
    std::optional<std::string> path;      ///< as given
    std::optional<ProcessFacts> process;  ///< neither: all disks
    std::vector<Place> places;
};

[[nodiscard]] Expected<Looked> look_at_path(const storage::Files& files, const std::string& path);
[[nodiscard]] Expected<Looked> look_at_process(const storage::Files& files, pid_t pid);
[[nodiscard]] Expected<Looked> look_at_all(const storage::Files& files);

/// Where the open regular files and directories of a process are, and its working directory: one file for each
/// file system, by mount point.
[[nodiscard]] Expected<std::vector<Place>> places_of(const storage::Files& files, pid_t pid);

enum class Verdict : std::uint8_t {
    acts,           ///< classes and levels, everywhere
    acts_by_class,  ///< everywhere, but levels only where the scheduler is bfq, if anywhere
    acts_partly,    ///< on some of the disks
    does_nothing,
    is_unknown,  ///< no disk was found, and there may be one
};

[[nodiscard]] Verdict judge(const std::vector<Place>& places);

/// Each queue once.
[[nodiscard]] std::vector<storage::Queue> queues_of(const std::vector<Place>& places);

/// The layers of storage, the disks, the verdict and other facts: a few lines, without advice.
[[nodiscard]] std::string report(const Looked& looked);

}  // namespace iopriority::cli
