// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Messages that have arrived from the bus, examined before libsystemd reads them.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "service/foreign_descriptors.hpp"
#include "service/message_head.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::service {

/// libsystemd takes twice as long to read a message as dbus-daemon takes to send it, and nothing limits calls that
/// expect no reply: up to 127 MB of them would queue in the bus, ahead of everybody else's. So calls that will be
/// dropped are taken out of the socket here, hundreds at a time. This needs to know where a message begins: if a whole
/// message is in the socket when libsystemd reads, it reads that message and nothing behind it. While the beginning is
/// not known, libsystemd reads without this class until it has read a message (ForeignDescriptors::seen).
class Arrivals : public NotCopyable {
 public:
    using Drops = std::function<bool(const MessageHead&)>;

    /// @param drops whether this message may be dropped unseen.
    Arrivals(ForeignDescriptors& foreign, Drops drops);

    /// To be called before libsystemd may read a message from the socket. False if there is none.
    [[nodiscard]] bool look_ahead(int socket) noexcept;
    /// To be called when it has returned.
    /// @param nothing_queued libsystemd has no message that this class does not know of
    void turn_ended(bool nothing_queued) noexcept;
    /// Whether the socket was empty behind the message that was just read. (If more has come since, the loop wakes.)
    [[nodiscard]] bool all_seen() const noexcept { return at_beginning_ && all_seen_ && at_ == size_; }

 private:
    [[nodiscard]] std::string_view waiting() const { return {bytes_.data() + at_, size_ - at_}; }
    void forget() noexcept;
    void fill(int socket);
    [[nodiscard]] bool drop_some(int socket);

    ForeignDescriptors& foreign_;
    Drops drops_;
    std::vector<char> bytes_;  ///< from at_ to size_: a copy of the first bytes in the socket
    std::size_t size_ = 0;
    std::size_t at_ = 0;
    std::size_t next_ = 0;  ///< size of the message that libsystemd is to read
    std::size_t copies_at_ = 0;
    std::vector<process::UniqueFd> copies_;  ///< of the descriptors that came with the message at copies_at_
    std::uint64_t seen_ = 0;
    bool all_seen_ = false;      ///< bytes_ had all that was in the socket
    bool at_beginning_ = false;  ///< the socket is known to be at the beginning of a message
};

}  // namespace iopriority::service
