// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "process/read_file.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "process/proc_text.hpp"
#include "process/unique_fd.hpp"

namespace iopriority::process {

namespace {

Failure failure(const std::string& doing, int error) {
    const auto code = error == ESRCH ? ErrorCode::no_such_process : ErrorCode::failed;
    return {code, doing + ": " + std::generic_category().message(error)};
}

}  // namespace

Expected<std::string> read_all(int fd, const std::string& what, std::size_t most) {
    constexpr std::size_t least = 4096;
    std::string text(least, '\0');
    std::size_t used = 0;
    while (true) {
        const auto got = ::read(fd, text.data() + used, text.size() - used);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return failure("reading " + what, errno);
        }
        used += static_cast<std::size_t>(got);
        if (got == 0 || used >= most) {
            text.resize(used);
            return text;
        }
        if (used == text.size()) {
            text.resize(std::min(most, text.size() * 2));
        }
    }
}

Expected<std::string> read_file(int directory, const std::string& file) {
    const UniqueFd fd(::openat(directory, file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));  // NOLINT(*-vararg)
    return fd ? read_all(fd.get(), file) : failure("opening " + file, errno);
}

int next_numbers(int directory, std::vector<pid_t>& numbers) {
    constexpr std::size_t bytes = 8192;
    numbers.clear();
    alignas(dirent64) std::array<char, bytes> buffer;  // NOLINT(*-member-init): filled by the kernel
    while (numbers.empty()) {
        const auto got = ::getdents64(directory, buffer.data(), buffer.size());
        if (got < 0) {
            return -errno;
        }
        if (got == 0) {
            return 0;
        }
        for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
            const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);  // NOLINT(*-reinterpret-cast)
            if (const auto number = parse_pid(std::string_view(entry->d_name))) {
                numbers.push_back(*number);
            }
            at += entry->d_reclen;
        }
    }
    return 0;
}

}  // namespace iopriority::process
