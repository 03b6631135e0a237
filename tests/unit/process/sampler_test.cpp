// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Whose a process is, in one sample and the next, and how it is called. As root.
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "../engine/crowd.hpp"
#include "process/syscalls.hpp"
#include "process/traffic.hpp"
#include "values/values.hpp"

namespace iopriority::process {
namespace {

using engine::test::Crowd;

TEST(Sampling, follows_a_process_that_becomes_another_users) {
    std::array<int, 2> gate{};
    std::array<int, 2> done{};
    ASSERT_EQ(::pipe(gate.data()) + ::pipe(done.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        char letter = 0;
        const bool go = ::read(gate[0], &letter, 1) == 1 && ::setresuid(54321, 54321, 54321) == 0;
        static_cast<void>(!::write(done[1], go ? "y" : "n", 1));
        ::pause();
        ::_exit(0);
    }
    const auto uid = [child](const Sample& sample) {
        const auto found = std::find_if(sample.processes.begin(), sample.processes.end(),
                                        [&](const auto& each) { return each.pid == child; });
        return found != sample.processes.end() ? found->real_uid : 0xFFFFFFFFU;
    };
    Sampler sampler;
    const auto first = sampler.take();
    EXPECT_EQ(::write(gate[1], "g", 1), 1);
    char answer = 0;
    EXPECT_EQ(::read(done[0], &answer, 1), 1);
    const auto second = sampler.take();
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(answer, 'y');
    EXPECT_EQ(uid(*first), 0U);
    EXPECT_EQ(uid(*second), 54321U);
}

TEST(Sampling, makes_names_fit_to_be_shown) {
    constexpr std::size_t longest = 16;
    std::array<char, longest> before{};
    ASSERT_EQ(::prctl(PR_GET_NAME, before.data()), 0);
    ::prctl(PR_SET_NAME, "\x1b[2J\xe2\x80\xae\xff x");
    Sampler sampler;
    const auto sample = sampler.take();
    ::prctl(PR_SET_NAME, before.data());
    ASSERT_TRUE(sample);
    const auto own = std::find_if(sample->processes.begin(), sample->processes.end(),
                                  [](const auto& each) { return each.pid == ::getpid(); });
    ASSERT_NE(own, sample->processes.end());
    EXPECT_EQ(own->name, "?[2J?? x");
}

TEST(Sampling, of_those_with_a_priority_finds_each_of_which_one_thread_has_one) {
    const auto set_idle = [] {
        EXPECT_EQ(sys::ioprio_set(sys::Who::thread, 0, values::to_kernel(Priority::idle())), 0);
    };
    const auto nothing = [] {};
    const Crowd none(&engine::test::wait_forever);
    const Crowd alone([&](const auto& ready) {
        set_idle();
        engine::test::wait_forever(ready);
    });
    const Crowd many_without([&](const auto& ready) {
        engine::test::start_waiting_threads(400);  // listed in two parts
        engine::test::wait_forever(ready);
    });
    const Crowd last_of_many([&](const auto& ready) {
        engine::test::start_waiting_threads(400);
        engine::test::start_thread(set_idle);
        engine::test::wait_forever(ready);
    });
    const Crowd whose_first_thread_has_ended([&](const auto& ready) {
        engine::test::start_thread(nothing);
        engine::test::start_thread([&] {
            set_idle();
            ready();
        });
        ::syscall(SYS_exit, 0);  // of this thread alone
    });
    const auto sample = Sampler().take(Sampler::Which::with_priority);
    ASSERT_TRUE(sample);
    const auto is_found = [&](const Crowd& crowd) {
        return std::any_of(sample->processes.begin(), sample->processes.end(),
                           [&](const auto& each) { return each.pid == crowd.pid(); });
    };
    EXPECT_FALSE(is_found(none));
    EXPECT_TRUE(is_found(alone));
    EXPECT_FALSE(is_found(many_without));
    EXPECT_TRUE(is_found(last_of_many));
    EXPECT_TRUE(is_found(whose_first_thread_has_ended));
}

}  // namespace
}  // namespace iopriority::process
