// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "engine/target.hpp"

#include <utility>

namespace iopriority::engine {

namespace {

using Kind = TargetName::Kind;

Target target_of(std::unique_ptr<process::Selection> selection, Kind kind, std::string text) {
    Target target;
    target.selection = std::move(selection);
    target.name.kind = kind;
    target.nobody = text + " has no process";
    target.name.text = std::move(text);
    return target;
}

}  // namespace

Expected<Target> process_target(process::Process process, bool descendants) {
    const auto pinned = std::make_shared<const process::Process>(std::move(process));
    const auto text = "process " + std::to_string(pinned->pid());
    const auto key = descendants ? pinned->key() : Expected<process::ProcessKey>(process::ProcessKey{});
    if (!key) {
        return key.failure();
    }
    auto target = target_of(descendants ? process::select_named({}, {*key}, true) : process::select_process(pinned),
                            Kind::process, text);
    target.name.pid = pinned->pid();
    target.name.descendants = descendants;
    target.named = pinned;
    target.nobody = text + (descendants ? " has ended, and so has its tree" : " has ended");
    return target;
}

Target list_target(const std::vector<pid_t>& numbers, std::vector<process::ProcessKey> keys, bool descendants) {
    auto selection = process::select_named(numbers, std::move(keys), descendants);
    const auto named = selection->named();
    const bool one = named.size() == 1 && named.front() > 0 && !descendants;
    const auto count = std::to_string(named.size());
    auto target = target_of(
        std::move(selection), one ? Kind::process : Kind::processes,
        one ? "process " + std::to_string(named.front()) : count + (count == "1" ? " process" : " processes"));
    target.is_list = true;
    target.name.pid = one ? named.front() : 0;
    target.name.id = count;
    target.name.descendants = descendants;
    target.nobody = target.name.text + (one ? " has ended" : ": all have ended");
    return target;
}

// A process that has ended no longer has a number: it gets one that no process has. So does one of several that cannot
// be told from a later one of its number now (before Linux 6.9): the others are found.
Expected<Target> pidfds_target(std::vector<process::UniqueFd> pidfds, bool descendants) {
    std::vector<process::ProcessKey> keys;
    pid_t without_number = 0;
    for (auto& pidfd : pidfds) {
        const auto process = process::Process::from_pidfd(std::move(pidfd));
        const auto key =
            process ? process->key_unless_delayed() : Expected<std::optional<process::ProcessKey>>(process.failure());
        if (!key && key.failure().code != ErrorCode::no_such_process) {
            return key.failure();
        }
        if (key && !*key && pidfds.size() == 1) {
            return process::delayed(process->pid());
        }
        keys.push_back(key && *key ? **key : process::ProcessKey{--without_number, 0});
    }
    return list_target({}, std::move(keys), descendants);
}

Target group_target(pid_t group) {
    const auto number = std::to_string(group);
    auto target = target_of(process::select_group(group), Kind::group, "process group " + number);
    target.name.id = number;
    return target;
}

Target user_target(uid_t uid) {
    auto target = target_of(process::select_for_user(uid), Kind::user, "user " + std::to_string(uid));
    target.name.uid = uid;
    target.threads_of = uid;
    return target;
}

Target unit_target(const std::string& unit, std::string path) {
    auto target = target_of(process::select_control_group(std::move(path)), Kind::unit, "unit " + unit);
    target.name.id = unit;
    return target;
}

Target user_unit_target(uid_t user, const std::string& unit) {
    auto target = target_of(process::select_user_unit(user, unit), Kind::user_unit,
                            "unit " + unit + " of user " + std::to_string(user));
    target.name.id = unit;
    return target;
}

}  // namespace iopriority::engine
