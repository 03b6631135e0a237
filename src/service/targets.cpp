// SPDX-FileCopyrightText: The iopriority authors
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

Failure foreign(std::uint32_t id, const Caller& caller) {
    return {ErrorCode::foreign_pid_namespace,
            "pid " + std::to_string(id) +
                (caller.pid_view == PidView::foreign
                     ? " means another process here: the caller is in another pid namespace"
                     : " may mean another process here: the caller's pid namespace cannot be found out") +
                "; pass a pidfd, or 0 for the caller itself"};
}

// 0 becomes the caller's own process; a number from another pid namespace is refused.
Expected<Process> pin(std::uint32_t id, const Caller& caller) {
    if (id == 0) {
        return caller.pin();
    }
    return caller.pid_view == PidView::same ? Process::pin(static_cast<pid_t>(id))
                                            : Expected<Process>(foreign(id, caller));
}

Expected<engine::Target> group_of(std::uint32_t id, const Caller& caller) {
    if (id != 0 && caller.pid_view == PidView::same) {
        return engine::group_target(static_cast<pid_t>(id));
    }
    const auto process = pin(id, caller);
    const auto stat = process ? process::stat_of(*process) : Expected<process::ProcStat>(process.failure());
    return stat ? Expected<engine::Target>(engine::group_target(stat->group)) : stat.failure();
}

Expected<engine::Target> listed(const TargetSpec& spec, const Caller& caller) {
    if (caller.pid_view != PidView::same) {
        return foreign(spec.ids.front(), caller);
    }
    return engine::list_target({spec.ids.begin(), spec.ids.end()}, {}, spec.descendants);
}

Expected<std::monostate> check_pid(const char* what, std::uint32_t id, std::uint32_t least) {
    constexpr auto largest = static_cast<std::uint32_t>(std::numeric_limits<pid_t>::max());
    if (id >= least && id <= largest) {
        return std::monostate{};
    }
    return invalid(std::string(what) + " " + std::to_string(id) + " is out of range: use " +
                   (least == 0 ? "0 (the caller)" : "1") + " to 2147483647");
}

Failure too_many(ErrorCode code, std::size_t count, const char* what, std::size_t most) {
    return {code, std::to_string(count) + " " + what + " in one request are too many: pass at most " +
                      std::to_string(most) + " at once"};
}

Expected<std::monostate> check_list(const std::vector<std::uint32_t>& ids) {
    if (ids.empty()) {
        return invalid("the list of processes is empty: pass at least one process id");
    }
    if (ids.size() > bus::most_processes) {
        return too_many(ErrorCode::limits_exceeded, ids.size(), "processes", bus::most_processes);
    }
    for (const auto id : ids) {
        if (auto checked = check_pid("pid", id, 1); !checked) {
            return checked;
        }
    }
    return std::monostate{};
}

}  // namespace

Expected<std::monostate> TargetSpec::check() const {
    switch (kind) {
        case Kind::process:
            return check_pid("pid", id, 0);
        case Kind::group:
            return check_pid("pgid", id, 0);
        case Kind::processes:
            return check_list(ids);
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
        case Kind::pidfds:
            if (!pidfds || pidfds->empty()) {
                return invalid("the list of pidfds is empty: pass at least one pidfd");
            }
            if (pidfds->size() > bus::most_pidfds) {
                return too_many(ErrorCode::invalid_argument, pidfds->size(), "pidfds", bus::most_pidfds);
            }
            break;
    }
    return std::monostate{};
}

void resolve(const TargetSpec& spec, const Caller& caller, Units& units,
             std::function<void(Expected<engine::Target>)> handler) {
    switch (spec.kind) {
        case Kind::process:
        case Kind::pidfd: {
            auto process =
                spec.kind == Kind::pidfd ? Process::from_pidfd(std::move(spec.pidfds->front())) : pin(spec.id, caller);
            return handler(process ? engine::process_target(*std::move(process), spec.descendants)
                                   : Expected<engine::Target>(process.failure()));
        }
        case Kind::processes:
            return handler(listed(spec, caller));
        case Kind::pidfds:
            return handler(engine::pidfds_target(std::move(*spec.pidfds), spec.descendants));
        case Kind::group:
            return handler(group_of(spec.id, caller));
        case Kind::user:
            return handler(engine::user_target(spec.id));
        case Kind::user_unit:
            return handler(engine::user_unit_target(caller.uid, spec.unit));
        case Kind::unit:
            break;
    }
    units.find(spec.unit, [handler = std::move(handler)](const Expected<RunningUnit>& unit) {
        handler(unit ? Expected<engine::Target>(engine::unit_target(unit->id, unit->control_group)) : unit.failure());
    });
}

}  // namespace iopriority::service
