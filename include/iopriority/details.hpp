// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What a change has done, what is set on processes and its effect, and what disks make of it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <iopriority/priority.hpp>

namespace iopriority {

/// What a change has done.
struct Changed {
    unsigned processes = 0;            ///< with threads as wanted, or explicit, and none refused
    unsigned threads = 0;              ///< threads that read back as wanted
    bool by_service = false;           ///< false: the caller's own system calls were enough
    std::optional<Priority> before{};  ///< what was set before; nothing if threads differed, or it is not known
    std::map<std::string, unsigned> before_breakdown{};  ///< where they differed: priority as text, threads that had it
    /// What was skipped by rule, which is no error, and how much of it: "explicit" (threads with a priority of their
    /// own), "joined" (threads that joined or changed owner after the authorization), "privileged" (threads that gained
    /// privileges), "ended" (members of a list that have ended), "contested" (of a hold on several processes: threads
    /// that another program keeps setting), "executing" (of a hold on several: processes that execute a program, which
    /// something delays). Others may come.
    std::map<std::string, unsigned> left_alone{};
};

struct Details;

/// One member of a list of processes.
struct Member {
    pid_t process = 0;                         ///< its process id
    std::shared_ptr<const Details> details{};  ///< of this process alone; null if it has ended
};

/// Details of all threads of what was asked about.
struct Details {
    Priority set{};          ///< the highest of the threads' priorities, as in Client::get
    Priority effective{};    ///< what the block layer uses: if nothing is set, it follows CPU policy and nice
    std::string source{};    ///< where that comes from: "set", "nice 10", "cpu policy idle"
    unsigned processes = 0;  ///< how many were read
    unsigned threads = 0;    ///< of all these processes
    std::map<std::string, unsigned> breakdown{};  ///< set priority as text, number of threads with it
    std::vector<uid_t> users{};                   ///< the real uids of the processes, at most 64
    std::vector<std::string> programs{};          ///< the names of the processes, at most 64
    std::vector<Member> each{};                   ///< for a list: its members, in its order
    bool each_cut = false;                        ///< there are more members than in `each`: 128 at most

    /// Every thread has the same set priority.
    [[nodiscard]] bool uniform() const noexcept { return breakdown.size() == 1; }
};

/// What the I/O scheduler of a disk makes of a priority.
enum class Honours : std::uint8_t {
    nothing,  ///< none, kyber, and any unknown scheduler
    classes,  ///< mq-deadline: realtime, best-effort, idle, and not the levels
    all,      ///< bfq
};

/// A block device.
struct Device {
    std::string name;       ///< as in /dev: "sda", "nvme0n1", "cciss/c0d0"
    std::string scheduler;  ///< "bfq", "mq-deadline", "kyber"; "none" also if there is no queue to schedule
    Honours honours = Honours::nothing;  ///< what the scheduler makes of a priority

    /// Name, scheduler and what it honours.
    friend bool operator==(const Device&, const Device&) = default;
};

}  // namespace iopriority
