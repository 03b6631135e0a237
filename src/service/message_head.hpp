// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The header of a D-Bus message, read from its bytes without copying.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace iopriority::service {

struct MessageHead {
    std::size_t size = 0;  ///< of the whole message
    std::uint32_t serial = 0;
    bool is_call = false;
    bool wants_reply = true;
    std::string_view member;
    std::string_view sender;
};

/// The message at the beginning of these bytes; empty if it is incomplete or not understood.
[[nodiscard]] std::optional<MessageHead> parse_head(std::string_view bytes);

/// The size of a message, and the serial that its sender gave it; only the beginning of the message is needed.
[[nodiscard]] std::optional<std::size_t> size_of_message(std::string_view bytes);
[[nodiscard]] std::optional<std::uint32_t> serial_of_message(std::string_view bytes);

}  // namespace iopriority::service
