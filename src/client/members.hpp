// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Process ids on their way to the service: as pidfds, which cannot come to mean another process, and are right from a
/// pid namespace and behind a proxy of the bus.
#pragma once

#include <cstddef>
#include <vector>

#include "client/request.hpp"

namespace iopriority::client {

/// A request as it is sent, and what its reply is to be completed by.
struct Sent {
    CallRequest request;
    std::vector<pid_t> members;      ///< of a list that is sent as pidfds: as the caller knows them
    std::vector<std::size_t> ended;  ///< which of them are not sent, since they have ended
};

/// With pidfds in place of the numbers of up to 16 processes of this machine, 0 included; of more, 0 alone is made a
/// number.
/// @param bus the socket of the connection
/// @throws NoSuchProcess if none of them is there, Error in the kernel's words, or if more than 16 are numbers that
/// mean other processes at the other end.
[[nodiscard]] Sent by_pidfds(const CallRequest& request, int bus);

/// Adds to the reply the members that were not sent, and puts the caller's own numbers in it.
void complete(const Sent& sent, Reply& reply);

}  // namespace iopriority::client
