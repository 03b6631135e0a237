// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storage/block_tree.hpp"

#include <algorithm>
#include <utility>

#include "values/ranges.hpp"
#include "values/text.hpp"

namespace iopriority::storage {

namespace {

const std::string all_devices = "/sys/class/block/";

std::string last_step(const std::string& path) {
    return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

std::vector<std::string> names_in(const Files& files, const std::string& directory) {
    auto names = files.list(directory);
    return names ? *std::move(names) : std::vector<std::string>{};
}

std::size_t digits_at(std::string_view text) {
    return std::min(text.find_first_not_of("0123456789"), text.size());
}

/// "1" and "2" of "nvme1n2", and of "nvme1c0n2", a path to it.
std::optional<std::pair<std::string_view, std::string_view>> nvme_numbers(std::string_view name, bool path) {
    constexpr std::string_view prefix = "nvme";
    if (!name.starts_with(prefix)) {
        return std::nullopt;
    }
    name.remove_prefix(prefix.size());
    const auto subsystem = name.substr(0, digits_at(name));
    name.remove_prefix(subsystem.size());
    if (path && name.starts_with('c')) {
        name.remove_prefix(1 + digits_at(name.substr(1)));
    } else if (path) {
        return std::nullopt;
    }
    const bool last = name.size() > 1 && name.front() == 'n' && digits_at(name.substr(1)) == name.size() - 1;
    return last && !subsystem.empty() ? std::optional(std::pair(subsystem, name.substr(1))) : std::nullopt;
}

bool has_prefix_and_number(std::string_view name, std::string_view prefix) {
    return name.size() > prefix.size() && name.starts_with(prefix) &&
           digits_at(name.substr(prefix.size())) == name.size() - prefix.size();
}

}  // namespace

bool is_directory_name(std::string_view name) noexcept {
    constexpr std::size_t longest = 255;
    return !name.empty() && name.size() <= longest && name.front() != '.' && name.find('/') == std::string_view::npos;
}

std::optional<std::string> BlockTree::name_of(DeviceNumber number) const {
    const auto path = "/sys/dev/block/" + std::to_string(number.major) + ":" + std::to_string(number.minor);
    const auto target = files_.link(path);
    return target && is_directory_name(last_step(*target)) ? std::optional(last_step(*target)) : std::nullopt;
}

std::string BlockTree::whole_disk(const std::string& name) const {
    const auto target = files_.link(all_devices + name);
    if (!target || !files_.read(all_devices + name + "/partition")) {
        return name;
    }
    const auto parent = last_step(target->substr(0, target->rfind('/')));
    return is_directory_name(parent) ? parent : name;
}

std::vector<std::string> BlockTree::below(const std::string& name) const {
    auto slaves = names_in(files_, all_devices + name + "/slaves");
    const auto disk = nvme_numbers(name, false);
    if (!slaves.empty() || !disk) {
        return slaves;
    }
    std::vector<std::string> paths;
    for (const auto& other : names_in(files_, "/sys/block")) {
        if (nvme_numbers(other, true) == disk) {
            paths.push_back(other);
        }
    }
    return paths;
}

std::vector<std::string> BlockTree::btrfs_devices(const std::string& name) const {
    const std::string root = "/sys/fs/btrfs/";
    for (const auto& id : names_in(files_, root)) {
        auto devices = names_in(files_, root + id + "/devices");
        if (values::contains(devices, name)) {
            return devices;
        }
    }
    return {name};
}

std::optional<std::string> BlockTree::loop_file(const std::string& name) const {
    auto file = attribute(name, "loop/backing_file");
    return file.empty() ? std::nullopt : std::optional(std::move(file));
}

std::string BlockTree::attribute(const std::string& name, const char* file) const {
    return read_line(files_, all_devices + name + "/" + file);
}

std::string BlockTree::shown(const std::string& name) const {
    const auto file = loop_file(name);
    const auto label = file ? *file : attribute(name, "dm/name");
    return device_name(name) + (label.empty() ? "" : " (" + values::sanitised(label) + ")");
}

Expected<std::vector<std::string>> BlockTree::disks() const {
    auto names = files_.list("/sys/block");
    if (!names) {
        return names.failure();
    }
    std::erase_if(*names, [&](const std::string& name) {
        const auto size = attribute(name, "size");
        return size.empty() || size == "0" || is_hidden(name) || !files_.link(all_devices + name + "/device") ||
               has_prefix_and_number(name, "sr") || has_prefix_and_number(name, "fd");
    });
    return names;
}

}  // namespace iopriority::storage
