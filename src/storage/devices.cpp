// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storage/devices.hpp"

#include <algorithm>

#include "storage/files.hpp"
#include "values/text.hpp"

namespace iopriority::storage {

namespace {

constexpr std::size_t longest_name = 64;

bool is_scheduler_name(std::string_view name) {
    return !name.empty() && name.size() <= longest_name && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

}  // namespace

std::string_view to_string(Honours honours) noexcept {
    switch (honours) {
        case Honours::all:
            return "all";
        case Honours::classes:
            return "classes";
        case Honours::nothing:
            break;
    }
    return "nothing";
}

Honours honoured_by(std::string_view scheduler) noexcept {
    if (scheduler == "bfq") {
        return Honours::all;
    }
    return scheduler == "mq-deadline" ? Honours::classes : Honours::nothing;
}

std::string active_scheduler(std::string_view text) {
    const auto open = text.find('[');
    const auto close = text.find(']', open == std::string_view::npos ? 0 : open);
    if (open == std::string_view::npos || close == std::string_view::npos) {
        return "none";
    }
    const auto name = text.substr(open + 1, close - open - 1);
    return is_scheduler_name(name) ? std::string(name) : "none";
}

std::vector<std::string> available_schedulers(std::string_view text) {
    constexpr std::string_view blanks = " \n";
    constexpr std::size_t most = 64;
    std::vector<std::string> names;
    bool chosen = false;
    while (names.size() < most) {
        text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
        if (text.empty()) {
            break;
        }
        auto name = text.substr(0, text.find_first_of(blanks));
        text.remove_prefix(name.size());
        if (name.size() > 2 && name.front() == '[' && name.back() == ']') {
            chosen = true;
            name = name.substr(1, name.size() - 2);
        }
        if (is_scheduler_name(name)) {
            names.emplace_back(name);
        }
    }
    return chosen ? names : std::vector<std::string>{};
}

std::string device_name(std::string_view directory) {
    std::string name(directory);
    std::replace(name.begin(), name.end(), '!', '/');
    return values::sanitised(name, longest_name);
}

Device device_of(std::string_view directory, std::string_view schedulers) {
    const auto active = active_scheduler(schedulers);
    return {device_name(directory), active, honoured_by(active)};
}

Expected<std::vector<Device>> list_devices(const std::string& directory) {
    const RealFiles files;
    const auto names = files.list(directory);
    if (!names) {
        return Failure{ErrorCode::failed, names.failure().message};
    }
    std::vector<Device> devices;
    for (const auto& name : *names) {
        auto path = directory;
        path.append("/").append(name);
        const auto size = read_line(files, path + "/size");
        if (!size.empty() && size.front() != '0') {
            devices.push_back(device_of(name, read_line(files, path + "/queue/scheduler")));
        }
    }
    std::sort(devices.begin(), devices.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return devices;
}

}  // namespace iopriority::storage
