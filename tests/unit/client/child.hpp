// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A child of the test with as many threads as it wants, which wait to be ended.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace iopriority::client::test {

/// How many threads a process has: under ThreadSanitizer one more than it has made.
inline unsigned threads_of(pid_t pid) {
    const std::filesystem::directory_iterator tasks("/proc/" + std::to_string(pid) + "/task");
    return static_cast<unsigned>(std::distance(begin(tasks), end(tasks)));
}

/// Threads of this process that wait until it ends or this is destroyed.
class IdleThreads {
 public:
    explicit IdleThreads(unsigned count) {
        if (::pipe(gate_.data()) != 0) {
            throw std::runtime_error("pipe");
        }
        for (unsigned i = 0; i < count; ++i) {
            threads_.emplace_back([fd = gate_[0]] {
                char none = 0;
                static_cast<void>(::read(fd, &none, 1));
            });
        }
    }
    IdleThreads(const IdleThreads&) = delete;
    IdleThreads& operator=(const IdleThreads&) = delete;
    IdleThreads(IdleThreads&&) = delete;
    IdleThreads& operator=(IdleThreads&&) = delete;
    ~IdleThreads() {
        ::close(gate_[1]);
        for (auto& thread : threads_) {
            thread.join();
        }
        ::close(gate_[0]);
    }

 private:
    std::array<int, 2> gate_{};
    std::vector<std::thread> threads_;
};

/// Runs `body` in a child, as a test that must not change this process. @return its exit status
inline int in_child(const std::function<int()>& body) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(body());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/// A child with threads, ended with this.
class Child {
 public:
    explicit Child(unsigned more_threads) {
        std::array<int, 2> ready{};
        if (::pipe(ready.data()) != 0) {
            throw std::runtime_error("pipe");
        }
        pid_ = ::fork();
        if (pid_ == 0) {
            const IdleThreads threads(more_threads);
            ::close(ready[1]);
            ::close(ready[0]);
            while (true) {
                ::pause();
            }
        }
        ::close(ready[1]);
        char none = 0;
        static_cast<void>(::read(ready[0], &none, 1));
        ::close(ready[0]);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    Child(Child&&) = delete;
    Child& operator=(Child&&) = delete;
    ~Child() { end(); }

    [[nodiscard]] pid_t pid() const { return pid_; }
    void end() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        pid_ = 0;
    }

 private:
    pid_t pid_ = 0;
};

}  // namespace iopriority::client::test
