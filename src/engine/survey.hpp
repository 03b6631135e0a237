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

#include "engine/walk.hpp"
#include "process/threads.hpp"

namespace iopriority::engine {

struct DescribedMember;

/// Describes one or several processes.
struct Description {
    /// The highest of the threads' priorities, in the kernel's order: a thread without a set priority counts with the
    /// one that follows from its CPU nice value and policy, and ranks below a thread that is set to the same.
    Priority set;
    Priority effective;  ///< what the block layer uses for it
    std::string source;  ///< where that comes from: "set", "nice 10", "cpu policy idle"
    std::uint32_t processes = 0;
    std::uint32_t threads = 0;
    std::map<std::string, std::uint32_t> breakdown;  ///< set priority as text, number of threads with it
    std::set<uid_t> users;                           ///< real uids of the processes, up to a limit
    std::set<std::string> programs;                  ///< their names, sanitised, up to a limit
    std::vector<DescribedMember> each;               ///< for a list, in its order, up to a limit
    bool each_cut = false;                           ///< there are more

    [[nodiscard]] bool uniform() const noexcept { return breakdown.size() == 1; }
};

/// A process that was named in a list.
struct DescribedMember {
    std::uint32_t process = 0;                         ///< its number; 0 if it had ended before that was known
    std::shared_ptr<const Description> description{};  ///< none if it has ended
};

/// Collects a description thread by thread.
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
    [[nodiscard]] std::optional<Description> result() const;

 private:
    Depth depth_;
    Description description_;
    std::uint32_t of_this_process_ = 0;
};

/// Reads every thread of a target in steps of bounded length, one process at a time.
class Reader {
 public:
    /// The number of members of a list that are described one by one.
    static constexpr std::size_t most_members = 1024;

    explicit Reader(Survey::Depth depth = Survey::Depth::everything) : depth_(depth), survey_(depth) {}

    void begin(Target target);
    /// @return true when all is read.
    [[nodiscard]] bool step();
    /// no_such_process if there is no process; a failure rather than an incomplete result.
    [[nodiscard]] Expected<Description> result() const;

 private:
    void read_some();
    void end_process();

    Walk walk_;
    Survey::Depth depth_;
    Survey survey_;
    std::optional<Survey> of_member_;                              // the one whose turn it is
    std::map<pid_t, std::shared_ptr<const Description>> members_;  // the first of a list
    std::vector<pid_t> chunk_;
    std::optional<Failure> failure_;
    bool reading_ = false;
};

/// "nice 10", "cpu policy idle", "cpu policy fifo": what a thread without a set priority follows.
[[nodiscard]] std::string source_of_derived(pid_t tid);

}  // namespace iopriority::engine
