// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// From a request to a message of the bus, and from the reply to an answer.
#pragma once

#include "bus/sdbus_compat.hpp"
#include "client/request.hpp"

namespace iopriority::client {

/// The call that a request becomes. A process of this machine, other than the calling one, is passed as a pidfd where
/// that can be had: so its number cannot come to mean another process on the way, and is right from inside a pid
/// namespace.
/// @throws sdbus::Error
[[nodiscard]] sdbus::MethodCall make_call(sdbus::IProxy& proxy, const Request& request);

/// @throws an exception of any kind for a reply that is not of the contract.
[[nodiscard]] Answer read_answer(const Request& request, sdbus::MethodReply& reply);

}  // namespace iopriority::client
