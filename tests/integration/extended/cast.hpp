// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Who plays in the tests of Extended1: clients of the interface, and processes that change while it acts on them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/bus.hpp"
#include "support/child.hpp"
#include "support/kernel.hpp"

namespace iopriority::test {

namespace error {
inline constexpr std::string_view foreign_pid_namespace = "org.example.IoPriority.Error.ForeignPidNamespace";
inline constexpr std::string_view failed = "org.freedesktop.DBus.Error.Failed";
}  // namespace error

/// A descriptor of this process.
class Descriptor {
 public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor() { reset(); }
    void reset();
    [[nodiscard]] int get() const { return fd_; }

 private:
    int fd_;
};

/// A connection of a user to Extended1 (extended_client.cpp). Words of a call are separated by spaces: "SetProcess usua
/// 812 idle 0 1 descendants b true".
class Client {
 public:
    /// @param prefix a program, such as unshare, that runs the client.
    explicit Client(const std::string& user, const Command& prefix = {});

    /// As the bus sees it.
    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] const std::string& name() const { return name_; }

    int send(const std::string& call, Dialog dialog = Dialog::forbidden);
    Answer answer(int tag);
    Answer call(const std::string& call, Dialog dialog = Dialog::forbidden) { return answer(send(call, dialog)); }

    Answer set(pid_t pid, const std::string& priority, const std::string& options = "0");
    Answer set_tree(pid_t pid, const std::string& priority) { return set(pid, priority, "1 descendants b true"); }
    /// Throws if the lease is refused. @return the number of the descriptor in the client.
    int hold(pid_t pid, const std::string& priority);
    Answer try_hold(pid_t pid, const std::string& priority);
    /// Closes one descriptor of the client.
    void close(int descriptor);
    /// A copy of a descriptor of the client, in this process.
    [[nodiscard]] Descriptor copy(int descriptor) const;
    /// Leaves the bus, and keeps its descriptors.
    void leave_bus();
    Child& child() { return child_; }

 private:
    void command(const std::string& line, const std::string& reply);
    std::string next_line();

    Child child_;
    std::string name_;
    pid_t pid_;
    int last_{0};
    std::map<int, Answer> answers_;
};

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

/// "usu" arguments of a priority: "best-effort 4" for "best-effort:4".
[[nodiscard]] std::string words_of(const std::string& priority);

/// The property of the interface.
[[nodiscard]] unsigned leases();
/// Waits for a number of leases.
[[nodiscard]] bool leases_become(unsigned number);
/// Waits for what the kernel has.
[[nodiscard]] bool becomes(pid_t pid, const Breakdown& wanted);

}  // namespace iopriority::test
