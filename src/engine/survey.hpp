// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Reads which priorities are set on the threads of one or several processes, and their effect.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <iopriority/details.hpp>

#include "engine/walk.hpp"
#include "process/threads.hpp"

namespace iopriority::engine {

/// Collects the details of one or several processes, thread by thread. A thread without a set priority counts with the
/// one that follows from its CPU nice value and policy, and ranks below a thread that is set to the same.
class Survey {
 public:
    /// What to collect: only the highest priority, or everything.
    enum class Depth : bool { highest, everything };
    explicit Survey(Depth depth = Depth::everything) : depth_(depth) {}

    /// Reads one thread.
    void consider(process::ThreadGroup& threads, pid_t tid);
    /// All threads of a process were read.
    void end_process(const process::Process& process);

    /// Nothing if no thread was read.
    [[nodiscard]] std::optional<Details> result() const;

 private:
    Depth depth_;
    Details details_;
    std::set<uid_t> users_;           // up to a limit
    std::set<std::string> programs_;  // the same
    std::uint32_t of_this_process_ = 0;
};

/// Reads every thread of a target in steps of bounded length, one process at a time.
class Reader {
 public:
    /// The number of members of a list that are described one by one.
    static constexpr std::size_t most_members = 128;

    explicit Reader(Survey::Depth depth = Survey::Depth::everything) : depth_(depth), survey_(depth) {}

    void begin(Target target);
    /// @return true when all is read.
    [[nodiscard]] bool step();
    /// no_such_process if there is no process; a failure rather than an incomplete result.
    [[nodiscard]] Expected<Details> result() const;

 private:
    void read_some();
    void end_process();

    Walk walk_;
    Survey::Depth depth_;
    Survey survey_;
    std::optional<Survey> of_member_;                          // the one whose turn it is
    std::map<pid_t, std::shared_ptr<const Details>> members_;  // the first of a list
    std::vector<pid_t> chunk_;
    std::optional<Failure> failure_;
    bool reading_ = false;
};

}  // namespace iopriority::engine
