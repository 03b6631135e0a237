// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/targets.hpp"

#include <limits>
#include <utility>

#include "values/text.hpp"

namespace iopriority::service {

namespace {

using Kind = TargetSpec::Kind;
using process::Process;

Failure invalid(std::string why) {
    return {ErrorCode::invalid_argument, std::move(why)};
}

// 0 becomes the caller's own process; a number from another pid namespace is refused.
Expected<Process> pin(std::uint32_t id, const Caller& caller) {
    if (id == 0) {
        return caller.pin();
    }
    if (caller.pid_view != PidView::same) {
        return Failure{ErrorCode::foreign_pid_namespace,
                       "pid " + std::to_string(id) +
                           (caller.pid_view == PidView::foreign
                                ? " means another process here: the caller is in another pid namespace"
                                : " may mean another process here: the caller's pid namespace cannot be found out") +
                           "; pass a pidfd, or 0 for the caller itself"};
    }
    return Process::pin(static_cast<pid_t>(id));
}

Expected<engine::Target> group_of(std::uint32_t id, const Caller& caller) {
    if (id != 0 && caller.pid_view == PidView::same) {
        return engine::group_target(static_cast<pid_t>(id));
    }
    const auto process = pin(id, caller);
    const auto group = process ? process::group_of(*process) : Expected<pid_t>(process.failure());
    return group ? Expected<engine::Target>(engine::group_target(*group)) : group.failure();
}

}  // namespace

Expected<std::monostate> TargetSpec::check() const {
    constexpr auto largest_pid = static_cast<std::uint32_t>(std::numeric_limits<pid_t>::max());
    switch (kind) {
        case Kind::process:
        case Kind::group:
            if (id > largest_pid) {
                return invalid((kind == Kind::process ? "pid " : "pgid ") + std::to_string(id) +
                               " is out of range: use 0 (the caller) to 2147483647");
            }
            break;
        case Kind::user:
            if (id == std::numeric_limits<std::uint32_t>::max()) {
                return invalid("uid " + std::to_string(id) + " is the kernel's \"no user\": use 0 to 4294967294");
            }
            break;
        case Kind::unit:
        case Kind::user_unit:
            if (!is_unit_name(unit)) {
                return invalid("unit \"" + values::sanitised(unit, 64) +
                               "\" is not the name of a unit that has processes, such as \"borgmatic.service\" or "
                               "\"user.slice\"");
            }
            break;
        case Kind::pidfd:
            break;
    }
    return std::monostate{};
}

void Targets::resolve(const TargetSpec& spec, const Caller& caller, Handler handler) {
    switch (spec.kind) {
        case Kind::process:
        case Kind::pidfd: {
            auto process =
                spec.kind == Kind::pidfd ? Process::from_pidfd(std::move(*spec.pidfd)) : pin(spec.id, caller);
            return handler(process
                               ? Expected<engine::Target>(engine::process_target(*std::move(process), spec.descendants))
                               : process.failure());
        }
        case Kind::group:
            return handler(group_of(spec.id, caller));
        case Kind::user:
            return handler(engine::user_target(spec.id));
        case Kind::user_unit:
            return handler(engine::user_unit_target(caller.uid, spec.unit));
        case Kind::unit:
            break;
    }
    units_.control_group(
        spec.unit, [unit = spec.unit, handler = std::move(handler)](const Expected<std::string>& group) {
            handler(group ? Expected<engine::Target>(engine::unit_target(unit, *group)) : group.failure());
        });
}

}  // namespace iopriority::service
