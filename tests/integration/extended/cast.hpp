// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Who plays in the tests of Extended1: clients of the interface, and processes that change while it acts on them.
#pragma once

#include <string>
#include <vector>

#include "client.hpp"
#include "support/child.hpp"
#include "support/kernel.hpp"

namespace iopriority::test {

/// A process that does what the test says (actor.cpp).
class Actor {
 public:
    explicit Actor(const std::string& user);

    [[nodiscard]] pid_t pid() const { return child_.pid(); }
    [[nodiscard]] Breakdown priorities() const { return priorities_of(pid()); }
    /// Sends a line; the numbers of the answer.
    std::vector<pid_t> does(const std::string& line);
    pid_t thread() { return does("thread").at(0); }
    /// Becomes another program that obeys, such as a copy of its own.
    void exec(const std::string& path);
    pid_t fork() { return does("fork").at(0); }
    pid_t fork_as(const std::string& user) { return does("fork " + std::to_string(uid_of(user))).at(0); }
    Child& child() { return child_; }

 private:
    Child child_;
};

/// All processes whose ancestor this one is, itself included, and their priorities.
[[nodiscard]] std::vector<pid_t> tree_of(pid_t root);
[[nodiscard]] Breakdown priorities_of_tree(pid_t root);

/// Waits for what the kernel has.
[[nodiscard]] bool becomes(pid_t pid, const Breakdown& wanted);

}  // namespace iopriority::test
