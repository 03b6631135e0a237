// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storage/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

#include "process/unique_fd.hpp"
#include "values/text.hpp"

namespace iopriority::storage {

namespace {

constexpr std::size_t most_names = 65536;

Failure failure(const std::string& path, int error) {
    const bool denied = error == EACCES || error == EPERM;
    return {denied ? ErrorCode::access_denied : ErrorCode::failed,
            values::sanitised(path) + ": " + std::generic_category().message(error)};
}

FileStatus::Kind kind_of(unsigned mode) {
    switch (mode & static_cast<unsigned>(S_IFMT)) {
        case S_IFREG:
            return FileStatus::Kind::file;
        case S_IFDIR:
            return FileStatus::Kind::directory;
        case S_IFBLK:
            return FileStatus::Kind::block_device;
        default:
            return FileStatus::Kind::other;
    }
}

}  // namespace

Expected<FileStatus> RealFiles::status(const std::string& path) const {
    struct statx found {};
    // Do not query a file server: it may be unreachable.
    if (::statx(AT_FDCWD, path.c_str(), AT_STATX_DONT_SYNC, STATX_TYPE | STATX_MNT_ID, &found) != 0) {
        return failure(path, errno);
    }
    return FileStatus{kind_of(found.stx_mode), (found.stx_mask & STATX_MNT_ID) != 0 ? found.stx_mnt_id : 0,
                      DeviceNumber{found.stx_dev_major, found.stx_dev_minor},
                      DeviceNumber{found.stx_rdev_major, found.stx_rdev_minor}};
}

std::optional<std::string> RealFiles::read(const std::string& path, std::size_t most) const {
    // O_NONBLOCK: what should be a file of the kernel might be a pipe, and open() must not wait for it.
    const process::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));  // NOLINT(*-vararg)
    if (!fd) {
        return std::nullopt;
    }
    auto text = process::read_all(fd.get(), path, most);
    return text ? std::optional(*std::move(text)) : std::nullopt;
}

std::optional<std::string> RealFiles::link(const std::string& path) const {
    std::string target(PATH_MAX, '\0');
    const auto length = ::readlink(path.c_str(), target.data(), target.size());
    if (length <= 0) {
        return std::nullopt;
    }
    target.resize(static_cast<std::size_t>(length));
    return target;
}

Expected<std::vector<std::string>> RealFiles::list(const std::string& directory) const {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), ::closedir);
    if (!stream) {
        return failure(directory, errno);
    }
    std::vector<std::string> names;
    const dirent* entry = nullptr;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of its own
    while (names.size() < most_names && (entry = ::readdir(stream.get())) != nullptr) {
        const std::string name = entry->d_name;
        if (name != "." && name != "..") {
            names.push_back(name);
        }
    }
    std::ranges::sort(names);
    return names;
}

std::string_view take_word(std::string_view& text, char separator) {
    const auto word = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    return word;
}

std::string read_line(const Files& files, const std::string& path) {
    const auto text = files.read(path).value_or("");
    return text.substr(0, text.find('\n'));
}

}  // namespace iopriority::storage
