// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Refuses calls that contain more than any method takes, or something that no method takes.
#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <cstddef>
#include <optional>
#include <string_view>

#include "service/foreign_descriptors.hpp"
#include "service/message_head.hpp"
#include "values/expected.hpp"
#include "values/not_copyable.hpp"

struct sd_bus_slot;
struct sd_bus_message;

namespace iopriority::service {

/// The bus lets everybody send 32 MB, and the generated glue creates a message for each option before it calls a
/// handler: half a million options took 15 seconds and most of a gigabyte. So each call is examined, without copying,
/// before it is decoded. A call that contains too much is refused with InvalidArgs. So is a call with a descriptor that
/// is not a pidfd; any other message with such a descriptor is dropped (see ForeignDescriptors). A call of a user who
/// has as many requests under way as allowed is refused before any of it is read. A call that expects no reply, and
/// only reads or holds, is dropped: it would have no effect. All other calls wait until they are taken up.
class CallGate : public NotCopyable {
 public:
    /// Values other than numbers, including containers and the values in them. SetPriority with every option has
    /// 20.
    static constexpr unsigned most_values = 128;
    /// A list may have 4096 processes, and the caller is told so if it has a few more.
    static constexpr unsigned most_numbers = 8192;
    /// Bytes of text in all.
    static constexpr std::size_t most_text = 8192;

    /// What becomes of the calls.
    class Calls : public Interface {
     public:
        /// True if the call is refused: its reply is arranged for.
        [[nodiscard]] virtual bool refuse(std::string_view sender, sd_bus_message* call) = 0;
        /// True if a call that expects no reply is to be dropped.
        [[nodiscard]] virtual bool ignore(std::string_view sender) = 0;
        /// When it is the user's turn, takes the call up, or answers it with this failure.
        /// @param size of what the call contains, in bytes
        virtual void wait(std::string_view sender, sd_bus_message* call, std::size_t size,
                          const std::optional<Failure>& failure) = 0;
    };

    CallGate(sdbus::IConnection& connection, ForeignDescriptors& foreign, Calls& calls);
    ~CallGate();

    /// Handles the call now.
    void take_up(sd_bus_message* call);

    /// Whether a message may be dropped unread, judging by its header alone.
    [[nodiscard]] bool drops(const MessageHead& head) const;
    /// 0 lets a message pass; anything else means that it has been handled.
    int look_through(sd_bus_message* message) noexcept;

 private:
    sdbus::IConnection& connection_;
    ForeignDescriptors& foreign_;
    Calls& calls_;
    sd_bus_message* taken_up_ = nullptr;
    sd_bus_slot* slot_ = nullptr;
};

}  // namespace iopriority::service
