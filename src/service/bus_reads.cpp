// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/bus_reads.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "process/syscalls.hpp"
#include "service/message_head.hpp"

namespace iopriority::service {

namespace {

// Types of messages that are awaited, and are read unseen. The bus does not pass on any others of these types.
constexpr char reply = 2;
constexpr char error = 3;

// GLib reads from its own sockets on its own thread.
std::atomic<int> watched{-1};
BusReads* reads = nullptr;

}  // namespace

BusReads::BusReads(int socket, ForeignDescriptors& foreign) : foreign_(foreign) {
    reads = this;
    watched = socket;
}

BusReads::~BusReads() {
    watched = -1;
    reads = nullptr;
}

void BusReads::turn_begins() noexcept {
    in_turn_ = true;
    whole_ = false;
    seen_ = foreign_.seen();
}

void BusReads::turn_ended() noexcept {
    in_turn_ = false;
    const bool dropped = whole_ && foreign_.seen() == seen_ && head_[1] != reply && head_[1] != error;
    if (dropped) {
        foreign_.dropped({descriptors_.data(), count_});
    }
    if (whole_) {
        count_ = 0;
    }
}

ssize_t BusReads::read(msghdr& message, int flags) noexcept {
    if (in_turn_ && whole_) {
        errno = EAGAIN;
        return -1;
    }
    auto& data = *message.msg_iov;
    data.iov_len = std::min(data.iov_len, size_ - read_);
    const ssize_t size = process::sys::recvmsg_of_kernel(watched, &message, flags);
    if (size > 0) {
        note(message, static_cast<std::size_t>(size));
    }
    return size;
}

void BusReads::note(const msghdr& message, std::size_t size) noexcept {
    each_descriptor(message, [this](int descriptor) {
        if (count_ < descriptors_.size()) {
            descriptors_[count_++] = descriptor;
        }
    });
    if (read_ < head_size) {
        std::memcpy(head_.data() + read_, message.msg_iov->iov_base, size);
    }
    read_ += size;
    if (read_ == head_size) {
        size_ = size_of_message({head_.data(), head_size}).value_or(head_size);
    }
    if (read_ == size_) {
        whole_ = true;
        read_ = 0;
        size_ = head_size;
    }
}

}  // namespace iopriority::service

/// Replaces the C library's function, in this program and in all libraries that it has loaded.
extern "C" __attribute__((visibility("default"), used)) ssize_t recvmsg(int socket, msghdr* message, int flags) {
    using namespace iopriority::service;  // NOLINT(*-using-namespace)
    const bool is_watched = socket >= 0 && socket == watched && (flags & MSG_PEEK) == 0;
    return is_watched && message->msg_iovlen == 1 ? reads->read(*message, flags)
                                                  : iopriority::process::sys::recvmsg_of_kernel(socket, message, flags);
}
