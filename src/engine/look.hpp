// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Finds the owners of the threads that would be set, before any is set.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "engine/walk.hpp"
#include "policy/rule.hpp"

namespace iopriority::engine {

struct Look {
    policy::Action needed = policy::Action::none;  ///< the strictest that any thread needs
    std::set<uid_t> owners;
    std::set<uid_t> needing;  ///< owners whose threads need any
    std::string program;      ///< if all processes run the same one
    std::uint32_t processes = 0;
    std::map<process::ProcessKey, std::set<uid_t>> owners_of;  ///< by process
};

/// Looks at every thread, in steps; looks again after polkit has replied, and compares.
class Looker {
 public:
    /// @param by_table decides for a user without looking at threads, unless it depends on whether any are
    /// privileged
    Looker(Walk& walk, Priority wanted, uid_t caller, bool by_table)
        : walk_(walk), wanted_(wanted), caller_(caller), by_table_(by_table) {}

    void begin();
    /// Does a bounded piece. @return true when it has ended.
    [[nodiscard]] bool step();
    /// What was seen; no_such_process if there is no process, or if since the previous look a process has changed owner
    /// or a thread needs a stricter action than any did before.
    [[nodiscard]] Expected<Look> result() const;
    [[nodiscard]] const Look& seen() const noexcept { return look_; }
    [[nodiscard]] bool has_changed_hands() const;

 private:
    void look_at_open();
    void consider(const process::Credentials& credentials);
    void finish_open();

    Walk& walk_;
    Priority wanted_;
    uid_t caller_;
    bool by_table_;
    Look look_;
    std::optional<Look> before_;
    std::optional<Failure> failure_;
    std::set<uid_t> owners_;         // of the open process
    bool executed_another_ = false;  // a process was one of several that all ran the same program, and runs another
    bool looking_ = false;           // a process is open, and its threads are being looked at
};

/// False if the user certainly has no task. (A zombie counts as one.)
[[nodiscard]] bool user_has_tasks(uid_t uid) noexcept;

}  // namespace iopriority::engine
