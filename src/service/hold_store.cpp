// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/hold_store.hpp"

#include <fcntl.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "process/read_file.hpp"
#include "service/say.hpp"
#include "service/sd_daemon.hpp"
#include "values/number.hpp"

namespace iopriority::service {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "held-";
constexpr std::string_view prefix_of_begun = "begun-";  // files without content: the name says all
constexpr std::size_t largest_state = 16U << 20U;       // with Holds::most_threads, and all that are left alone

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(fd, text.data(), text.size());
        if (written < 0) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

// Opens only a regular file: opening or reading anything else may block. Anything else has no text.
Expected<std::string> read_text(const fs::path& path) {
    std::error_code error;
    if (const auto status = fs::symlink_status(path, error); !error && !fs::is_regular_file(status)) {
        return std::string();
    }
    const process::UniqueFd file(
        ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));  // NOLINT(*-vararg)
    if (!file) {
        return Failure{ErrorCode::failed, "opening " + path.string() + ": " + std::generic_category().message(errno)};
    }
    return process::read_all(file.get(), path.string(), largest_state);
}

std::optional<std::pair<engine::HoldId, std::uint64_t>> parse_begun(std::string_view name) {
    if (!name.starts_with(prefix_of_begun)) {
        return std::nullopt;
    }
    name.remove_prefix(prefix_of_begun.size());
    const auto middle = std::min(name.find('-'), name.size());
    const auto id = values::number<engine::HoldId>(name.substr(0, middle));
    const auto since = values::number<std::uint64_t>(name.substr(std::min(middle + 1, name.size())));
    return id && since ? std::optional(std::pair(*id, *since)) : std::nullopt;
}

}  // namespace

std::string HoldStore::path_of(const process::ProcessKey& key) const {
    return directory_ + "/" + std::string(prefix) + std::to_string(key.pid) + "-" + std::to_string(key.birth);
}

std::string HoldStore::path_of(engine::HoldId id, std::uint64_t since) const {
    return directory_ + "/" + std::string(prefix_of_begun) + std::to_string(id) + "-" + std::to_string(since);
}

bool HoldStore::save_begun(engine::HoldId id, std::uint64_t since) const {
    return bool(process::UniqueFd(
        ::open(path_of(id, since).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)));  // NOLINT(*-vararg)
}

void HoldStore::forget_begun(engine::HoldId id, std::uint64_t since) const {
    if (unread_.empty() || !begun_.contains(id)) {
        ::unlink(path_of(id, since).c_str());
    }
}

bool HoldStore::save(const HoldState& state) const {
    const std::string path = path_of(state.key);
    if (unread_.contains(path)) {
        errno = EBUSY;
        return false;
    }
    const std::string fresh = path + ".new";
    constexpr mode_t own = 0600;
    const process::UniqueFd file(
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, own));  // NOLINT(*-vararg)
    // No fsync: the directory does not survive a reboot.
    if (!file || !write_all(file.get(), to_text(state)) || std::rename(fresh.c_str(), path.c_str()) != 0) {
        ::unlink(fresh.c_str());
        return false;
    }
    return true;
}

void HoldStore::forget(const process::ProcessKey& key) const {
    if (const auto path = path_of(key); !unread_.contains(path)) {
        ::unlink(path.c_str());
    }
}

void HoldStore::drop_unread(const process::ProcessKey& key) {
    if (unread_.erase(path_of(key)) > 0) {
        forget(key);
        say(LOG_WARNING, "process " + std::to_string(key.pid) +
                             " was set while the record of a hold on it could not be read: what else that hold has set "
                             "stays");
    }
}

std::vector<HoldState> HoldStore::load() {
    std::vector<HoldState> states;
    std::error_code error;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(directory_, error)) {
        files.push_back(entry.path());
    }
    if (error && error != std::errc::no_such_file_or_directory) {
        throw_failure({ErrorCode::failed, "listing " + directory_ + ": " + error.message()});
    }
    for (const auto& path : files) {
        const auto name = path.filename().string();
        if (const auto begun = parse_begun(name)) {
            begun_.insert(*begun);
        }
        if (!name.starts_with(prefix)) {
            continue;
        }
        const auto text = read_text(path);
        auto state = text ? parse_hold_state(*text) : std::nullopt;
        if (state && path == path_of(state->key)) {
            states.push_back(*std::move(state));
        } else if (text) {
            fs::remove(path, error);  // also a file that was being written when the service was killed
        } else {
            say(LOG_WARNING, text.failure().message + ": this record of a hold stays for the next start");
            unread_.insert(path);
        }
    }
    return states;
}

void HoldStore::keep_descriptor(const std::string& name, int fd) {
    static_cast<void>(::sd_pid_notify_with_fds(0, 0, ("FDSTORE=1\nFDPOLL=0\nFDNAME=" + name).c_str(), &fd, 1));
}

void HoldStore::drop_descriptor(const std::string& name) {
    static_cast<void>(::sd_notify(0, ("FDSTOREREMOVE=1\nFDNAME=" + name).c_str()));
}

std::map<std::string, process::UniqueFd> HoldStore::kept_descriptors() {
    std::map<std::string, process::UniqueFd> kept;
    char** names = nullptr;
    const int count = ::sd_listen_fds_with_names(1, &names);
    for (int i = 0; i < count; ++i) {
        process::UniqueFd fd(SD_LISTEN_FDS_START + i);
        if (names != nullptr && names[i] != nullptr) {       // NOLINT(*-pointer-arithmetic)
            kept.insert_or_assign(names[i], std::move(fd));  // NOLINT(*-pointer-arithmetic)
            std::free(names[i]);                             // NOLINT
        }
    }
    std::free(static_cast<void*>(names));  // NOLINT
    return kept;
}

}  // namespace iopriority::service
