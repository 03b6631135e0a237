// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What control groups do to the I/O of a process, besides its priority (Documentation/admin-guide/cgroup-v2.rst and
/// cgroup-v1/blkio-controller.rst of Linux).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/files.hpp"
#include "storage/mounts.hpp"

namespace iopriority::storage {

struct IoCgroup {
    std::string limit;     ///< the file that limits its bandwidth, such as "io.max"; empty: none does
    bool latency = false;  ///< io.latency has a target
    std::string policy;    ///< what io.prio.class does to the class of its requests; empty: nothing
    bool weighed = false;  ///< its share of the disk is weighed against that of other groups

    friend bool operator==(const IoCgroup&, const IoCgroup&) = default;
};

/// @param text of /proc/PID/cgroup
[[nodiscard]] IoCgroup read_io_cgroup(const Files& files, const std::vector<Mount>& mounts, std::string_view text);

}  // namespace iopriority::storage
