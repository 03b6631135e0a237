// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What all targets say alike.
#include "targets/target.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

namespace iopriority::targets {

Failure refused_by_kernel(const std::string& target, unsigned changed, unsigned refused, int error) {
    std::string why = target + ": the kernel refused " + std::to_string(refused) + " of " +
                      std::to_string(changed + refused) + " threads: " + std::generic_category().message(error);
    if (error == EPERM) {
        why += " (a security module forbids it, or, for realtime, the kernel is older than 5.10)";
    }
    return {changed > 0 ? ErrorCode::partially_applied : ErrorCode::failed, std::move(why)};
}

Failure outrun(const std::string& target, unsigned as_wanted) {
    return {ErrorCode::partially_applied,
            target + " starts threads or processes faster than they can be set: " + std::to_string(as_wanted) +
                " threads are as wanted, others may not be; stop it (SIGSTOP), try again"};
}

Failure became_another(const std::string& target) {
    return {ErrorCode::no_such_process,
            target + " has ended, changed hands or gained privileges while it was authorized or changed: try again"};
}

TargetName name_of(const kernel::Process& process, uid_t uid) {
    const std::string program = process.name();
    return {process.pid(),
            program,
            uid,
            "process " + std::to_string(process.pid()) + " (" + program + ")",
            TargetName::Kind::process,
            {}};
}

PinnedTarget pin_process(pid_t pid) {
    auto process = kernel::Process::pin(pid);
    return process ? PinnedTarget(process_target(*std::move(process))) : PinnedTarget(process.failure());
}

}  // namespace iopriority::targets
