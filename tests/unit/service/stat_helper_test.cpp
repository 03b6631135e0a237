// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/stat_helper.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <iterator>
#include <span>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "../refusals.hpp"
#include "process/read_file.hpp"

namespace iopriority::service::test {
namespace {

using namespace std::chrono_literals;
using process::StatOf;
using process::StatResult;
using Clock = std::chrono::steady_clock;

constexpr pid_t nobody = 1 << 30;  ///< and what is above: numbers that no process has

/// A process that does nothing. Those of the tests are waited for.
class Sleeper {
 public:
    Sleeper() : pid_(::fork()) {
        while (pid_ == 0) {
            ::pause();
        }
    }
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;
    Sleeper(Sleeper&&) = delete;
    Sleeper& operator=(Sleeper&&) = delete;
    ~Sleeper() { end(); }
    void end() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        pid_ = -1;
    }
    [[nodiscard]] pid_t pid() const { return pid_; }

 private:
    pid_t pid_;
};

pid_t waited_for = -1;  ///< whose stat a helper started since waits

/// Waits as a read of a process that executes a program does.
StatResult read_or_wait(StatOf of) noexcept {
    while (of.process == waited_for || of.process >= nobody) {
        ::pause();
    }
    return process::read_stat(of);
}

std::vector<StatResult> read(StatHelper& helper, const std::vector<StatOf>& wanted) {
    std::vector<StatResult> results(wanted.size());
    for (std::size_t done = 0; done < wanted.size();) {
        done += helper.read(std::span(wanted).subspan(done), std::span(results).subspan(done));
    }
    return results;
}

int error_of(StatHelper& helper, pid_t pid) {
    return read(helper, {{pid}}).at(0).error;
}

/// The helpers there are.
std::vector<pid_t> children() {
    std::vector<pid_t> found;
    const process::UniqueFd proc(::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    std::vector<pid_t> some;
    while (process::next_numbers(proc.get(), some) == 0 && !some.empty()) {
        std::copy_if(some.begin(), some.end(), std::back_inserter(found), [](pid_t pid) {
            const auto [error, stat] = process::read_stat({pid});
            return error == 0 && stat.parent == ::getpid() && !stat.has_ended();
        });
    }
    return found;
}

class A_stat_helper : public ::testing::Test {
 protected:
    A_stat_helper() { waited_for = -1; }
};

TEST_F(A_stat_helper, says_what_there_is_not) {
    StatHelper helper;
    const auto results = read(helper, {{nobody}, {::getpid(), nobody}, {::getpid()}});
    EXPECT_EQ(results.at(0).error, ENOENT);
    EXPECT_EQ(results.at(1).error, ENOENT);
    EXPECT_EQ(results.at(2).error, 0);
}

TEST_F(A_stat_helper, reads_what_one_would_read_oneself) {
    StatHelper helper;
    std::vector<StatOf> wanted(100, StatOf{::getpid(), ::gettid()});
    wanted.at(70) = {::getppid()};
    const auto results = read(helper, wanted);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const auto own = process::read_stat(wanted.at(i));
        EXPECT_EQ(results.at(i).error, 0);
        EXPECT_EQ(results.at(i).stat.start_ticks, own.stat.start_ticks);
        EXPECT_EQ(results.at(i).stat.parent, own.stat.parent);
    }
}

TEST_F(A_stat_helper, gives_up_where_it_has_to_wait_and_reads_the_others) {
    const Sleeper executing;
    waited_for = executing.pid();
    StatHelper helper(read_or_wait);
    const auto results = read(helper, {{::getpid()}, {executing.pid()}, {::getppid()}});
    EXPECT_EQ(results.at(0).error, 0);
    EXPECT_EQ(results.at(1).error, ETIMEDOUT);
    EXPECT_EQ(results.at(2).error, 0);
    EXPECT_EQ(results.at(2).stat.start_ticks, process::read_stat({::getppid()}).stat.start_ticks);
}

TEST_F(A_stat_helper, waits_once_in_a_turn) {
    StatHelper helper(read_or_wait);
    const std::vector<StatOf> wanted{{::getpid()}, {nobody}, {nobody + 1}};
    std::vector<StatResult> results(wanted.size());
    EXPECT_EQ(helper.read(wanted, results), 2U);
    EXPECT_EQ(results.at(1).error, ETIMEDOUT);
}

TEST_F(A_stat_helper, reads_again_later_what_it_had_to_wait_for) {
    const Sleeper executing;
    waited_for = executing.pid();
    StatHelper helper(read_or_wait);
    EXPECT_EQ(error_of(helper, executing.pid()), ETIMEDOUT);
    waited_for = -1;                                          // which the next helper sees
    EXPECT_EQ(error_of(helper, executing.pid()), ETIMEDOUT);  // not now
    const auto start = Clock::now();
    while (error_of(helper, executing.pid()) != 0 && Clock::now() - start < 10s) {
        std::this_thread::yield();
    }
    EXPECT_GE(Clock::now() - start, StatHelper::first_pause / 2);
    EXPECT_LT(Clock::now() - start, 10s);
}

TEST_F(A_stat_helper, reads_at_once_of_a_number_that_was_anothers) {
    Sleeper executing;
    waited_for = executing.pid();
    StatHelper helper(read_or_wait);
    EXPECT_EQ(error_of(helper, executing.pid()), ETIMEDOUT);
    const auto number = executing.pid();
    executing.end();
    waited_for = -1;
    EXPECT_EQ(error_of(helper, number), ENOENT);
}

#ifndef __SANITIZE_ADDRESS__  // whose shadow takes 30 ms to copy
TEST_F(A_stat_helper, loses_little_time_to_many_that_make_it_wait) {
    constexpr int many = 50;
    std::vector<StatOf> wanted;
    for (int i = 0; i < many; ++i) {
        wanted.push_back({nobody + i});
    }
    StatHelper helper(read_or_wait);
    const auto start = Clock::now();
    for (const auto& [error, stat] : read(helper, wanted)) {
        EXPECT_EQ(error, ETIMEDOUT);
    }
    EXPECT_LT(Clock::now() - start, many * StatHelper::most_patience * 3 / 4);
}
#endif

TEST_F(A_stat_helper, is_replaced_when_it_is_killed) {
    StatHelper helper;
    EXPECT_EQ(error_of(helper, ::getpid()), 0);
    const auto first = children();
    ASSERT_EQ(first.size(), 1U);
    ::kill(first.at(0), SIGKILL);
    siginfo_t info{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(first.at(0)), &info, WEXITED | WNOWAIT | __WALL), 0);
    EXPECT_EQ(error_of(helper, ::getpid()), EAGAIN);
    EXPECT_EQ(error_of(helper, ::getpid()), 0);
    EXPECT_NE(children(), first);
}

TEST_F(A_stat_helper, that_cannot_be_started_is_started_by_a_later_read) {
    StatHelper helper;
    if (!iopriority::test::where_refused({SYS_clone}, EAGAIN,
                                         [&] { EXPECT_EQ(error_of(helper, ::getpid()), EAGAIN); })) {
        GTEST_SKIP() << "system calls cannot be filtered here";
    }
    EXPECT_EQ(error_of(helper, ::getpid()), 0);
}

TEST_F(A_stat_helper, says_what_it_lacks) {
    if (!iopriority::test::where_refused({SYS_eventfd2}, ENFILE, [] {
            try {
                const StatHelper helper;
                ADD_FAILURE() << "it has all";
            } catch (const std::system_error& error) {
                EXPECT_EQ(error.code().value(), ENFILE);
                EXPECT_TRUE(std::string(error.what()).starts_with("eventfd"));
            }
        })) {
        GTEST_SKIP() << "system calls cannot be filtered here";
    }
}

TEST_F(A_stat_helper, ends_with_its_object) {
    {
        StatHelper helper;
        EXPECT_EQ(error_of(helper, ::getpid()), 0);
        EXPECT_EQ(children().size(), 1U);
    }
    EXPECT_TRUE(children().empty());
}

TEST_F(A_stat_helper, keeps_no_descriptors_of_others_open) {
    StatHelper helper;
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    EXPECT_EQ(error_of(helper, ::getpid()), 0);  // the helper begins here
    ::close(ends[1]);
    pollfd end{ends[0], POLLIN, 0};
    EXPECT_EQ(::poll(&end, 1, 0), 1);
    EXPECT_NE(end.revents & POLLHUP, 0);
    ::close(ends[0]);
}

}  // namespace
}  // namespace iopriority::service::test
