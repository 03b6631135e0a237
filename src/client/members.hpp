// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Sends process ids to the service as pidfds. A pidfd never comes to mean another process, and is right from a pid
/// namespace and behind a D-Bus proxy.
#pragma once

#include <cstddef>
#include <vector>

#include "client/request.hpp"

namespace iopriority::client {

/// The processes that a target names by number: this process for 0, and each once.
[[nodiscard]] std::vector<pid_t> members_of(const Target& target);

/// A request, how its target is named to the service, and what its reply is to be completed by.
struct Sent {
    CallRequest request;
    Target named;                    ///< without options: these are those of the request
    std::vector<pid_t> members;      ///< of a list that is sent as pidfds: as the caller knows them
    std::vector<std::size_t> ended;  ///< which of them are not sent, since they have ended
};

/// Replaces the numbers of up to 16 processes of this machine, including 0, with pidfds. In a longer list, only 0 is
/// replaced, with this process's number.
/// @param bus the socket of the connection
/// @throws NoSuchProcess if none of them exists; Error with the kernel's message; Error if there are more than 16 and
/// their numbers mean other processes at the other end.
[[nodiscard]] Sent by_pidfds(const CallRequest& request, int bus);

/// Adds to the reply the members that were not sent, and puts the caller's own numbers in it.
void complete(const Sent& sent, Reply& reply);

}  // namespace iopriority::client
