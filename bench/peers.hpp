// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Calls of polkit and of what people would use instead of this service.
#pragma once

#include <cstdint>
#include <string>

#include "bus.hpp"

namespace iopriority::bench {

/// polkit's CheckAuthorization of one connection, asked by another. Throws if it is not authorized.
void check_authorization(const Bus& asker, const Bus& subject, const std::string& action);

/// rtkit's MakeThreadHighPriority.
void rtkit(const Bus& bus, std::uint64_t tid);

/// KDE's KAuth helper; numbers of ioprio_set(2).
void kde(const Bus& bus, pid_t pid, unsigned io_class, unsigned level);

/// Ends the owner of a name, and returns when the bus knows.
void stop(const Bus& bus, const std::string& name);

/// The least call of a service that is known here.
void first_call(const Bus& bus, const std::string& name);

}  // namespace iopriority::bench
