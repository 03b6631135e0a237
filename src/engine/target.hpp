// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The target of a request: which processes and threads, and their names.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "process/selection.hpp"
#include "process/threads.hpp"

namespace iopriority::engine {

/// The names of the target, for prompts, rules, the log and errors. Omits what does not apply to the whole target.
struct TargetName {
    enum class Kind : std::uint8_t { process, processes, group, user, unit, user_unit };

    Kind kind = Kind::process;
    bool descendants = false;    ///< for a process: includes all its descendants
    bool keep_explicit = false;  ///< excludes threads that carry a priority of their own
    pid_t pid = 0;               ///< that of the one process, or of the root of a tree; 0 for other kinds
    std::string id;              ///< a group's number, a unit's name, or how many processes a list names
    std::string text;            ///< "process 812 (rsync)", "process group 99", "user 1001"
    std::string program;         ///< sanitised; empty if there are several
    std::string named;           ///< sanitised: the program of that one process or root
    std::optional<uid_t> uid;    ///< nothing if the threads belong to several users
};

template <typename Threads = process::ProcThreads>
[[nodiscard]] Expected<std::unique_ptr<process::ThreadGroup>> open_proc_threads(const process::Process& process) {
    return Threads::template open<Threads>(process).transform(
        [](auto threads) -> std::unique_ptr<process::ThreadGroup> { return threads; });
}

struct Target {
    std::unique_ptr<process::Selection> selection;
    TargetName name;
    /// The process whose program goes into the name: read only when the name is shown.
    process::Selection::Pinned named;
    std::string nobody;    ///< error text if there is no process: "process group 99 has no process"
    bool is_list = false;  ///< its processes are named one by one
    /// Only threads with this real uid, whoever owns their process.
    std::optional<uid_t> threads_of;
    /// Opens the threads of a process.
    std::function<Expected<std::unique_ptr<process::ThreadGroup>>(const process::Process&)> open = &open_proc_threads<>;
};

/// @param descendants also all descendants: fails if the process cannot be told from a later one of its number
[[nodiscard]] Expected<Target> process_target(process::Process process, bool descendants = false);
/// Processes named one by one: by number, pinned when they are first looked at, and by key.
/// @param descendants also all descendants of each
[[nodiscard]] Target list_target(const std::vector<pid_t>& numbers, std::vector<process::ProcessKey> keys,
                                 bool descendants = false);
/// The same, named by pidfds.
[[nodiscard]] Expected<Target> pidfds_target(std::vector<process::UniqueFd> pidfds, bool descendants);
[[nodiscard]] Target group_target(pid_t group);
/// Every thread with this real uid.
[[nodiscard]] Target user_target(uid_t uid);
/// @param path the control group that the system manager has created for the unit
[[nodiscard]] Target unit_target(const std::string& unit, std::string path);
/// A unit of the user manager.
[[nodiscard]] Target user_unit_target(uid_t user, const std::string& unit);

}  // namespace iopriority::engine
