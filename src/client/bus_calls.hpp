// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// From a request to a message of the bus, and back from its reply.
#pragma once

#include "bus/sdbus_compat.hpp"
#include "client/request.hpp"

namespace iopriority::client {

/// The call that a request becomes.
/// @param named names its target
/// @throws sdbus::Error
[[nodiscard]] sdbus::MethodCall make_call(sdbus::IProxy& proxy, const CallRequest& request, const Target& named);

/// @throws an exception of any kind for an invalid reply.
[[nodiscard]] Reply read_reply(const CallRequest& request, sdbus::MethodReply& message);

}  // namespace iopriority::client
