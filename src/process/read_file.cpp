// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "process/read_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

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

}  // namespace iopriority::process
