// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What every handler is given, and what all handlers share.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "authorization/authority.hpp"
#include "service/callers.hpp"
#include "service/change_log.hpp"
#include "service/loop.hpp"
#include "service/requests.hpp"
#include "targets/target.hpp"

namespace iopriority::service {

/// A message as far as handlers need it. The message itself is valid only inside the bus's handler.
struct Call {
    std::string bus_name;           ///< the sender's unique name
    bool may_ask_a_person = false;  ///< the message flag ALLOW_INTERACTIVE_AUTHORIZATION
};

/// The parts of the service that requests use. All outlive every request.
struct Parts {
    Loop& loop;
    Callers& callers;
    authorization::Authority& authority;
    Requests& requests;
    ChangeLog& log;
    /// Called with each target that was changed.
    std::function<void(const targets::Target&)> changed;
};

/// A number of the bus as a process id of ours (or as one of a group): checked before anything is asked.
Expected<pid_t> checked_pid(std::uint32_t pid, const char* argument = "pid");
/// 0 becomes the caller's own process; a number from another pid namespace is refused.
Expected<pid_t> resolved_pid(pid_t pid, const Caller& caller);
/// 0 becomes the caller's own process group.
Expected<pid_t> resolved_group(pid_t group, const Caller& caller);
Expected<uid_t> checked_uid(std::uint32_t uid);

}  // namespace iopriority::service
