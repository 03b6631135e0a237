// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Setting every thread of a user. Runs as the first process of a pid namespace of its own, where the kernel's
/// user-wide call reaches no process of the machine: unshare -pf --mount-proc.
#include "engine/job.hpp"

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
#include <thread>
#include <vector>

#include "crowd.hpp"
#include "engine/walk.hpp"
#include "process/proc_text.hpp"

namespace iopriority::engine {
namespace {

using test::Crowd;
using test::others_than;
using test::priority_of;
using test::set_priority;
using ::testing::IsEmpty;

constexpr uid_t root = 0;
constexpr uid_t alice = 61001;
constexpr uid_t bob = 61002;
const Priority idle = Priority::idle();
const Priority none = Priority::none();

std::unique_ptr<Crowd> process_of(uid_t uid, unsigned threads) {
    return std::make_unique<Crowd>([=](const auto& ready) {
        test::become(uid);
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
        test::become(uid);
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
        const auto pid = process::parse_pid(entry.path().filename().string());
        if (pid && ::stat(entry.path().c_str(), &status) == 0 && status.st_uid == uid) {
            all.push_back(*pid);
        }
    }
    return all;
}

/// What came of setting all threads of a user, by whoever may.
struct Set {
    Expected<Changed> outcome{Failure{}};
    std::string before;
    bool changed_any = false;
    Tally tally{};
};

Set set_user(uid_t uid, const policy::Grant& grant = policy::Grant::everything(root), bool keep_explicit = false) {
    Job job(user_target(uid), {idle, keep_explicit}, root);
    job.begin(grant);
    auto progress = Job::Progress::more;
    while ((progress = job.step()) != Job::Progress::done) {
        if (progress == Job::Progress::settle) {
            std::this_thread::sleep_for(settle_delay);
        }
    }
    return {job.result(), job.before(), job.changed_any(), job.tally()};
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

TEST_F(AUser, without_a_process_has_no_tasks_and_nothing_is_set) {
    EXPECT_FALSE(user_has_tasks(alice));
    const auto set = set_user(alice);
    EXPECT_EQ(set.before, "unknown");
    ASSERT_FALSE(set.outcome);
    EXPECT_EQ(set.outcome.failure().code, ErrorCode::no_such_process);
    EXPECT_EQ(set.tally.as_wanted, 0U);
    EXPECT_FALSE(set.changed_any);
}

TEST_F(AUser, is_looked_for_a_few_processes_at_a_time) {
    constexpr std::size_t others = 100;
    std::vector<std::unique_ptr<Crowd>> crowds;
    while (crowds.size() < others) {
        crowds.push_back(process_of(bob, 1));
    }
    Walk walk(user_target(alice));
    walk.begin_round();
    while (walk.scans() == 0) {
        ASSERT_EQ(walk.step(), Walk::Step::more);
    }
    std::size_t steps = 1;
    while (walk.step() == Walk::Step::more) {
        ++steps;
    }
    EXPECT_FALSE(walk.failure());
    EXPECT_GE(steps, others / 16);
}

TEST_F(AUser, is_set_with_all_threads_and_no_other_user) {
    const auto first = process_of(alice, 5);
    const auto second = process_of(alice, 1);
    const auto other = process_of(bob, 3);
    EXPECT_TRUE(user_has_tasks(alice));
    const auto set = set_user(alice);
    EXPECT_EQ(set.before, "best-effort:4") << "what unset threads amount to";
    ASSERT_TRUE(set.outcome) << set.outcome.failure().message;
    EXPECT_EQ(set.outcome->processes, 2U);
    EXPECT_EQ(set.outcome->threads, 6U);
    EXPECT_EQ(set.tally.refused, 0U);
    EXPECT_TRUE(set.changed_any);
    EXPECT_THAT(others_than(idle, first->tids()), IsEmpty());
    EXPECT_THAT(others_than(idle, second->tids()), IsEmpty());
    EXPECT_THAT(others_than(none, other->tids()), IsEmpty());
    EXPECT_EQ(priority_of(1), none);
    EXPECT_EQ(set_user(alice).before, "idle");
}

TEST_F(AUser, is_set_also_where_the_first_thread_of_a_process_has_ended) {
    const Crowd crowd([](const auto& ready) {
        test::become(alice);
        test::start_waiting_threads(3);
        ready();
        test::end_this_thread();
    });
    test::wait_for_end(crowd.pid());
    const auto set = set_user(alice);
    ASSERT_TRUE(set.outcome) << set.outcome.failure().message;
    EXPECT_EQ(set.outcome->threads, 3U);
    EXPECT_THAT(others_than(idle, crowd.tids()), IsEmpty());
}

TEST_F(AUser, who_starts_processes_all_the_time_has_none_left_behind) {
    const auto first = forker_of(alice);
    const auto second = forker_of(alice);
    static_cast<void>(set_user(alice));
    ::kill(first->pid(), SIGSTOP);
    ::kill(second->pid(), SIGSTOP);
    EXPECT_EQ(priority_of(first->pid()), idle);
    EXPECT_EQ(priority_of(second->pid()), idle);
    EXPECT_THAT(others_than(idle, processes_of(alice)), IsEmpty());
}

TEST_F(AUser, who_is_root_is_set_without_the_first_process) {
    const auto of_root = process_of(root, 3);
    const auto of_alice = process_of(alice, 2);
    set_priority(of_root->pid(), Priority::best_effort(3));
    set_priority(1, Priority::realtime(0));  // which the kernel would answer for the caller
    const auto set = set_user(root);
    ASSERT_TRUE(set.outcome) << set.outcome.failure().message;
    EXPECT_EQ(set.before, "mixed (2 none, 1 best-effort:3)");
    EXPECT_THAT(set.outcome->before_breakdown,
                testing::UnorderedElementsAre(testing::Pair("best-effort:3", 1U), testing::Pair("none", 2U)));
    EXPECT_EQ(set.outcome->processes, 1U);
    EXPECT_EQ(set.outcome->threads, 3U);
    EXPECT_EQ(priority_of(1), Priority::realtime(0));
    set_priority(1, none);
    EXPECT_THAT(others_than(idle, of_root->tids()), IsEmpty());
    EXPECT_THAT(others_than(none, of_alice->tids()), IsEmpty());
}

/// A process of alice with a thread of bob, and one that holds a capability: listed in this order, after its first one.
std::unique_ptr<Crowd> mixed_process() {
    return std::make_unique<Crowd>([](const auto& ready) {
        test::start_thread([] { test::become(bob); });
        test::start_thread([] { test::become(alice, test::Capabilities::kept); });
        test::become(alice);
        ready();
        while (true) {
            ::pause();
        }
    });
}

constexpr std::size_t first = 0;
constexpr std::size_t bobs = 1;
constexpr std::size_t capable = 2;

TEST_F(AUser, is_set_and_counted_by_threads_whosever_the_process_is) {
    const auto mixed = mixed_process();
    const auto tids = mixed->tids();
    const auto set = set_user(bob);
    ASSERT_TRUE(set.outcome) << set.outcome.failure().message;
    EXPECT_EQ(set.outcome->threads, 1U);
    EXPECT_EQ(set.outcome->processes, 1U);
    EXPECT_EQ(priority_of(tids.at(bobs)), idle);
    EXPECT_EQ(priority_of(tids.at(first)), none);
    EXPECT_EQ(priority_of(tids.at(capable)), none);
}

TEST_F(AUser, is_not_set_with_the_threads_of_others_in_the_same_process) {
    const auto mixed = mixed_process();
    const auto tids = mixed->tids();
    const auto set = set_user(alice);
    ASSERT_TRUE(set.outcome) << set.outcome.failure().message;
    EXPECT_EQ(set.outcome->threads, 2U);
    EXPECT_EQ(priority_of(tids.at(first)), idle);
    EXPECT_EQ(priority_of(tids.at(capable)), idle);
    EXPECT_EQ(priority_of(tids.at(bobs)), none);
}

TEST_F(AUser, keeps_explicit_priorities_and_has_the_other_threads_set_whosever_the_process_is) {
    const auto mixed = mixed_process();
    const auto other = process_of(bob, 2);
    const auto tids = mixed->tids();
    set_priority(other->tids().back(), Priority::best_effort(1));
    const auto set = set_user(bob, policy::Grant::everything(root), true);
    ASSERT_TRUE(set.outcome) << set.outcome.failure().message;
    EXPECT_EQ(set.outcome->threads, 2U);
    EXPECT_EQ(set.outcome->processes, 2U);
    EXPECT_EQ(priority_of(tids.at(bobs)), idle);
    EXPECT_EQ(priority_of(tids.at(first)), none);
    EXPECT_EQ(priority_of(other->pid()), idle);
    EXPECT_EQ(priority_of(other->tids().back()), Priority::best_effort(1));
}

TEST_F(AUser, who_orders_all_threads_of_ones_own_takes_privileged_ones_along) {
    const auto mixed = mixed_process();
    const auto tids = mixed->tids();
    const auto set = set_user(alice, policy::Grant::own_user(alice));
    ASSERT_TRUE(set.outcome) << set.outcome.failure().message;
    EXPECT_EQ(set.outcome->threads, 2U);
    EXPECT_EQ(priority_of(tids.at(capable)), idle);
}

TEST_F(AUser, who_was_granted_no_more_than_the_kernel_grants_has_privileged_threads_left_alone) {
    const auto mixed = mixed_process();
    const auto tids = mixed->tids();
    const auto set = set_user(alice, policy::Grant::own(alice));
    ASSERT_FALSE(set.outcome);
    EXPECT_EQ(set.outcome.failure().code, ErrorCode::partially_applied);
    EXPECT_EQ(set.tally.privileged, 1U);
    EXPECT_EQ(priority_of(tids.at(first)), idle);
    EXPECT_EQ(priority_of(tids.at(capable)), none);
    EXPECT_EQ(priority_of(tids.at(bobs)), none);
}

/// Else a hold that began between the two would be taken for one that is still in force.
TEST_F(AUser, whose_processes_are_set_once_more_by_the_kernel_has_them_told_of_once_more) {
    const auto process = process_of(alice, 3);
    Job job(user_target(alice), {idle, false, false, true}, root);
    std::vector<unsigned> threads;
    job.begin(policy::Grant::everything(root), nullptr, {}, [&](const auto& /*key*/, const auto& tids, bool /*all*/) {
        threads.push_back(static_cast<unsigned>(tids.size()));
        if (threads.size() == 1) {
            set_priority(tids.back(), none);  // as a hold on it would
        }
        return false;
    });
    while (job.step() != Job::Progress::done) {
    }
    EXPECT_THAT(threads, ::testing::ElementsAre(3U, 3U));
    EXPECT_EQ(job.result()->threads, 3U);
    EXPECT_THAT(others_than(idle, process->tids()), IsEmpty());
}

TEST_F(AUser, whom_another_may_not_set_is_not_swept_by_the_kernel) {
    const auto process = process_of(alice, 3);
    const auto set = set_user(alice, policy::Grant::own(bob));
    ASSERT_FALSE(set.outcome);
    EXPECT_FALSE(set.changed_any);
    EXPECT_EQ(set.tally.joined, 3U);
    EXPECT_THAT(others_than(none, process->tids()), IsEmpty());
}

}  // namespace
}  // namespace iopriority::engine
