// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/foreign_descriptors.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>
#include <utility>

#include "process/process.hpp"
#include "service/message_head.hpp"

namespace iopriority::service {

void each_descriptor(const msghdr& message, const std::function<void(int)>& function) {
    auto& parts = const_cast<msghdr&>(message);  // NOLINT(*-const-cast): CMSG_NXTHDR only reads
    for (cmsghdr* part = CMSG_FIRSTHDR(&parts); part != nullptr; part = CMSG_NXTHDR(&parts, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        const std::size_t number = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < number; ++i) {
            int descriptor = -1;
            std::memcpy(&descriptor, CMSG_DATA(part) + i * sizeof(int), sizeof descriptor);
            function(descriptor);
        }
    }
}

Peeked peek(int socket, std::span<char> into) {
    Peeked ahead;
    iovec data{into.data(), into.size()};
    // Leaves room for what libsystemd requests from the kernel: the bus's credentials and security label.
    alignas(cmsghdr)
        std::array<char, CMSG_SPACE(most_descriptors * sizeof(int)) + CMSG_SPACE(sizeof(ucred)) + CMSG_SPACE(NAME_MAX)>
            control;  // NOLINT(*-member-init): the kernel says how much of it means something
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(socket, &message, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size > 0) {
        ahead.size = static_cast<std::size_t>(size);
        each_descriptor(message, [&ahead](int descriptor) { ahead.copies.emplace_back(descriptor); });
    }
    return ahead;
}

bool is_pidfd(int descriptor) {
    const auto pid = process::pid_of(descriptor);
    return pid || pid.failure().code == ErrorCode::no_such_process;
}

void ForeignDescriptors::look_ahead(int socket) noexcept try {
    std::array<char, 16> header{};  // includes the serial
    Peeked ahead = peek(socket, header);
    if (!ahead.copies.empty()) {
        take(serial_of_message({header.data(), ahead.size}), std::move(ahead.copies));
    }
} catch (...) {
    // Out of memory: the message counts as one without descriptors.
}

// Messages are read one after the other: the previous one is gone, or is this one, examined a second time.
void ForeignDescriptors::take(std::optional<std::uint32_t> serial, std::vector<process::UniqueFd> copies) {
    let_go();
    if (!std::all_of(copies.begin(), copies.end(), [](const auto& each) { return is_pidfd(each.get()); })) {
        coming_ = Coming{serial, std::move(copies)};
    }
}

// The copies stay until the whole message has been read: a large one takes many turns.
bool ForeignDescriptors::came_with(std::uint64_t serial) noexcept {
    ++seen_;
    if (!coming_) {
        return false;
    }
    const bool is_it = !coming_->serial || *coming_->serial == serial;
    coming_->seen = coming_->seen || is_it;
    return is_it;
}

void ForeignDescriptors::turn_ended() noexcept {
    if (coming_ && coming_->seen) {
        let_go();
    }
}

void ForeignDescriptors::dropped(std::span<const int> left_open) noexcept try {
    std::vector<process::UniqueFd> theirs;
    theirs.reserve(left_open.size());
    for (const int descriptor : left_open) {
        if (::fcntl(descriptor, F_GETFD) >= 0) {  // NOLINT(*-vararg): else this libsystemd has closed it
            theirs.emplace_back(descriptor);
        }
    }
    closer_.close(std::move(theirs));
    let_go();
} catch (...) {
    // Out of memory: they stay open.
}

void ForeignDescriptors::let_go() {
    if (coming_) {
        closer_.close(std::move(coming_->copies));
        coming_.reset();
    }
}

}  // namespace iopriority::service
