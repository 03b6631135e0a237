// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What the kernel has, read without any code of the project, and processes for it to be read from.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "child.hpp"

namespace iopriority::test {

/// Priorities as text ("none", "idle", "best-effort:4", "realtime:0") and how many threads have them. A value with bits
/// that nobody asked for (hints, a level of idle other than 0) is shown as the number it is, so that it equals nothing.
using Breakdown = std::map<std::string, int>;

[[nodiscard]] std::string priority_of_thread(pid_t tid);
/// Of every thread listed for the process.
[[nodiscard]] Breakdown priorities_of(pid_t pid);
[[nodiscard]] std::vector<pid_t> threads_of(pid_t pid);
/// The number that the kernel has for a thread, hints and all.
[[nodiscard]] int raw_priority(pid_t tid);
void set_raw_priority(pid_t tid, int value);
/// The same for every thread of some processes, by thread.
using RawPriorities = std::map<pid_t, int>;
[[nodiscard]] RawPriorities raw_priorities_of(const std::vector<pid_t>& pids);
/// The number that stands for a priority.
[[nodiscard]] int raw(const std::string& priority);
/// Sets one thread, by the system call.
void set_thread(pid_t tid, const std::string& priority);
/// Sets every thread of a process that is quiet.
void set_all(pid_t pid, const std::string& priority);

/// The value of a line of /proc/PID/status, without white space around it.
[[nodiscard]] std::string status_field(pid_t pid, const std::string& name);

/// A process of tests/support/target.cpp, ready.
class Target {
 public:
    Target(const std::string& user, const Command& mode);

    /// The process that is meant (for a zombie: not the one that runs).
    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] std::string id() const { return std::to_string(pid_); }
    [[nodiscard]] Breakdown priorities() const { return priorities_of(pid_); }
    /// No birth or death of a thread after this.
    void freeze();
    /// Every thread stands still after this (SIGSTOP), also those that were being born; until resume().
    void stop() const;
    void resume() const;
    void end() { child_.finish(); }

 private:
    Child child_;
    pid_t pid_;
};

}  // namespace iopriority::test
