// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Refuses calls that hold more than any method of the contract takes, or something else than it takes.
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

/// The bus lets everybody send 32 MB, and the generated glue turns each option into a message of its own before a
/// handler is reached: half a million of them took a quarter of a minute and most of a gigabyte. So each call is looked
/// through, without copying, before it is decoded; one that holds too much is answered with InvalidArgs. So is one that
/// came with a descriptor that is no pidfd, and any other message with one is dropped (see ForeignDescriptors). A call
/// of somebody who has all requests under way that he may have is refused before anything of it is read; one that wants
/// no reply and does nothing but read, or hold, is dropped: nobody would know.
class CallGate : public NotCopyable {
 public:
    /// Values, those in containers and the containers themselves among them, without numbers. SetPriority with every
    /// option has 20.
    static constexpr unsigned most_values = 128;
    /// A list of processes may have 4096, and is to be told so if it has a few more.
    static constexpr unsigned most_numbers = 8192;
    /// Bytes of text in all.
    static constexpr std::size_t most_text = 8192;

    /// Sees to the answer of a call that is not to be taken up now. False if it is.
    using Refuses = std::function<bool(std::string_view sender, sd_bus_message* call)>;
    /// The same, where no answer is wanted.
    using Ignores = std::function<bool(std::string_view sender)>;

    CallGate(sdbus::IConnection& connection, ForeignDescriptors& foreign, Refuses refuses, Ignores ignores);
    ~CallGate();

    /// Whether a message may be dropped unread, by its head alone.
    [[nodiscard]] bool drops(const MessageHead& head) const;
    /// 0 lets a message pass, anything else says that it has been dealt with.
    int look_through(sd_bus_message* message) noexcept;

 private:
    ForeignDescriptors& foreign_;
    Refuses refuses_;
    Ignores ignores_;
    sd_bus_slot* slot_ = nullptr;
};

}  // namespace iopriority::service
