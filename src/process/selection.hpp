// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Which processes a request is about: one, some, a tree, a group, a user's, a control group's.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "process/process.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::process {

/// One scan after another, in pieces. A scan finds numbers; each is pinned when its turn comes, one at a time, and then
/// looked at again, so that a number that came to mean another process meanwhile is not taken.
class Selection : public Interface {
 public:
    using Pinned = std::shared_ptr<const Process>;
    struct Candidate {
        pid_t pid = 0;
        std::uint64_t start_ticks = 0;  ///< only where belonging turns on it
    };

    /// Begins another scan.
    virtual void restart() = 0;
    /// Does a bounded piece of the scan. @return true at its end; a failure if /proc cannot be read.
    [[nodiscard]] virtual Expected<bool> step() = 0;
    /// What the scan has found. @param members process ids that earlier scans have found, also of those that ended.
    [[nodiscard]] virtual std::vector<Candidate> found(const std::vector<pid_t>& members) = 0;
    /// Pins one that was found. no_such_process if it has ended or does not belong any more.
    [[nodiscard]] virtual Expected<Pinned> pin(const Candidate& candidate) = 0;
    /// From the next scan on: the user has no thread that is served before one that is idle. So a process whose only
    /// thread is served before is not his, and is left out.
    virtual void knows_all_to_be_idle(bool /*all*/) {}
    /// It names its processes one by one: another scan finds no others.
    [[nodiscard]] virtual bool is_fixed() const { return false; }
    /// What the request has named one by one, in its order and each once; empty if it has not.
    [[nodiscard]] virtual std::vector<pid_t> named() const { return {}; }
};

std::unique_ptr<Selection> select_process(Selection::Pinned process);
/// Processes named one by one: by number, pinned by the first scan, and by key. Numbers below 0 stand for ended ones.
/// @param descendants all of them as well, also those of members that have ended since an earlier scan
std::unique_ptr<Selection> select_named(const std::vector<pid_t>& numbers, std::vector<ProcessKey> keys,
                                        bool descendants);
std::unique_ptr<Selection> select_group(pid_t group);
/// All processes, since any may have threads of any user. Of root: without kernel threads and process 1.
std::unique_ptr<Selection> select_for_user(uid_t uid);
/// A control group, such as "/system.slice/cron.service", and all below it.
std::unique_ptr<Selection> select_control_group(std::string path);
/// The control groups of this name that a user's manager has made.
std::unique_ptr<Selection> select_user_unit(uid_t uid, const std::string& unit);

}  // namespace iopriority::process
