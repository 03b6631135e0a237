// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What a job tells of what was there before, and of what it has left alone by rule.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "run_job.hpp"

namespace iopriority::engine {
namespace {

using policy::Grant;
using test::alice;
using test::bob;
using test::FakeProcess;
using test::finish;
using test::given_for_bob;
using test::look;
using test::root;
using test::set;
using test::target_of;
using test::World;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr bool single = true;
const Priority idle = Priority::idle();
const Priority low = Priority::best_effort(7);
const Priority high = Priority::best_effort(0);
const Priority none = Priority::none();
const Grant all = Grant::everything(root);

class A_job_that_tells : public ::testing::Test {
 protected:
    static Order tells(Priority wanted, bool keep_explicit = false) { return {wanted, keep_explicit, false, true}; }
    /// Those that live are listed with those that do not.
    Job list(Order order, std::vector<pid_t> ended, uid_t caller = root) {
        for (const auto* each : world.found) {
            world.named.push_back(each->pid());
        }
        world.named.insert(world.named.end(), ended.begin(), ended.end());
        auto target = target_of(world, !single);
        target.is_list = true;
        return {std::move(target), order, caller};
    }

    FakeProcess first{{10, 11, 12}, low, {bob, false}};
    FakeProcess second{{20, 21}, none, {bob, false}};
    World world{{&first}, {}};
};

// ---- what was there before

TEST_F(A_job_that_tells, of_what_was_there_before_counts_the_threads_by_priority) {
    world.found.push_back(&second);
    first.threads.threads[11].priority = high;
    Job job(target_of(world, !single), {idle}, root);
    const auto outcome = set(job, all);
    ASSERT_TRUE(outcome) << outcome.failure().message;
    EXPECT_THAT(outcome->before_breakdown,
                ElementsAre(Pair("best-effort:0", 1U), Pair("best-effort:7", 2U), Pair("none", 2U)));
    EXPECT_EQ(job.before(), "mixed (2 best-effort:7, 2 none, 1 best-effort:0)");
}

TEST_F(A_job_that_tells, of_what_was_there_before_counts_also_what_was_as_wanted) {
    for (const bool one : {single, !single}) {
        FakeProcess mixed({30, 31}, low);
        mixed.threads.threads[30].priority = idle;
        World of_one{{&mixed}, {}};
        Job job(target_of(of_one, one), {idle}, root);
        const auto outcome = set(job, all);
        ASSERT_TRUE(outcome);
        EXPECT_THAT(outcome->before_breakdown, ElementsAre(Pair("best-effort:7", 1U), Pair("idle", 1U)));
        Job again(target_of(of_one, one), {idle}, root);
        EXPECT_EQ(set(again, all)->before, idle);
        EXPECT_EQ(again.before(), "idle");
    }
}

TEST_F(A_job_that_tells, of_what_was_there_before_tells_of_class_and_level_alone) {
    first.threads.threads[11].hints = 1 << 3;
    Job job(target_of(world, single), {idle}, root);
    EXPECT_EQ(set(job, all)->before, low);
}

TEST_F(A_job_that_tells, of_what_was_there_before_has_the_first_that_it_found_where_another_works_against_it) {
    bool once = true;
    first.threads.after_set = [&](pid_t tid) {
        if (tid == 12 && std::exchange(once, false)) {
            first.threads.threads[12].priority = high;
        }
    };
    Job job(target_of(world, single), {idle}, root);
    EXPECT_EQ(set(job, all)->before, low);
    EXPECT_FALSE(once);
    EXPECT_TRUE(first.threads.all_are(idle));
}

TEST_F(A_job_that_tells, of_what_was_there_before_leaves_out_what_it_left_alone) {
    first.threads.set_owner(11, {root, false});
    first.threads.threads[11].priority = high;
    for (const bool one : {single, !single}) {
        Job job(target_of(world, one), tells(idle), alice);
        const auto outcome = set(job, given_for_bob());
        ASSERT_TRUE(outcome) << outcome.failure().message;
        EXPECT_EQ(outcome->before, one ? low : idle);
        EXPECT_EQ(outcome->threads, 2U);
    }
}

TEST_F(A_job_that_tells, of_what_was_there_before_does_not_know_where_nothing_is_as_wanted) {
    Job job(target_of(world, single), tells(idle, true), root);
    const auto outcome = set(job, all);
    ASSERT_TRUE(outcome) << outcome.failure().message;
    EXPECT_FALSE(outcome->before);
    EXPECT_THAT(outcome->before_breakdown, IsEmpty());
    EXPECT_EQ(job.before(), "unknown");
}

// ---- what was left alone

TEST_F(A_job_that_tells, of_what_it_left_alone_has_nothing_where_all_is_set) {
    Job job(target_of(world, single), tells(idle), root);
    const auto outcome = set(job, all);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->left_alone.count("explicit"), 0U);
    EXPECT_EQ(outcome->left_alone.count("joined"), 0U);
    EXPECT_EQ(outcome->left_alone.count("privileged"), 0U);
    EXPECT_EQ(outcome->left_alone.count("ended"), 0U);
}

TEST_F(A_job_that_tells, of_what_it_left_alone_succeeds_with_the_rest) {
    first.threads.set_owner(11, {root, false});
    first.threads.set_owner(12, {bob, true});
    first.threads.add(13, low);
    first.threads.set_owner(13, {root, true});
    const auto grant = Grant::own(bob);
    for (const bool one : {single, !single}) {
        Job job(target_of(world, one), tells(idle), bob);
        const auto outcome = set(job, grant);
        ASSERT_TRUE(outcome) << outcome.failure().message;
        EXPECT_EQ(outcome->threads, 1U);
        EXPECT_EQ(outcome->left_alone.at("joined"), 2U);
        EXPECT_EQ(outcome->left_alone.at("privileged"), 1U);
        EXPECT_EQ(first.threads.priority_of(11), low);
        EXPECT_EQ(first.threads.priority_of(12), low);
    }
}

TEST_F(A_job_that_tells, of_what_it_left_alone_fails_where_that_is_all_there_is) {
    for (const pid_t tid : first.threads.order) {
        first.threads.set_owner(tid, {root, false});
    }
    Job job(target_of(world, single), tells(idle), alice);
    const auto outcome = set(job, given_for_bob());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, ErrorCode::no_such_process);
}

TEST_F(A_job_that_tells, of_what_it_left_alone_counts_every_explicit_thread_once) {
    world.found.push_back(&second);
    Job job(target_of(world, !single), tells(idle, true), root);
    const auto outcome = set(job, all);
    ASSERT_TRUE(outcome) << outcome.failure().message;
    EXPECT_EQ(outcome->left_alone.at("explicit"), 3U);
    EXPECT_EQ(outcome->threads, 2U);
    EXPECT_EQ(outcome->processes, 2U) << "of both all threads are as the order has it";
    EXPECT_EQ(outcome->before, none);
}

TEST_F(A_job_that_tells, of_what_it_left_alone_does_not_count_what_a_hold_has_given) {
    Job job(target_of(world, single), tells(idle, true), root);
    job.begin(all, nullptr, [](const process::ProcessKey&) -> OwnPriority {
        return [](pid_t tid, int found) { return tid == 11 ? none : values::from_kernel(found); };
    });
    static_cast<void>(finish(job));
    const auto outcome = job.result();
    ASSERT_TRUE(outcome) << outcome.failure().message;
    EXPECT_EQ(outcome->left_alone.at("explicit"), 2U);
    EXPECT_EQ(first.threads.priority_of(11), idle);
    EXPECT_EQ(first.threads.priority_of(12), low);
}

// ---- lists

TEST_F(A_job_that_tells, of_a_list_counts_the_members_that_have_ended) {
    auto job = list(tells(idle), {-1, -2, 2000000000});
    const auto outcome = set(job, all);
    ASSERT_TRUE(outcome) << outcome.failure().message;
    EXPECT_EQ(outcome->left_alone.at("ended"), 3U);
    EXPECT_EQ(outcome->processes, 1U);
    EXPECT_EQ(outcome->threads, 3U);
}

TEST_F(A_job_that_tells, of_a_list_counts_a_member_that_ends_before_its_turn) {
    world.found.push_back(&second);
    auto job = list(tells(idle), {});
    ASSERT_TRUE(look(job));
    world.unpinned[second.pid()] = {ErrorCode::no_such_process, "it has ended"};
    const auto outcome = set(job, all);
    ASSERT_TRUE(outcome) << outcome.failure().message;
    EXPECT_EQ(outcome->left_alone.at("ended"), 1U);
    EXPECT_EQ(outcome->processes, 1U);
}

TEST_F(A_job_that_tells, of_a_list_counts_a_member_that_ends_during_its_turn) {
    world.found.push_back(&second);
    second.threads.before_get = [&](pid_t) { second.threads.reaped = true; };
    auto job = list(tells(idle), {});
    const auto outcome = set(job, all);
    ASSERT_TRUE(outcome) << outcome.failure().message;
    EXPECT_EQ(outcome->left_alone.at("ended"), 1U);
    EXPECT_EQ(outcome->threads, 3U);
}

TEST_F(A_job_that_tells, of_a_list_fails_where_all_have_ended) {
    world.found.clear();
    auto job = list(tells(idle), {-1, 2000000000});
    const auto outcome = set(job, all);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, ErrorCode::no_such_process);
    EXPECT_EQ(outcome.failure().message, "those have ended");
}

TEST_F(A_job_that_tells, of_others_than_a_list_counts_no_member_as_ended) {
    world.named = {2000000000};
    Job job(target_of(world, !single), tells(idle), root);
    EXPECT_EQ(set(job, all)->left_alone.count("ended"), 0U);
}

TEST_F(A_job_that_tells, of_a_list_where_the_kernel_refuses_threads_is_partly_done) {
    world.found.push_back(&second);
    second.threads.threads[21].refusal = EPERM;
    auto job = list(tells(idle), {-1});
    const auto outcome = set(job, all);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, ErrorCode::partially_applied);
    EXPECT_THAT(outcome.failure().message, HasSubstr("refused 1 of 5 threads"));
}

}  // namespace
}  // namespace iopriority::engine
