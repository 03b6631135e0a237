// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/devices.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <system_error>

#include "kernel/unique_fd.hpp"
#include "values/text.hpp"

namespace iopriority::kernel {

namespace {

constexpr std::size_t longest_name = 64;

/// The beginning of a file, which is all that the short ones of /sys have.
std::optional<std::string> read_start(int directory, const std::string& file) {
    const UniqueFd fd(::openat(directory, file.c_str(), O_RDONLY | O_CLOEXEC));  // NOLINT(*-vararg)
    std::string text(512, '\0');
    const auto got = fd ? ::read(fd.get(), text.data(), text.size()) : -1;
    if (got < 0) {
        return std::nullopt;
    }
    text.resize(static_cast<std::size_t>(got));
    return text;
}

bool is_scheduler_name(std::string_view name) {
    return !name.empty() && name.size() <= longest_name && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

std::optional<Device> read_device(int block, const std::string& directory) {
    const auto size = read_start(block, directory + "/size");
    if (!size || size->empty() || size->front() == '0') {
        return std::nullopt;
    }
    const auto schedulers = read_start(block, directory + "/queue/scheduler");
    const auto active = active_scheduler(schedulers.value_or(""));
    return Device{device_name(directory), active, honoured_by(active)};
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

Expected<std::vector<Device>> list_devices(const std::string& directory) {
    const std::unique_ptr<DIR, int (*)(DIR*)> block(::opendir(directory.c_str()), ::closedir);
    if (!block) {
        return Failure{ErrorCode::failed, "opening " + directory + ": " + std::generic_category().message(errno)};
    }
    std::vector<Device> devices;
    while (const auto* entry = ::readdir(block.get())) {  // NOLINT(concurrency-mt-unsafe): a stream of its own
        const std::string name = entry->d_name;
        if (name.starts_with('.')) {
            continue;
        }
        if (auto device = read_device(::dirfd(block.get()), name)) {
            devices.push_back(*std::move(device));
        }
    }
    std::sort(devices.begin(), devices.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return devices;
}

}  // namespace iopriority::kernel
