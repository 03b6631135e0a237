// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Pinning real processes, of this user.
#include "process/process.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "../engine/crowd.hpp"
#include "process/syscalls.hpp"

namespace iopriority::process {
namespace {

using engine::test::Crowd;
using engine::test::wait_forever;
using ::testing::HasSubstr;

std::optional<ErrorCode> refusal(const Expected<Process>& process) {
    return process ? std::nullopt : std::optional(process.failure().code);
}

TEST(AProcess, that_does_not_exist_cannot_be_pinned) {
    const auto process = Process::pin(std::numeric_limits<pid_t>::max());
    EXPECT_EQ(refusal(process), ErrorCode::no_such_process);
    EXPECT_THAT(process.failure().message, HasSubstr("2147483647"));
}

TEST(AProcess, cannot_be_pinned_by_an_invalid_id) {
    for (const pid_t number : {0, -1, std::numeric_limits<pid_t>::min()}) {
        const auto process = Process::pin(number);
        EXPECT_EQ(refusal(process), ErrorCode::no_such_process) << number;
        EXPECT_THAT(process.failure().message, HasSubstr("there is no process")) << number;
    }
}

TEST(AProcess, cannot_be_pinned_by_the_number_of_another_of_its_threads) {
    const Crowd crowd([](const auto& ready) {
        engine::test::start_waiting_threads(1);
        wait_forever(ready);
    });
    for (const pid_t tid : crowd.tids()) {
        if (tid != crowd.pid()) {
            const auto process = Process::pin(tid);
            EXPECT_EQ(refusal(process), ErrorCode::no_such_process);
            EXPECT_THAT(process.failure().message, HasSubstr("thread"));
        }
    }
}

TEST(AProcess, that_is_a_zombie_cannot_be_pinned) {
    const Crowd crowd(wait_forever);
    crowd.kill();
    EXPECT_EQ(refusal(Process::pin(crowd.pid())), ErrorCode::no_such_process);
}

TEST(ADescriptor, that_is_no_pidfd_is_refused) {
    std::vector<UniqueFd> others;
    others.emplace_back(::eventfd(0, EFD_CLOEXEC));
    others.emplace_back(::open("/proc/self/status", O_RDONLY | O_CLOEXEC));
    others.emplace_back(::open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    others.emplace_back(::open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC));
    others.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    for (auto& other : others) {
        ASSERT_TRUE(other);
        EXPECT_EQ(refusal(Process::from_pidfd(std::move(other))), ErrorCode::invalid_argument);
    }
    EXPECT_EQ(refusal(Process::from_pidfd(UniqueFd())), ErrorCode::failed) << "it could not be duplicated";
}

TEST(ADescriptor, of_a_process_that_has_ended_is_refused) {
    Crowd crowd(wait_forever);
    UniqueFd of_zombie(sys::pidfd_open(crowd.pid()));
    UniqueFd of_reaped(sys::pidfd_open(crowd.pid()));
    crowd.kill();
    EXPECT_EQ(refusal(Process::from_pidfd(std::move(of_zombie))), ErrorCode::no_such_process);
    crowd.reap();
    EXPECT_EQ(refusal(Process::from_pidfd(std::move(of_reaped))), ErrorCode::no_such_process);
}

TEST(ADescriptor, of_a_process_pins_it) {
    const Crowd crowd(wait_forever);
    const auto process = Process::from_pidfd(UniqueFd(sys::pidfd_open(crowd.pid())));
    ASSERT_TRUE(process) << process.failure().message;
    EXPECT_EQ(process->pid(), crowd.pid());
    EXPECT_TRUE(process->running());
}

TEST(APinnedProcess, is_not_running_as_a_zombie_and_owns_its_number_until_it_is_reaped) {
    Crowd crowd(wait_forever);
    const auto process = Process::pin(crowd.pid());
    ASSERT_TRUE(process);
    EXPECT_TRUE(process->running());
    EXPECT_TRUE(process->owns_number());
    crowd.kill();
    EXPECT_FALSE(process->running());
    EXPECT_TRUE(process->owns_number());
    crowd.reap();
    EXPECT_FALSE(process->running());
    EXPECT_FALSE(process->owns_number());
}

TEST(APinnedProcess, says_that_it_has_ended_whatever_is_read_of_it) {
    Crowd crowd(wait_forever);
    const auto process = Process::pin(crowd.pid());
    ASSERT_TRUE(process);
    crowd.reap();
    EXPECT_EQ(process->credentials().failure().code, ErrorCode::no_such_process);
    EXPECT_EQ(process->thread_count(), 0U);
    EXPECT_EQ(start_of(*process).failure().code, ErrorCode::no_such_process);
    EXPECT_EQ(process->read("status").failure().code, ErrorCode::no_such_process);
    EXPECT_EQ(stat_of(*process).failure().code, ErrorCode::no_such_process);
    EXPECT_THAT(process->ended().message, HasSubstr(std::to_string(process->pid())));
    EXPECT_EQ(process->name(), "?");
}

TEST(APinnedProcess, runs_also_while_signals_interrupt_the_question) {
    const Crowd crowd(wait_forever);
    const auto process = Process::pin(crowd.pid());
    ASSERT_TRUE(process);
    struct sigaction old {};
    struct sigaction count {};
    static volatile sig_atomic_t signals = 0;
    count.sa_handler = [](int) { signals = signals + 1; };
    ::sigaction(SIGALRM, &count, &old);
    const itimerval often{{0, 50}, {0, 50}};
    ::setitimer(ITIMER_REAL, &often, nullptr);
    constexpr int enough = 2000;
    unsigned ended = 0;
    while (signals < enough) {
        ended += process->running() ? 0U : 1U;
    }
    const itimerval never{};
    ::setitimer(ITIMER_REAL, &never, nullptr);
    ::sigaction(SIGALRM, &old, nullptr);
    EXPECT_EQ(ended, 0U);
}

TEST(APinnedProcess, has_the_owner_that_both_ways_of_reading_say) {
    const Crowd crowd(wait_forever);
    const auto by_call = Process::pin(crowd.pid(), CredentialSource::kernel_call);
    const auto by_proc = Process::pin(crowd.pid(), CredentialSource::proc);
    ASSERT_TRUE(by_call && by_proc);
    EXPECT_EQ(by_call->credentials()->real_uid, ::getuid());
    EXPECT_EQ(by_proc->credentials()->real_uid, ::getuid());
    EXPECT_EQ(*by_call->credentials(), *by_proc->credentials());
}

TEST(APinnedProcess, has_a_key_that_is_its_alone_however_it_was_pinned) {
    const Crowd crowd(wait_forever);
    const Crowd other(wait_forever);
    const auto process = Process::pin(crowd.pid());
    ASSERT_TRUE(process);
    const auto key = process->key();
    ASSERT_TRUE(key);
    EXPECT_EQ(key->pid, crowd.pid());
    EXPECT_EQ(*Process::pin(crowd.pid())->key(), *key);
    EXPECT_EQ(*Process::from_pidfd(UniqueFd(sys::pidfd_open(crowd.pid())))->key(), *key);
    EXPECT_EQ(*Process::pin(process->pid())->key(), *key);
    EXPECT_NE(*Process::pin(other.pid())->key(), *key);
}

TEST(APinnedProcess, tells_how_many_threads_it_has) {
    const Crowd crowd([](const auto& ready) {
        engine::test::start_waiting_threads(4);
        wait_forever(ready);
    });
    const auto process = Process::pin(crowd.pid());
    ASSERT_TRUE(process);
    EXPECT_EQ(process->thread_count(), 5U);
    EXPECT_EQ(Process::pin(process->pid())->thread_count(), 5U);
}

TEST(ADescriptor, of_one_thread_alone_is_refused) {
    const Crowd crowd([](const auto& ready) {
        engine::test::start_waiting_threads(1);
        wait_forever(ready);
    });
    for (const pid_t tid : crowd.tids()) {
        UniqueFd of_thread(sys::pidfd_open_thread(tid));
        if (!of_thread) {
            EXPECT_EQ(of_thread.release(), -EINVAL) << "before Linux 6.9 there are none";
            continue;
        }
        const auto process = Process::from_pidfd(std::move(of_thread));
        EXPECT_EQ(refusal(process), ErrorCode::invalid_argument) << tid;
        EXPECT_THAT(process.failure().message, HasSubstr("PIDFD_THREAD"));
    }
}

TEST(APinnedProcess, has_a_harmless_name) {
    const Crowd crowd([](const auto& ready) {
        ::prctl(PR_SET_NAME, "a) R\n\x1b[1m\xff");
        wait_forever(ready);
    });
    const auto process = Process::pin(crowd.pid());
    ASSERT_TRUE(process);
    EXPECT_EQ(process->name(), "a) R??[1m?");
    EXPECT_FALSE(stat_of(*process)->of_kernel());
    EXPECT_TRUE(process->credentials());
}

TEST(APinnedProcess, has_a_question_mark_for_a_name_where_it_has_none) {
    const Crowd crowd([](const auto& ready) {
        ::prctl(PR_SET_NAME, "");
        wait_forever(ready);
    });
    EXPECT_EQ(Process::pin(crowd.pid())->name(), "?");
}

TEST(APinnedProcess, is_in_this_pid_namespace_if_it_was_started_here) {
    const Crowd crowd(wait_forever);
    const auto depth = pid_namespace_depth(*Process::pin(crowd.pid()));
    ASSERT_TRUE(depth);
    EXPECT_GE(*depth, 1U);
}

}  // namespace
}  // namespace iopriority::process
