// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The policy and the targets once more, written from the contract and not from the source.
#include <algorithm>

#include "oracle.hpp"

namespace iopriority::simulation {

using policy::Action;
using Kind = service::TargetSpec::Kind;

namespace {

bool is_privileged(const Thread& thread) {
    const bool at_home = thread.process->own_namespace && thread.process->first->real == thread.real;
    return thread.permitted != 0 && !at_home;
}

bool is_of(const service::TargetSpec& spec, const Process& process, const Process* root) {
    // NOLINTNEXTLINE(*-const-cast): only compared
    return &process == root || (spec.descendants && process.ancestors.contains(const_cast<Process*>(root)));
}

}  // namespace

Action needed(const Call& call, const Thread& thread) {
    const bool own = thread.real == call.uid() && (!is_privileged(thread) || call.uid() == 0);
    if (call.wanted.io_class() == PriorityClass::realtime) {
        return own ? Action::set_realtime : Action::set_other_users_realtime;
    }
    return own ? Action::none : Action::set_other_users;
}

bool is_allowed(const Call& call, const Thread& thread) {
    const auto action = needed(call, thread);
    if (call.uid() == 0 || action == Action::none) {
        return true;
    }
    const bool all_of_oneself = call.spec.kind == Kind::user && call.spec.id == call.uid();
    if (all_of_oneself && thread.real == call.uid() && call.wanted.io_class() != PriorityClass::realtime) {
        return true;
    }
    return call.asked && call.asked->granted && action <= call.asked->action &&
           call.asked->owners.contains(thread.real);
}

bool is_target(const Call& call, const Thread& thread) {
    const auto& process = *thread.process;
    const auto& spec = call.spec;
    const auto own_group = call.from->process->group;
    switch (spec.kind) {
        case Kind::process:
            return is_of(spec, process, call.pinned);
        case Kind::processes:
            return std::any_of(call.named.begin(), call.named.end(),
                               [&](const auto& each) { return is_of(spec, process, each.second); });
        case Kind::pidfd:
        case Kind::pidfds:
            return std::any_of(call.passed.begin(), call.passed.end(),
                               [&](const Process* each) { return is_of(spec, process, each); });
        case Kind::group:
            return process.group == (spec.id == 0 ? own_group : static_cast<pid_t>(spec.id));
        case Kind::user:
            return thread.real == spec.id;
        case Kind::unit:
            return process.control_group == "/system.slice/" + spec.unit;
        case Kind::user_unit:
            return process.control_group == "/user.slice/user-" + std::to_string(call.uid()) + ".slice/user@" +
                                                std::to_string(call.uid()) + ".service/app.slice/" + spec.unit;
    }
    return false;
}

std::string text_of(const Thread& thread) {
    return "thread " + std::to_string(thread.tid) + " of process " + std::to_string(thread.process->pid) + " (user " +
           std::to_string(thread.real) + (is_privileged(thread) ? ", privileged" : "") + ", value " +
           std::to_string(thread.value) + ")";
}

std::string Call::text() const {
    const char* kinds[] = {"read", "set", "hold"};  // NOLINT(*-avoid-c-arrays)
    std::string what = spec.unit.empty() ? std::to_string(spec.id) : spec.unit;
    for (const auto number : spec.ids) {
        what += " " + std::to_string(number);
    }
    for (const Process* process : passed) {
        what += " " + std::to_string(process->pid);
    }
    return "call " + std::to_string(id) + " of " + from->name + " (user " + std::to_string(uid()) +
           "): " + kinds[static_cast<int>(kind)] + " " + service::to_string(spec.kind) + " " +  // NOLINT
           what + (spec.descendants ? " and descendants" : "") + " " + wanted.to_string();
}

}  // namespace iopriority::simulation
