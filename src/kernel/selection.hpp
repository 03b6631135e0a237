// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Finding the processes of a tree, a group, a user, a control group: by scanning /proc, in pieces.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernel/process.hpp"

namespace iopriority::kernel {

/// One scan after another over all processes. What a scan finds is pinned and then looked at again, so that a number
/// that came to mean another process meanwhile is not taken.
class Selection {
 public:
    Selection();
    Selection(const Selection&) = delete;
    Selection& operator=(const Selection&) = delete;
    Selection(Selection&&) = delete;
    Selection& operator=(Selection&&) = delete;
    virtual ~Selection() = default;

    /// Begins another scan.
    void restart();
    /// Does a bounded piece of the scan. @return true at its end.
    bool step();
    /// Why something that may belong could not be pinned, if it has not just ended.
    [[nodiscard]] const std::optional<Failure>& failure() const noexcept { return failure_; }
    /// Pins what the scan has found, less what is known already. Keys of `known` are process ids.
    template <typename Known>
    [[nodiscard]] std::vector<Process> found(const Known& known) {
        std::vector<Process> processes;
        std::vector<pid_t> members;
        members.reserve(known.size());
        for (const auto& [pid, ignored] : known) {
            members.push_back(pid);
        }
        for (const auto& candidate : chosen(members)) {
            if (!known.contains(candidate.pid)) {
                pin(candidate, processes);
            }
        }
        return processes;
    }

 protected:
    struct Candidate {
        pid_t pid = 0;
        pid_t parent = 0;
        std::uint64_t start_ticks = 0;
    };
    /// What an attempt to pin gave, if that is the process.
    std::optional<Process> pinned(pid_t pid);
    [[nodiscard]] int proc() const noexcept { return proc_.get(); }
    void note(const Candidate& candidate) { candidates_.push_back(candidate); }
    [[nodiscard]] const std::vector<Candidate>& candidates() const noexcept { return candidates_; }

    /// Looks at one number of /proc; notes it if it may belong.
    virtual void consider(pid_t pid) = 0;
    /// Which of the noted ones belong; `members` were found by earlier scans.
    [[nodiscard]] virtual std::vector<Candidate> chosen(const std::vector<pid_t>& members);
    /// Looks again, under the pin.
    [[nodiscard]] virtual bool belongs(const Process& process, const Candidate& candidate) const = 0;

 private:
    void pin(const Candidate& candidate, std::vector<Process>& processes);

    UniqueFd proc_;
    std::vector<pid_t> numbers_;
    std::vector<Candidate> candidates_;
    std::optional<Failure> failure_;
};

/// The process and all its descendants, also those of members that have ended since an earlier scan.
std::unique_ptr<Selection> select_tree(pid_t root);
std::unique_ptr<Selection> select_group(pid_t group);
/// By real uid. Of root: without kernel threads and process 1.
std::unique_ptr<Selection> select_user(uid_t uid);
/// A control group, such as "/system.slice/cron.service", and all below it.
std::unique_ptr<Selection> select_control_group(std::string path);

/// The control groups of this name that the user's own service manager has made.
std::unique_ptr<Selection> select_user_unit(uid_t uid, const std::string& unit);

/// When a process was started, in ticks after boot: with its number, which process it is.
[[nodiscard]] Expected<std::uint64_t> start_of(const Process& process);

/// The process group of a process.
[[nodiscard]] Expected<pid_t> group_of(const Process& process);

}  // namespace iopriority::kernel
