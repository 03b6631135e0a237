// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storage/devices.hpp"

#include <algorithm>
#include <array>

#include "storage/files.hpp"
#include "values/text.hpp"

namespace iopriority::storage {

namespace {

constexpr std::size_t longest_name = 64;

bool is_scheduler_name(std::string_view name) {
    return name.size() <= longest_name && values::is_word(name, "-_");
}

}  // namespace

std::string_view to_string(Honours honours) noexcept {
    constexpr std::array<std::string_view, 3> words{"nothing", "classes", "all"};
    return words[static_cast<std::size_t>(honours)];  // NOLINT(*-constant-array-index)
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
    constexpr std::size_t most = 64;
    text = text.substr(0, text.find('\n'));
    std::vector<std::string> names;
    bool chosen = false;
    while (!text.empty() && names.size() < most) {
        auto name = take_word(text, ' ');
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
    std::ranges::replace(name, '!', '/');
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
    std::ranges::sort(devices, {}, &Device::name);
    return devices;
}

}  // namespace iopriority::storage
