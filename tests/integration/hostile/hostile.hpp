// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What attackers need: callers in disguise, processes stopped at the wrong moment, an ear on the bus.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "support/bus.hpp"
#include "support/bus_message.hpp"
#include "support/child.hpp"

namespace iopriority::test {

/// A caller (tests/support/caller.cpp) that is started through other programs: unshare, setpriv, env.
class Disguised {
 public:
    Disguised(const std::string& user, Command through);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] pid_t pid() const { return child_.pid(); }
    Answer call(const std::string& call, Dialog dialog = Dialog::forbidden);

 private:
    Child child_;
    std::string name_;
    int last_{0};
};

/// A copy of this process that runs a function as a user. Killed and waited for by the destructor.
class Forked {
 public:
    /// @param body says that it is ready by calling what it is given; the constructor waits for that.
    Forked(const std::string& user, const std::function<void(const std::function<void()>& ready)>& body);
    Forked(const Forked&) = delete;
    Forked& operator=(const Forked&) = delete;
    Forked(Forked&&) = delete;
    Forked& operator=(Forked&&) = delete;
    ~Forked();

    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] std::string id() const { return std::to_string(pid_); }

 private:
    pid_t pid_{-1};
};

/// A process that stands still (SIGSTOP) until this is destroyed.
class Stopped {
 public:
    explicit Stopped(pid_t pid);
    Stopped(const Stopped&) = delete;
    Stopped& operator=(const Stopped&) = delete;
    Stopped(Stopped&&) = delete;
    Stopped& operator=(Stopped&&) = delete;
    ~Stopped() { resume(); }
    void resume();

 private:
    pid_t pid_;
};

/// One message that went over the bus.
struct Heard {
    std::string sender;
    std::string destination;
    std::string member;  ///< of calls and signals
    std::string error;   ///< the name of an error
    std::uint64_t serial{0};
    std::uint64_t reply_to{0};
};

/// Hears everything on the bus that its rules match, from its construction on.
class Wire {
 public:
    explicit Wire(const std::vector<std::string>& rules);
    /// Waits for a message; what comes before it is dropped.
    Heard wait_for(const std::function<bool(const Heard&)>& wanted);
    /// All messages since the last call, complete: everything that the bus has delivered before it was called.
    std::vector<Heard> all();

 private:
    Heard next();

    Bus monitor_;
    Bus marker_;
    int marks_{0};
};

/// A copy of a program that runs as root whoever starts it.
[[nodiscard]] std::string setuid_copy(const std::string& program);

[[nodiscard]] Bus open_system_bus();

/// What a process holds.
struct Footprint {
    long memory_kb{0};  ///< its own, not that of files
    long descriptors{0};
};
[[nodiscard]] Footprint footprint(pid_t pid);

/// Whether the process runs (a zombie does not).
[[nodiscard]] bool is_alive(pid_t pid);

/// The daemon, started by a call if need be.
[[nodiscard]] pid_t running_daemon();
[[nodiscard]] pid_t running_polkit();
/// Returns when the daemon has come to everything that was sent to it before this.
void settle();

}  // namespace iopriority::test
