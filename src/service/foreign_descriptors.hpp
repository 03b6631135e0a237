// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Unknown descriptors that others send.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "process/unique_fd.hpp"
#include "service/closer.hpp"

struct msghdr;

namespace iopriority::service {

inline constexpr std::size_t most_descriptors = 253;  ///< of a message: the kernel's SCM_MAX_FD

/// Calls a function for each descriptor that came with a message.
void each_descriptor(const msghdr& message, const std::function<void(int)>& function);

/// What waits in a socket, read without removing it.
struct Peeked {
    std::size_t size = 0;
    std::vector<process::UniqueFd> copies;  ///< of descriptors that came with the last message that begins in it
};
[[nodiscard]] Peeked peek(int socket, std::span<char> into);

/// Everybody may send any descriptor with any message, even if no argument is a descriptor. libsystemd exposes only
/// those that are arguments, and closes all of them, in the loop. So the bus socket is examined before each message is
/// read: the kernel then returns copies of the descriptors that come with it. If any of them is not a pidfd, the
/// message is refused before any handler sees it, so that nothing keeps it. Helpers close the copies after the message
/// is gone, so the close in the loop is never the last one. A pidfd is safe to close and to query anywhere.
class ForeignDescriptors {
 public:
    explicit ForeignDescriptors(Closer& closer) : closer_(closer) {}

    /// To be called before libsystemd may read from the socket, which may be in the middle of a message.
    void look_ahead(int socket) noexcept;
    /// The same for a caller that has already examined the socket: the next message comes with these.
    /// @param serial set by its sender; empty if too little of the message has arrived
    void take(std::optional<std::uint32_t> serial, std::vector<process::UniqueFd> copies);
    /// Whether the message that libsystemd has read came with a descriptor that is not a pidfd.
    /// @param serial set by its sender.
    [[nodiscard]] bool came_with(std::uint64_t serial) noexcept;
    /// How many messages libsystemd has read.
    [[nodiscard]] std::uint64_t seen() const noexcept { return seen_; }
    /// To be called when libsystemd has returned: the message is gone.
    void turn_ended() noexcept;
    /// libsystemd has read and discarded the message without passing it to anybody.
    /// @param left_open descriptors that came with it, which nobody else will close
    void dropped(std::span<const int> left_open) noexcept;

 private:
    struct Coming {
        std::optional<std::uint32_t> serial;  ///< empty if too little of the message has arrived
        std::vector<process::UniqueFd> copies;
        bool seen = false;
    };
    void let_go();

    Closer& closer_;
    std::optional<Coming> coming_;
    std::uint64_t seen_ = 0;
};

/// Whether a descriptor is a pidfd. Never waits: nothing is asked of another file that its owner could delay.
[[nodiscard]] bool is_pidfd(int descriptor);

}  // namespace iopriority::service
