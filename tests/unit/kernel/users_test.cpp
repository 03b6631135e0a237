// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Setting every thread of a user. Runs as the first process of a pid namespace of its own, where the kernel's
/// user-wide call reaches no process of the machine: unshare -pf --mount-proc.
#include "kernel/users.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "crowd.hpp"
#include "kernel/proc_text.hpp"

namespace iopriority::kernel {
namespace {

using test::Crowd;
using test::others_than;
using test::priority_of;
using ::testing::IsEmpty;

constexpr uid_t root = 0;
constexpr uid_t alice = 61001;
constexpr uid_t bob = 61002;
const Priority idle = Priority::idle();
const Priority none = Priority::none();

void become(uid_t uid) {
    if (::setresuid(uid, uid, uid) != 0) {
        throw std::runtime_error("setresuid: this test needs root");
    }
}

std::unique_ptr<Crowd> process_of(uid_t uid, unsigned threads) {
    return std::make_unique<Crowd>([=](const auto& ready) {
        become(uid);
        test::start_waiting_threads(threads - 1);
        ready();
        while (true) {
            ::pause();
        }
    });
}

/// Starts a child every moment, each of which ends at once.
std::unique_ptr<Crowd> forker_of(uid_t uid) {
    return std::make_unique<Crowd>([=](const auto& ready) {
        become(uid);
        std::signal(SIGCHLD, SIG_IGN);
        ready();
        while (true) {
            const pid_t child = ::fork();
            if (child == 0) {
                ::_exit(0);
            }
        }
    });
}

std::vector<pid_t> processes_of(uid_t uid) {
    std::vector<pid_t> all;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        struct stat status {};
        const auto pid = parse_pid(entry.path().filename().string());
        if (pid && ::stat(entry.path().c_str(), &status) == 0 && status.st_uid == uid) {
            all.push_back(*pid);
        }
    }
    return all;
}

struct AUser : ::testing::Test {
    void SetUp() override {
        ASSERT_EQ(::getpid(), 1) << "run with unshare -pf --mount-proc";
        ASSERT_EQ(::setpriority(PRIO_PROCESS, 0, 0), 0);  // what is unset follows it, whoever has started the tests
    }
    /// Orphans are the first process's to reap.
    void TearDown() override {
        while (::waitpid(-1, nullptr, 0) > 0) {
        }
    }
};

TEST_F(AUser, WithoutAProcessHasNoTasksAndNothingIsSet) {
    EXPECT_FALSE(user_has_tasks(alice));
    EXPECT_EQ(highest_of_user(alice), std::nullopt);
    UserSetter setter(alice, idle);
    while (!setter.step()) {
    }
    EXPECT_EQ(setter.processes(), 0U);
    EXPECT_EQ(setter.threads(), 0U);
    EXPECT_FALSE(setter.touched());
}

TEST_F(AUser, IsSetWithAllThreadsOfAllProcessesAndNobodyElse) {
    const auto first = process_of(alice, 5);
    const auto second = process_of(alice, 1);
    const auto other = process_of(bob, 3);
    EXPECT_TRUE(user_has_tasks(alice));
    EXPECT_EQ(highest_of_user(alice), Priority::best_effort(4)) << "what unset threads amount to";
    UserSetter setter(alice, idle);
    while (!setter.step()) {
    }
    EXPECT_EQ(setter.processes(), 2U);
    EXPECT_EQ(setter.threads(), 6U);
    EXPECT_EQ(setter.refused(), 0U);
    EXPECT_FALSE(setter.outrun());
    EXPECT_TRUE(setter.touched());
    EXPECT_THAT(others_than(idle, first->tids()), IsEmpty());
    EXPECT_THAT(others_than(idle, second->tids()), IsEmpty());
    EXPECT_THAT(others_than(none, other->tids()), IsEmpty());
    EXPECT_EQ(priority_of(1), none);
    EXPECT_EQ(highest_of_user(alice), idle);
}

TEST_F(AUser, IsSetAlsoWhereTheFirstThreadOfAProcessHasEnded) {
    const Crowd crowd([](const auto& ready) {
        become(alice);
        test::start_waiting_threads(3);
        ready();
        test::end_this_thread();
    });
    test::wait_for_end(crowd.pid());
    UserSetter setter(alice, idle);
    while (!setter.step()) {
    }
    EXPECT_FALSE(setter.outrun());
    EXPECT_EQ(setter.threads(), 3U);
    EXPECT_THAT(others_than(idle, crowd.tids()), IsEmpty());
}

TEST_F(AUser, WhoStartsProcessesAllTheTimeHasNoneLeftBehind) {
    const auto first = forker_of(alice);
    const auto second = forker_of(alice);
    UserSetter setter(alice, idle);
    while (!setter.step()) {
    }
    ::kill(first->pid(), SIGSTOP);
    ::kill(second->pid(), SIGSTOP);
    EXPECT_EQ(priority_of(first->pid()), idle);
    EXPECT_EQ(priority_of(second->pid()), idle);
    EXPECT_THAT(others_than(idle, processes_of(alice)), IsEmpty());
}

TEST_F(AUser, WhoIsRootIsSetWithoutTheFirstProcess) {
    EXPECT_EQ(highest_of_user(root), std::nullopt) << "the kernel would answer for the caller";
    const auto of_root = process_of(root, 3);
    const auto of_alice = process_of(alice, 2);
    UserSetter setter(root, idle);
    while (!setter.step()) {
    }
    EXPECT_EQ(setter.processes(), 1U);
    EXPECT_EQ(setter.threads(), 3U);
    EXPECT_THAT(others_than(idle, of_root->tids()), IsEmpty());
    EXPECT_THAT(others_than(none, of_alice->tids()), IsEmpty());
    EXPECT_EQ(priority_of(1), none);
}

}  // namespace
}  // namespace iopriority::kernel
