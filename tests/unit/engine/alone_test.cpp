// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Processes of one thread, which are not listed where they read as wanted; and what is left out of a look through all
/// once the kernel has set a user's. Runs as the first process of a pid namespace of its own: unshare -pf --mount-proc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <functional>
#include <memory>

#include "crowd.hpp"
#include "engine/job.hpp"
#include "run_job.hpp"

namespace iopriority::engine {
namespace {

using test::alice;
using test::become;
using test::bob;
using test::Crowd;
using test::priority_of;
using test::root;
using test::set_priority;
using test::wait_forever;
using ::testing::ElementsAre;

const Priority idle = Priority::idle();
const Priority none = Priority::none();

std::unique_ptr<Crowd> process_of(uid_t real, uid_t effective, int policy = SCHED_OTHER) {
    return std::make_unique<Crowd>([=](const auto& ready) {
        const sched_param parameters{};
        ::sched_setscheduler(0, policy, &parameters);
        ::syscall(SYS_setresuid, real, effective, effective);
        test::drop_capabilities();
        wait_forever(ready);
    });
}
std::unique_ptr<Crowd> process_of(uid_t uid) {
    return process_of(uid, uid);
}

struct A_process_of_one_thread : ::testing::Test {
    void SetUp() override {
        ASSERT_EQ(::getpid(), 1) << "run with unshare -pf --mount-proc";
        ASSERT_EQ(::setpriority(PRIO_PROCESS, 0, 0), 0);
    }

    /// Sets all of a user, once the kernel's own call has.
    static Expected<Changed> set_user(uid_t uid, const policy::Grant& grant, const std::function<void()>& meanwhile) {
        Job job(user_target(uid), {idle}, grant == policy::Grant::everything(root) ? root : uid);
        job.begin(grant);
        meanwhile();
        static_cast<void>(test::finish(job));
        return job.result();
    }
    static Expected<Changed> set_user(uid_t uid) {
        return set_user(uid, policy::Grant::everything(root), [] {});
    }
};

TEST_F(A_process_of_one_thread, counts_by_its_real_user_whoever_owns_it_and_whatever_it_had) {
    const auto own = process_of(alice);
    const auto by_real = process_of(alice, bob);
    const auto by_effective = process_of(bob, alice);
    const auto of_bob = process_of(bob);
    for (const auto before : {none, idle}) {
        set_priority(of_bob->pid(), before);
        set_priority(by_effective->pid(), before);
        const auto set = set_user(alice);
        ASSERT_TRUE(set) << set.failure().message;
        EXPECT_EQ(set->threads, 2U);
        EXPECT_EQ(set->processes, 2U);
        EXPECT_EQ(priority_of(of_bob->pid()), before);
        EXPECT_EQ(priority_of(by_effective->pid()), before);
    }
    EXPECT_EQ(priority_of(by_real->pid()), idle);
}

TEST_F(A_process_of_one_thread, that_sets_itself_after_the_kernels_call_is_set_again) {
    const auto first = process_of(alice);
    const auto second = process_of(alice);
    const auto set = set_user(alice, policy::Grant::own_user(alice), [&] { set_priority(first->pid(), none); });
    ASSERT_TRUE(set) << set.failure().message;
    EXPECT_EQ(set->threads, 2U);
    EXPECT_EQ(priority_of(first->pid()), idle);
}

/// Nothing set counts for the kernel as idle, too, where the CPU's policy is.
TEST_F(A_process_of_one_thread, that_sets_itself_back_to_nothing_is_set_again_where_that_amounts_to_idle) {
    const auto process = process_of(alice, alice, SCHED_IDLE);
    const auto set = set_user(alice, policy::Grant::own_user(alice), [&] { set_priority(process->pid(), none); });
    ASSERT_TRUE(set) << set.failure().message;
    EXPECT_EQ(set->threads, 1U);
    EXPECT_EQ(priority_of(process->pid()), idle);
}

TEST_F(A_process_of_one_thread, that_is_not_covered_is_left_out_also_where_it_reads_as_wanted) {
    const auto process = process_of(bob);
    set_priority(process->pid(), idle);
    Job job(list_target({process->pid()}, {}), {idle}, alice);
    EXPECT_FALSE(test::set(job, policy::Grant::own(alice)));
    EXPECT_EQ(job.tally().joined, 1U);
    EXPECT_EQ(job.tally().as_wanted, 0U);
}

TEST_F(A_process_of_one_thread, that_reads_as_wanted_is_told_of_like_any_other) {
    const auto process = process_of(alice);
    set_priority(process->pid(), idle);
    Job job(list_target({process->pid()}, {}), {idle}, alice);
    test::AsWanted told;
    ASSERT_TRUE(test::set(job, policy::Grant::own(alice), told));
    ASSERT_EQ(told.size(), 1U);
    EXPECT_THAT(told.begin()->second, ElementsAre(process->pid()));
}

/// Somebody has set it since: a hold that has ended.
TEST_F(A_process_of_one_thread, is_looked_at_once_more_where_that_is_wanted) {
    const auto process = process_of(alice);
    set_priority(process->pid(), idle);
    Job job(list_target({process->pid()}, {}), {idle}, alice);
    unsigned times = 0;
    job.begin(policy::Grant::own(alice), nullptr, {}, [&](const auto& /*key*/, const auto& /*tids*/, bool /*all*/) {
        if (++times == 1) {
            set_priority(process->pid(), none);
        }
        return times == 1;
    });
    static_cast<void>(test::finish(job));
    EXPECT_EQ(priority_of(process->pid()), idle);
}

}  // namespace
}  // namespace iopriority::engine
