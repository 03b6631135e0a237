// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Refuses calls that contain more than any method takes, or something that no method takes.
#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <cstddef>
#include <functional>
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

    /// Arranges the reply to a call that is not to be taken up. False if it may be taken up.
    using Refuses = std::function<bool(std::string_view sender, sd_bus_message* call)>;
    /// The same for a call that expects no reply.
    using Ignores = std::function<bool(std::string_view sender)>;

    /// Arranges for a call to be taken up later, or to be answered with this failure.
    using Waits =
        std::function<void(std::string_view sender, sd_bus_message* call, const std::optional<Failure>& failure)>;

    CallGate(sdbus::IConnection& connection, ForeignDescriptors& foreign, Refuses refuses, Ignores ignores,
             Waits waits);
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
    Refuses refuses_;
    Ignores ignores_;
    Waits waits_;
    sd_bus_message* taken_up_ = nullptr;
    sd_bus_slot* slot_ = nullptr;
};

}  // namespace iopriority::service
