// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <thread>

#include "service/helper_thread.hpp"
#include "service/loop.hpp"

namespace iopriority::service::test {
namespace {

using namespace std::chrono_literals;

/// A program of its own with a loop that does what is given, and is sent the signal. Its exit status.
/// @param most how long it may take to end: long, where it must not reach that on a slow machine
int status_of(int signal, const std::function<void(Loop&)>& at_first, std::chrono::milliseconds most = 20s) {
    const pid_t child = ::fork();
    if (child == 0) {
        {
            Loop loop;
            when_told_to_stop([&loop] { loop.quit(); }, most);
            const auto first = loop.after(1ms, [&] {
                ::kill(::getpid(), signal);
                at_first(loop);
            });
            loop.run();
        }
        std::exit(7);  // NOLINT(*-mt-unsafe): as the daemon's main ends
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST(A_stop_signal, comes_in_the_loop) {
    EXPECT_EQ(status_of(SIGTERM, [](Loop&) {}), 7);
    EXPECT_EQ(status_of(SIGINT, [](Loop&) {}), 7);
}

TEST(A_stop_signal, ends_a_program_whose_loop_is_stuck) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(status_of(
                  SIGTERM, [](Loop&) { std::this_thread::sleep_for(60s); }, 100ms),
              EXIT_FAILURE);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 30s);
}

TEST(A_stop_signal, is_told_before_other_work_is_done) {
    std::vector<Source> work;
    EXPECT_EQ(status_of(SIGTERM,
                        [&](Loop& loop) {
                            for (int i = 0; i < 100; ++i) {
                                work.push_back(loop.each_turn(0, [] { std::this_thread::sleep_for(1ms); }));
                            }
                        }),
              7);
}

}  // namespace
}  // namespace iopriority::service::test
