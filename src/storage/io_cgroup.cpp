// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storage/io_cgroup.hpp"

#include <algorithm>
#include <array>

#include "values/text.hpp"

namespace iopriority::storage {

namespace {

constexpr std::size_t deepest = 128;

/// Whether this word is in a comma-separated list.
bool lists(std::string_view words, std::string_view wanted) {
    const auto text = "," + std::string(words) + ",";
    return text.find("," + std::string(wanted) + ",") != std::string::npos;
}

/// The path in the first line "NUMBER:CONTROLLERS:PATH" of the unified hierarchy (no controllers), or of blkio's.
std::string find_path(std::string_view text, bool unified) {
    while (!text.empty()) {
        auto path = take_word(text, '\n');
        take_word(path, ':');
        if (path.find(':') == path.npos) {
            continue;
        }
        if (const auto controllers = take_word(path, ':');
            unified ? controllers.empty() : lists(controllers, "blkio")) {
            return std::string(path);
        }
    }
    return {};
}

/// Whether one of the two is mounted here, from its root.
bool has_hierarchy(const Mount& mount, bool unified) {
    return mount.root == "/" &&
           (unified ? mount.type == "cgroup2" : mount.type == "cgroup" && lists(mount.options, "blkio"));
}

bool says_something(const Files& files, const std::string& file) {
    return files.read(file).value_or("").find_first_not_of(" \n") != std::string::npos;
}

/// Reads the files of one cgroup version in a group and its ancestors. The root has none of them.
void read_groups(const Files& files, const std::string& point, std::string path, bool unified, IoCgroup& found) {
    // Files of the other version do not exist here.
    constexpr std::array<const char*, 5> limits{"io.max", "blkio.throttle.read_bps_device",
                                                "blkio.throttle.write_bps_device", "blkio.throttle.read_iops_device",
                                                "blkio.throttle.write_iops_device"};
    const std::string prefix = unified ? "/io." : "/blkio.";
    bool nearest = true;
    for (std::size_t depth = 0; path.size() > 1 && depth < deepest; ++depth) {
        const auto group = point + path;
        for (const auto* const limit : limits) {
            if (found.limit.empty() && says_something(files, group + "/" + limit)) {
                found.limit = limit;
            }
        }
        found.latency |= unified && says_something(files, group + "/io.latency");
        // The nearest group that has the file is the one that counts.
        const auto policy = read_line(files, group + prefix + "prio.class");
        if (nearest && !policy.empty()) {
            found.policy = policy == "no-change" ? "" : values::sanitised(policy, 32);
            nearest = false;
        }
        found.weighed |= files.read(group + prefix + "bfq.weight") || files.read(group + prefix + "weight");
        path.erase(std::max<std::size_t>(path.rfind('/'), 1));
    }
}

}  // namespace

IoCgroup read_io_cgroup(const Files& files, const std::vector<Mount>& mounts, std::string_view text) {
    IoCgroup found;
    for (const bool unified : {true, false}) {
        const auto path = find_path(text, unified);
        const auto mount = std::ranges::find_if(mounts, [&](const Mount& m) { return has_hierarchy(m, unified); });
        // A path outside our cgroup namespace begins with "/..".
        if (path.starts_with('/') && !path.starts_with("/..") && mount != mounts.end()) {
            read_groups(files, mount->point, path, unified, found);
        }
    }
    return found;
}

}  // namespace iopriority::storage
