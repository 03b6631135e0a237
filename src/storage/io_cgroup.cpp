// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storage/io_cgroup.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "values/text.hpp"

namespace iopriority::storage {

namespace {

constexpr std::size_t deepest = 128;

/// Whether this word is in a comma-separated list.
bool lists(std::string_view words, std::string_view wanted) {
    const auto text = "," + std::string(words) + ",";
    return text.find("," + std::string(wanted) + ",") != std::string::npos;
}

/// The path in the first line "NUMBER:CONTROLLERS:PATH" whose controllers are accepted.
template <typename Accept>
std::optional<std::string> find_path(std::string_view text, Accept accept) {
    while (!text.empty()) {
        auto path = take_word(text, '\n');
        take_word(path, ':');
        if (path.find(':') != path.npos && accept(take_word(path, ':'))) {
            // A path outside our cgroup namespace begins with "/..".
            return path.starts_with('/') && !path.starts_with("/..") ? std::optional(std::string(path)) : std::nullopt;
        }
    }
    return std::nullopt;
}

/// Where a whole hierarchy is mounted, from its root.
template <typename Accept>
std::optional<std::string> find_point(const std::vector<Mount>& mounts, Accept accept) {
    const auto found =
        std::find_if(mounts.begin(), mounts.end(), [&](const Mount& m) { return m.root == "/" && accept(m); });
    return found != mounts.end() ? std::optional(found->point) : std::nullopt;
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
    const auto path = find_path(text, [](std::string_view controllers) { return controllers.empty(); });
    const auto point = find_point(mounts, [](const Mount& m) { return m.type == "cgroup2"; });
    if (path && point) {
        read_groups(files, *point, *path, true, found);
    }
    const auto old_path = find_path(text, [](std::string_view controllers) { return lists(controllers, "blkio"); });
    const auto old_point =
        find_point(mounts, [](const Mount& m) { return m.type == "cgroup" && lists(m.options, "blkio"); });
    if (old_path && old_point) {
        read_groups(files, *old_point, *old_path, false, found);
    }
    return found;
}

}  // namespace iopriority::storage
