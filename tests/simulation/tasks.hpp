// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Processes and threads that are simulated, and what may become of them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace iopriority::simulation {

struct Process;
struct Call;

/// Nanoseconds since the machine was booted.
using Moment = std::uint64_t;

struct Thread {
    pid_t tid = 0;
    Process* process = nullptr;
    uid_t real = 0;
    uid_t effective = 0;
    std::uint64_t permitted = 0;  ///< capabilities
    int value = 0;                ///< its I/O priority, as the kernel has it
    bool ended = false;
    bool reaped = false;  ///< its number is free, or another's
    Moment born = 0;
    Thread* creator = nullptr;
    // For what is checked.
    Moment credentials_changed = 0;
    Moment changed_itself = 0;  ///< its value
    std::optional<int> owed;    ///< what the service must put back
    Call* set_by = nullptr;     ///< whose request has set it last
    Moment set_at = 0;
    Moment put_back_at = 0;
};

struct Process {
    pid_t pid = 0;
    std::uint64_t birth = 0;
    Process* parent = nullptr;
    pid_t group = 0;
    std::string name;
    std::string control_group;
    bool of_kernel = false;
    bool own_namespace = false;    ///< a user namespace that its user has made for himself
    bool refuses = false;          ///< a security module forbids to set it, and to ask for its group
    std::vector<Thread*> threads;  ///< in the order of the listing; of a zombie the first alone
    Thread* first = nullptr;
    bool reaped = false;
    Moment born = 0;
    std::set<Process*> ancestors;  ///< that it ever had
    bool crossed = false;          ///< several holds were beginning on it at once
    std::set<int> own;             ///< values that came to its threads from others than the service

    [[nodiscard]] bool running() const;
    [[nodiscard]] Thread* thread(pid_t tid) const;
};

/// The tasks of the machine. None is forgotten before the world ends, so pointers stay good.
class Tasks {
 public:
    Moment now = 1'000'000'000'000;

    /// A process of this user, a child of the first one.
    Process* start(uid_t uid, const std::string& name, int value);
    Process* fork(Thread& creator);
    Thread* clone(Thread& creator);
    void exit(Thread& thread);
    void exit(Process& process);
    void reap(Process& process);
    /// Another program: all other threads of its process end.
    void execute(Thread& thread, bool setuid, const std::string& name);
    void become(Thread& thread, uid_t uid);
    void set_itself(Thread& thread, int value);

    [[nodiscard]] Thread* task(pid_t number) const;
    [[nodiscard]] Process* process(pid_t pid) const;
    [[nodiscard]] const std::map<pid_t, Thread*>& all() const noexcept { return tasks_; }
    [[nodiscard]] const std::map<pid_t, Process*>& processes() const noexcept { return processes_; }
    [[nodiscard]] bool full() const noexcept { return tasks_.size() >= most; }

    /// The next number to be given, where it is free: numbers are used again at the worst moment.
    pid_t next = 3;

 private:
    static constexpr std::size_t most = 120;
    Thread* add(Process& process, pid_t tid, const Thread* like);
    void free_number(Thread& thread);
    [[nodiscard]] pid_t number();

    std::deque<Thread> threads_;
    std::deque<Process> arena_;
    std::map<pid_t, Thread*> tasks_;
    std::map<pid_t, Process*> processes_;
    std::map<pid_t, Moment> started_;  ///< the latest process of each number
};

/// Capabilities of root.
inline constexpr std::uint64_t all_capabilities = 0x1FFFFFFFFFFU;

}  // namespace iopriority::simulation
