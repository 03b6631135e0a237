// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A real process that starts others when it is told to.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "crowd.hpp"
#include "process/boot_clock.hpp"
#include "process/process.hpp"
#include "process/syscalls.hpp"

namespace iopriority::engine::test {

/// Everything that was started ends with it, also what had lost its parent.
class Parent {
 public:
    /// @param uid whose it is; nothing: the test's own
    explicit Parent(std::optional<uid_t> uid = std::nullopt)
        : process_([this, uid](const auto& ready) {
              ours_.reset();
              ::signal(SIGCHLD, SIG_IGN);  // the kernel reaps its children
              if (uid && *uid != ::getuid()) {
                  become(*uid);
              }
              ready();
              serve();
          }) {
        theirs_.reset();
    }
    Parent(const Parent&) = delete;
    Parent& operator=(const Parent&) = delete;
    Parent(Parent&&) = delete;
    Parent& operator=(Parent&&) = delete;
    ~Parent() {
        for (const auto& [pid, pidfd] : started_) {
            kill(pidfd);
        }
    }

    [[nodiscard]] pid_t pid() const { return process_.pid(); }
    /// Starts a child, which waits for ever.
    pid_t start_child() {
        tell(child);
        return read_pid();
    }
    /// Starts a child that starts one of its own. @return both, the child first
    std::pair<pid_t, pid_t> start_two_generations() {
        tell(child_with_child);
        const pid_t older = read_pid();
        return {older, read_pid()};
    }
    /// Ends one that was started, and waits until nobody can take it for living.
    void end(pid_t pid) {
        const auto started = started_.extract(pid);
        kill(started.mapped());
        pollfd ended{started.mapped().get(), POLLIN, 0};
        while (::poll(&ended, 1, -1) < 0 && errno == EINTR) {
        }
    }
    /// Ends the parent alone: what it has started lives on.
    void end() { process_.reap(); }

 private:
    static constexpr char child = 'c';
    static constexpr char child_with_child = 'g';

    // In the process.
    void serve() const {
        char command = 0;
        while (::read(theirs_.get(), &command, 1) == 1) {
            if (::fork() == 0) {
                say_own_number();
                if (command == child_with_child && ::fork() == 0) {
                    say_own_number();
                }
                wait_for_end();
            }
        }
    }
    void say_own_number() const {
        const pid_t pid = ::getpid();
        if (::write(theirs_.get(), &pid, sizeof pid) != static_cast<ssize_t>(sizeof pid)) {
            ::_exit(1);
        }
    }
    [[noreturn]] static void wait_for_end() {
        constexpr unsigned longer_than_any_test = 300;
        ::alarm(longer_than_any_test);  // or the test was killed, and nobody ends this
        while (true) {
            ::pause();
        }
    }

    // In the test.
    void tell(char command) const {
        if (::write(ours_.get(), &command, 1) != 1) {
            throw std::system_error(errno, std::generic_category(), "telling a process to start another");
        }
    }
    pid_t read_pid() {
        pid_t pid = 0;
        if (::read(ours_.get(), &pid, sizeof pid) != static_cast<ssize_t>(sizeof pid)) {
            throw std::runtime_error("a process of the test could not start another");
        }
        started_[pid] = process::UniqueFd(process::sys::pidfd_open(pid));
        return pid;
    }
    static void kill(const process::UniqueFd& pidfd) {
        ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);  // NOLINT(*-vararg)
    }
    static process::UniqueFd take(std::array<int, 2>& ends, std::size_t which) {
        return process::UniqueFd(ends.at(which));
    }
    static std::array<int, 2> pair() {
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
            throw std::system_error(errno, std::generic_category(), "socketpair");
        }
        return ends;
    }

    std::array<int, 2> ends_ = pair();
    process::UniqueFd ours_ = take(ends_, 0);
    process::UniqueFd theirs_ = take(ends_, 1);
    std::map<pid_t, process::UniqueFd> started_;
    Crowd process_;
};

/// When a process was started, in ticks after boot.
[[nodiscard]] inline std::uint64_t start_of(pid_t pid) {
    const auto process = process::Process::pin(pid);
    const auto start = process ? process::start_of(*process) : Expected<std::uint64_t>(process.failure());
    if (!start) {
        throw std::runtime_error(start.failure().message);
    }
    return *start;
}

/// Returns once what begins is told from what has begun: times of starts are counted in hundredths of a second.
inline void wait_for_the_next_tick() {
    const auto now = process::ticks_since_boot();
    while (process::ticks_since_boot() <= now) {
    }
}

}  // namespace iopriority::engine::test
