// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/call.hpp"

#include <limits>
#include <string>

#include "kernel/selection.hpp"

namespace iopriority::service {

Expected<pid_t> checked_pid(std::uint32_t pid, const char* argument) {
    if (pid > static_cast<std::uint32_t>(std::numeric_limits<pid_t>::max())) {
        return Failure{ErrorCode::invalid_argument, std::string(argument) + " " + std::to_string(pid) +
                                                        " is out of range: use 0 (the caller) to 2147483647"};
    }
    return static_cast<pid_t>(pid);
}

Expected<pid_t> resolved_pid(pid_t pid, const Caller& caller) {
    if (pid == 0) {
        if (caller.pid == 0) {
            return Failure{ErrorCode::no_such_process, "the calling process cannot be seen from the service"};
        }
        return caller.pid;
    }
    if (caller.pid_view != PidView::same) {
        return Failure{ErrorCode::foreign_pid_namespace,
                       std::string("pid ") + std::to_string(pid) +
                           (caller.pid_view == PidView::foreign
                                ? " means another process here: the caller is in another pid namespace"
                                : " may mean another process here: the caller's pid namespace cannot be found out") +
                           "; pass a pidfd, or 0 for the caller itself"};
    }
    return pid;
}

Expected<pid_t> resolved_group(pid_t group, const Caller& caller) {
    auto resolved = resolved_pid(group, caller);
    if (!resolved || group != 0) {
        return resolved;
    }
    const auto process = kernel::Process::pin(*resolved);
    return process ? kernel::group_of(*process) : Expected<pid_t>(process.failure());
}

Expected<uid_t> checked_uid(std::uint32_t uid) {
    if (uid == std::numeric_limits<std::uint32_t>::max()) {
        return Failure{ErrorCode::invalid_argument,
                       "uid " + std::to_string(uid) + " is the kernel's \"no user\": use 0 to 4294967294"};
    }
    return static_cast<uid_t>(uid);
}

}  // namespace iopriority::service
