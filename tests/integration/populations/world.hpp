// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What the kernel says of every thread there is, by raw system calls and /proc/PID/task/TID/status.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace iopriority::test {

/// What is masked off a kernel's value: class and level in the contract's sense.
struct Level {
    int io_class{0};
    int level{0};

    friend auto operator<=>(const Level&, const Level&) = default;
};

[[nodiscard]] Level masked(int value);
[[nodiscard]] int kernel_value(const Level& level);
/// "best-effort:4", "idle".
[[nodiscard]] std::string words(const Level& level);
/// The same, with the number where it has more than that: "best-effort:4 (0x400c)".
[[nodiscard]] std::string words_of_value(int value);

struct Thread {
    pid_t tid{};
    pid_t pid{};
    uid_t real_uid{};
    bool privileged{false};  ///< has permitted capabilities, in whatever user name space
    bool apart{false};       ///< in another user name space than the test
    bool live{true};         ///< false: ended, and still listed
    int nice{0};
    int policy{0};
    int value{0};
    bool member{false};     ///< of the population, and not of what the test itself runs on
    std::size_t context{};  ///< its io_context: the same for those who share one
};

struct ProcessFacts {
    pid_t parent{};
    pid_t group{};
};

struct World {
    std::vector<Thread> threads;
    std::map<pid_t, ProcessFacts> processes;
};

/// @param contexts of those threads that may share one
[[nodiscard]] World read_world(const std::map<pid_t, std::size_t>& contexts);
/// The I/O priority of every thread anew; -errno where there is none, but for threads of others that have ended: those
/// have what they had.
[[nodiscard]] std::vector<int> read_values(const World& world);
void take_values(World& world, const std::vector<int>& values);

}  // namespace iopriority::test
