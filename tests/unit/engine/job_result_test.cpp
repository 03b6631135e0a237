// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What a job answers: counts of what is as wanted, or why it is not; and what it takes back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run_job.hpp"

namespace iopriority::engine {
namespace {

using policy::Grant;
using test::alice;
using test::FakeProcess;
using test::look;
using test::root;
using test::set;
using test::target_of;
using test::undo;
using test::World;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

constexpr bool single = true;
constexpr int hint = 1 << 3;
const Priority idle = Priority::idle();
const Priority low = Priority::best_effort(7);
const Priority high = Priority::best_effort(0);
const Priority none = Priority::none();
const Grant all = Grant::everything(root);

class A_job : public ::testing::Test {
 protected:
    FakeProcess first{{10, 11, 12}, low};
    FakeProcess second{{20, 21}, low};
    World world{{&first}, {}};
};

class By_the_kernel : public A_job {
 protected:
    [[nodiscard]] Job job(bool one) { return {target_of(world, one), {idle, false, true}, alice}; }
};

TEST_F(A_job, counts_processes_and_threads) {
    world.found.push_back(&second);
    Job job(target_of(world, !single), {idle}, root);
    const auto outcome = set(job, all);
    ASSERT_TRUE(outcome) << outcome.failure().message;
    EXPECT_EQ(outcome->processes, 2U);
    EXPECT_EQ(outcome->threads, 5U);
    EXPECT_TRUE(first.threads.all_are(idle));
    EXPECT_TRUE(second.threads.all_are(idle));
    EXPECT_EQ(job.before(), "best-effort:7");
    EXPECT_TRUE(job.changed_any());
}

TEST_F(A_job, sets_nothing_that_is_as_wanted_and_says_so) {
    Job job(target_of(world, single), {low}, root);
    const auto outcome = set(job, all);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->threads, 3U);
    EXPECT_THAT(first.threads.calls.sets, IsEmpty());
    EXPECT_FALSE(job.changed_any());
    EXPECT_FALSE(job.settle_pays());
}

TEST_F(A_job, on_a_process_that_has_ended_finds_nobody) {
    for (const bool one : {single, !single}) {
        FakeProcess ended({30, 31}, low);
        World of_one{{&ended}, {}};
        Job job(target_of(of_one, one), {idle}, root);
        ended.threads.reaped = true;
        const auto outcome = set(job, all);
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.failure().code, ErrorCode::no_such_process);
        EXPECT_THAT(ended.threads.calls.sets, IsEmpty());
    }
}

TEST_F(A_job, that_another_program_works_against_says_so_and_never_succeeds_with_nothing) {
    for (const bool one : {single, !single}) {
        first.threads.after_set = [&](pid_t tid) { first.threads.threads[tid].priority = high; };
        Job job(target_of(world, one), {idle}, root);
        const auto outcome = set(job, all);
        ASSERT_FALSE(outcome) << outcome->threads;
        EXPECT_EQ(outcome.failure().code, ErrorCode::partially_applied);
        EXPECT_THAT(outcome.failure().message, HasSubstr("another program"));
        EXPECT_THAT(outcome.failure().message, HasSubstr("0 threads are as wanted"));
    }
}

TEST_F(A_job, that_another_program_works_against_between_the_passes_says_so) {
    for (const bool one : {single, !single}) {
        first.threads.on_pass = [&](unsigned) { first.threads.threads[12].priority = high; };
        Job job(target_of(world, one), {idle}, root);
        const auto outcome = set(job, all);
        ASSERT_FALSE(outcome) << outcome->threads;
        EXPECT_EQ(outcome.failure().code, ErrorCode::partially_applied);
        EXPECT_THAT(outcome.failure().message, HasSubstr("another program"));
    }
}

TEST_F(A_job, that_another_program_works_against_once_succeeds) {
    first.threads.on_pass = [&](unsigned pass) {
        if (pass == 2) {
            first.threads.threads[12].priority = high;
        }
    };
    Job job(target_of(world, single), {idle}, root);
    EXPECT_EQ(set(job, all)->threads, 3U);
}

TEST_F(A_job, whose_threads_start_faster_than_they_can_be_set_says_how_far_it_came) {
    first.threads.on_pass = [&](unsigned pass) { first.threads.add(static_cast<pid_t>(100 + pass), low); };
    Job job(target_of(world, single), {idle}, root);
    const auto outcome = set(job, all);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, ErrorCode::partially_applied);
    EXPECT_THAT(outcome.failure().message, HasSubstr("faster than they can be set"));
    EXPECT_THAT(outcome.failure().message, Not(HasSubstr("another program")));
}

TEST_F(A_job, waits_for_another_round_where_threads_come_and_go) {
    first.threads.on_pass = [&](unsigned) {
        if (first.threads.threads.size() == 3 && first.threads.priority_of(10) == idle) {
            first.threads.add(13, low);
        }
    };
    Job job(target_of(world, single), {idle}, root);
    job.begin(all);
    auto progress = Job::Progress::more;
    unsigned waits = 0;
    while ((progress = job.step()) != Job::Progress::done) {
        if (progress == Job::Progress::settle) {
            ++waits;
            first.threads.add(14, low);
        }
    }
    EXPECT_EQ(waits, 1U);
    EXPECT_EQ(job.result()->threads, 5U);
    EXPECT_TRUE(first.threads.all_are(idle));
    EXPECT_FALSE(job.settle_pays());
}

// A hold that begins on the first while the second is set is newer than what was set.
TEST_F(A_job, tells_of_each_process_before_it_sets_the_next) {
    world.found.push_back(&second);
    Job job(target_of(world, !single), {idle}, root);
    std::vector<unsigned> set_by_then;
    job.begin(
        all, nullptr, {}, [&](const process::ProcessKey& /*key*/, const std::vector<pid_t>& /*tids*/, bool of_all) {
            EXPECT_TRUE(of_all);
            set_by_then.push_back((first.threads.all_are(idle) ? 1U : 0U) + (second.threads.all_are(idle) ? 1U : 0U));
            return false;
        });
    static_cast<void>(test::finish(job));
    ASSERT_GE(set_by_then.size(), 2U);
    EXPECT_EQ(set_by_then[0], 1U);
    EXPECT_EQ(set_by_then[1], 2U);
}

// A hold goes on for the threads that were not set.
TEST_F(A_job, tells_that_it_has_not_set_all_threads_of_a_process) {
    const auto tells_of_all = [&](Grant grant) {
        std::vector<bool> told;
        Job job(target_of(world, single), {idle, false, false, true}, alice);
        job.begin(std::move(grant), nullptr, {}, [&](const auto& /*key*/, const auto& /*tids*/, bool of_all) {
            told.push_back(of_all);
            return false;
        });
        static_cast<void>(test::finish(job));
        return told;
    };
    for (const pid_t tid : {10, 11, 12}) {
        first.threads.set_owner(tid, {alice, false});
    }
    first.threads.set_owner(11, {root, false});
    EXPECT_THAT(tells_of_all(Grant::own(alice)), Each(false)) << "one belongs to root";
    first.threads.set_owner(11, {alice, false});
    EXPECT_THAT(tells_of_all(Grant::own(alice)), Each(true));
    first.threads.threads[12].priority = low;
    first.threads.threads[12].refusal = EPERM;
    EXPECT_THAT(tells_of_all(Grant::own(alice)), Each(false)) << "the kernel has refused one";
}

TEST_F(A_job, does_not_tell_of_a_process_that_ends_while_it_is_set) {
    world.found.push_back(&second);
    first.threads.after_set = [&](pid_t tid) { first.threads.reaped = tid == 12; };
    test::AsWanted told;
    Job job(target_of(world, !single), {idle}, root);
    ASSERT_TRUE(set(job, all, told));
    EXPECT_THAT(told, ElementsAre(Pair(*process::Process::pin(second.pid())->key(), ElementsAre(20, 21))));
}

TEST_F(A_job, sets_a_process_once_more_where_somebody_has_set_threads_meanwhile) {
    for (const bool one : {single, !single}) {
        for (auto& [tid, thread] : first.threads.threads) {
            thread.priority = low;
        }
        Job job(target_of(world, one), {idle}, root);
        unsigned times = 0;
        job.begin(all, nullptr, {},
                  [&](const process::ProcessKey& /*key*/, const std::vector<pid_t>& tids, bool /*all*/) {
                      EXPECT_EQ(tids.size(), 3U);
                      if (times++ == 0) {
                          first.threads.threads[11].priority = low;
                      }
                      return true;  // and so without end
                  });
        static_cast<void>(test::finish(job));
        ASSERT_TRUE(job.result());
        EXPECT_EQ(job.result()->threads, 3U);
        EXPECT_TRUE(first.threads.all_are(idle));
        EXPECT_EQ(times, one ? 2U : 4U) << "twice in each round";
        EXPECT_EQ(job.before(), "best-effort:7");
    }
}

TEST_F(A_job, does_not_count_a_first_thread_that_has_ended_for_none) {
    first.threads.threads[10].ending = true;
    for (const bool one : {single, !single}) {
        Job job(target_of(world, one), {none}, root);
        const auto outcome = set(job, all);
        ASSERT_TRUE(outcome) << outcome.failure().message;
        EXPECT_EQ(outcome->threads, 2U);
    }
}

TEST_F(A_job, that_keeps_what_is_explicit_keeps_it_in_one_process_as_in_several) {
    for (const bool one : {single, !single}) {
        FakeProcess mixed({30, 31, 32}, none);
        mixed.threads.threads[31].priority = high;
        World of_one{{&mixed}, {}};
        Job job(target_of(of_one, one), {idle, true}, root);
        test::AsWanted told;
        const auto outcome = set(job, all, told);
        ASSERT_TRUE(outcome) << outcome.failure().message;
        EXPECT_EQ(outcome->threads, 2U);
        EXPECT_EQ(mixed.threads.priority_of(31), high);
        EXPECT_EQ(mixed.threads.priority_of(32), idle);
        EXPECT_THAT(told, ElementsAre(Pair(*process::Process::pin(mixed.pid())->key(), ElementsAre(30, 32))));
        EXPECT_EQ(outcome->left_alone.at("explicit"), 1U);
        EXPECT_EQ(outcome->before, none);
    }
}

TEST_F(A_job, that_keeps_what_is_explicit_succeeds_where_all_is) {
    Job job(target_of(world, single), {idle, true}, root);
    const auto outcome = set(job, all);
    ASSERT_TRUE(outcome) << outcome.failure().message;
    EXPECT_EQ(outcome->threads, 0U);
    EXPECT_TRUE(first.threads.all_are(low));
}

TEST_F(A_job, of_which_the_kernel_refuses_threads_says_how_many_and_why) {
    first.threads.threads[11].refusal = EPERM;
    for (const bool one : {single, !single}) {
        Job job(target_of(world, one), {idle}, root);
        const auto outcome = set(job, all);
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.failure().code, ErrorCode::partially_applied);
        EXPECT_THAT(outcome.failure().message, HasSubstr("the kernel refused 1 of 3 threads: Operation not permitted"));
        EXPECT_EQ(first.threads.priority_of(12), idle) << "the others are set";
    }
}

TEST_F(A_job, of_which_the_kernel_refuses_all_threads_fails) {
    for (const pid_t tid : {10, 11, 12}) {
        first.threads.threads[tid].refusal = ENOSYS;
    }
    Job job(target_of(world, single), {idle}, root);
    const auto outcome = set(job, all);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, ErrorCode::failed);
    EXPECT_THAT(outcome.failure().message, HasSubstr("Function not implemented"));
}

TEST_F(A_job, that_cannot_reach_a_process_midway_says_that_it_is_partly_done) {
    world.found.push_back(&second);
    Job job(target_of(world, !single), {idle}, root);
    ASSERT_TRUE(look(job));
    world.unopened[second.pid()] = {ErrorCode::failed, "no descriptors"};
    const auto outcome = set(job, all);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, ErrorCode::partially_applied);
    EXPECT_THAT(outcome.failure().message, HasSubstr("no descriptors"));
}

TEST_F(A_job, that_is_undone_gives_each_thread_back_what_it_had_bit_for_bit) {
    for (const bool one : {single, !single}) {
        first.threads.threads[11] = {high, false, false, 0, hint, {}};
        const int before = first.threads.value_of(11);
        Job job(target_of(world, one), {idle}, root);
        ASSERT_TRUE(set(job, all));
        EXPECT_EQ(first.threads.value_of(11), values::to_kernel(idle));
        undo(job);
        EXPECT_EQ(first.threads.value_of(11), before);
        EXPECT_EQ(first.threads.priority_of(10), low);
        EXPECT_EQ(first.threads.priority_of(12), low);
    }
}

TEST_F(A_job, that_is_undone_puts_back_what_it_knows_where_the_kernel_refuses_hints) {
    for (const bool one : {single, !single}) {
        first.threads.threads[11] = {high, false, false, 0, hint, {}};
        first.threads.knows_hints = false;
        Job job(target_of(world, one), {idle}, root);
        ASSERT_TRUE(set(job, all));
        undo(job);
        EXPECT_EQ(first.threads.value_of(11), values::to_kernel(high));
    }
}

TEST_F(A_job, that_is_undone_leaves_alone_what_somebody_set_since) {
    for (const bool one : {single, !single}) {
        Job job(target_of(world, one), {idle}, root);
        ASSERT_TRUE(set(job, all));
        first.threads.threads[12].priority = high;
        undo(job);
        EXPECT_EQ(first.threads.priority_of(12), high);
        EXPECT_EQ(first.threads.priority_of(11), low);
        first.threads.threads[12].priority = low;
    }
}

TEST_F(By_the_kernel, a_thread_is_set_also_where_it_is_as_wanted) {
    for (auto& [tid, thread] : first.threads.threads) {
        thread.priority = idle;
    }
    auto judged = job(single);
    const auto outcome = set(judged, all);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->threads, 3U);
    EXPECT_EQ(first.threads.calls.sets.size(), 3U);
    EXPECT_FALSE(judged.changed_any());
}

TEST_F(By_the_kernel, a_refusal_is_access_denied_also_where_all_is_as_wanted) {
    for (const bool one : {single, !single}) {
        for (auto& [tid, thread] : first.threads.threads) {
            thread = {idle, false, false, EPERM, 0, {}};
        }
        auto judged = job(one);
        const auto outcome = set(judged, all);
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.failure().code, ErrorCode::access_denied);
        EXPECT_THAT(outcome.failure().message, HasSubstr("only the service can"));
    }
}

TEST_F(By_the_kernel, a_refusal_of_one_thread_ends_the_work_and_what_was_done_can_be_undone) {
    for (const bool one : {single, !single}) {
        world.found = {&first};
        if (!one) {
            world.found.push_back(&second);
        }
        first.threads.threads[12].refusal = EPERM;
        auto judged = job(one);
        const auto outcome = set(judged, all);
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.failure().code, ErrorCode::access_denied);
        EXPECT_TRUE(judged.changed_any());
        undo(judged);
        EXPECT_TRUE(first.threads.all_are(low));
        EXPECT_THAT(second.threads.calls.sets, IsEmpty());
    }
}

TEST_F(By_the_kernel, another_reason_is_told_in_its_words) {
    first.threads.threads[10].refusal = ENOSYS;
    auto judged = job(single);
    const auto outcome = set(judged, all);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, ErrorCode::failed);
    EXPECT_THAT(outcome.failure().message, HasSubstr("Function not implemented"));
}

}  // namespace
}  // namespace iopriority::engine
