// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A descriptor whose last close takes long.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <utility>

namespace iopriority::test {

/// A connection over loopback with data that the other end never reads, and SO_LINGER: who closes it last waits.
class Lingering {
 public:
    static constexpr int seconds = 20;

    Lingering() {
        const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        // NOLINTNEXTLINE(*-reinterpret-cast): sockets
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        check(::bind(listener, generic, size));
        check(::listen(listener, 1));
        check(::getsockname(listener, generic, &size));
        near_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        check(::connect(near_, generic, size));
        far_ = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        check(far_);
        ::close(listener);
        const std::array<char, 65536> data{};
        while (::send(near_, data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
        }
        const linger how{1, seconds};
        check(::setsockopt(near_, SOL_SOCKET, SO_LINGER, &how, sizeof how));
    }
    Lingering(const Lingering&) = delete;
    Lingering& operator=(const Lingering&) = delete;
    Lingering(Lingering&& other) noexcept
        : near_(std::exchange(other.near_, -1)), far_(std::exchange(other.far_, -1)) {}
    Lingering& operator=(Lingering&&) = delete;
    /// The other end goes first: then nothing is waited for.
    ~Lingering() {
        ::close(far_);
        ::close(near_);
    }

    [[nodiscard]] int get() const { return near_; }
    /// It is somebody else's to close.
    [[nodiscard]] int release() { return std::exchange(near_, -1); }
    /// Closes this program's copy. Others must have one.
    void give_away() { ::close(release()); }

 private:
    static void check(int result) {
        if (result < 0) {
            throw std::runtime_error("cannot make a lingering connection");
        }
    }

    int near_ = -1;
    int far_ = -1;
};

}  // namespace iopriority::test
