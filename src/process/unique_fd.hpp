// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Owns one file descriptor.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace iopriority::process {

class UniqueFd {
 public:
    UniqueFd() noexcept = default;
    explicit UniqueFd(int fd) noexcept : fd_(fd) {}
    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;
    UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        if (this != &other) {
            reset(std::exchange(other.fd_, -1));
        }
        return *this;
    }
    ~UniqueFd() { reset(); }

    void reset(int fd = -1) noexcept {
        if (fd_ >= 0) {
            ::close(fd_);
        }
        fd_ = fd;
    }
    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
    [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
    int fd_ = -1;
};

/// The reading and the writing end of a pipe, both closed on exec; empty if there is none: errno says why.
[[nodiscard]] inline std::pair<UniqueFd, UniqueFd> make_pipe(int flags = 0) noexcept {
    std::array<int, 2> ends{-1, -1};
    static_cast<void>(::pipe2(ends.data(), O_CLOEXEC | flags));
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

}  // namespace iopriority::process
