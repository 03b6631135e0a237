// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Limits what libsystemd reads from the bus socket to one message per turn.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "service/foreign_descriptors.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::service {

/// libsystemd is stricter than dbus-daemon. If it does not understand a message (a signature that is nested too deeply,
/// a very long path), it reports nothing, leaves the descriptors of the message open, and reads the next message at
/// once. Code that examines the socket before it, as Arrivals does, would then take one message for another. So
/// libsystemd finds nothing behind the first message of a turn, and descriptors that it left open are closed. (It reads
/// with recvmsg(2), which this program replaces: bus_reads.cpp.)
class BusReads : public NotCopyable {
 public:
    /// @param socket from which no message has been read in part. Only one BusReads may exist at a time.
    BusReads(int socket, ForeignDescriptors& foreign);
    ~BusReads();

    /// Between these two calls, libsystemd reads one message.
    void turn_begins() noexcept;
    void turn_ended() noexcept;

    /// recvmsg(2) for this socket.
    ssize_t read(msghdr& message, int flags) noexcept;

 private:
    static constexpr std::size_t head_size = 16;
    void note(const msghdr& message, std::size_t size) noexcept;

    ForeignDescriptors& foreign_;
    std::array<char, head_size> head_{};
    std::size_t read_ = 0;                             ///< of the message
    std::size_t size_ = head_size;                     ///< of the message, once its head has been read
    std::array<int, most_descriptors> descriptors_{};  ///< that came with it
    std::size_t count_ = 0;
    std::uint64_t seen_ = 0;
    bool in_turn_ = false;
    bool whole_ = false;  ///< a message has been read in this turn
};

}  // namespace iopriority::service
