// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the calling process sets by itself: run to the end, with the kernel as its judge.
#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "../engine/fake_target.hpp"
#include "child.hpp"
#include "client/direct.hpp"

namespace iopriority::client::test {

namespace {

using engine::test::FakeProcess;
using engine::test::priority_of;
using engine::test::target_of;
using engine::test::World;

const Priority idle = Priority::idle();
const Priority none = Priority::none();

struct A_direct_change : ::testing::Test {
    FakeProcess process{{10, 11, 12}, none};
    World world{{&process}, {}};
    engine::Job job = job_of(true);

    engine::Job job_of(bool single) { return {target_of(world, single), {idle, false, true}, ::geteuid()}; }
};

}  // namespace

TEST_F(A_direct_change, that_the_kernel_refuses_for_one_thread_is_access_denied_and_changed_back) {
    for (const bool single : {true, false}) {
        process.threads.threads.at(12).refusal = EPERM;
        auto refused = job_of(single);
        const auto changed = run(refused);
        ASSERT_FALSE(changed);
        EXPECT_EQ(changed.failure().code, ErrorCode::access_denied);
        EXPECT_EQ(changed.failure().message.find(single ? "process 812: " : "those: "), 0U);
        EXPECT_TRUE(process.threads.all_are(none));
        EXPECT_TRUE(refused.changed_any()) << "of which it has changed two back";
    }
}

TEST_F(A_direct_change, that_the_kernel_refuses_is_access_denied_also_where_all_is_as_wanted) {
    for (auto& [tid, thread] : process.threads.threads) {
        thread.priority = idle;
        thread.refusal = EPERM;
    }
    const auto changed = run(job);
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.failure().code, ErrorCode::access_denied);
    EXPECT_TRUE(process.threads.all_are(idle));
}

TEST_F(A_direct_change, that_the_kernel_refuses_for_another_reason_says_it_in_its_words) {
    process.threads.threads.at(10).refusal = ENOSYS;
    const auto changed = run(job);
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.failure().code, ErrorCode::failed);
    EXPECT_NE(changed.failure().message.find("Function not implemented"), std::string::npos);
}

TEST_F(A_direct_change, of_a_process_that_has_ended_is_no_process) {
    process.threads.reaped = true;
    const auto changed = run(job);
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.failure().code, ErrorCode::no_such_process);
}

TEST_F(A_direct_change, says_how_far_it_came_when_threads_start_faster_than_they_can_be_set) {
    process.threads.on_pass = [&](unsigned pass) { process.threads.add(static_cast<pid_t>(100 + pass), none); };
    const auto changed = run(job);
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.failure().code, ErrorCode::partially_applied);
}

TEST_F(A_direct_change, says_that_another_program_works_against_it_and_never_that_it_succeeded) {
    process.threads.after_set = [&](pid_t tid) { process.threads.threads[tid].priority = Priority::best_effort(0); };
    const auto changed = run(job);
    ASSERT_FALSE(changed) << changed->threads;
    EXPECT_EQ(changed.failure().code, ErrorCode::partially_applied);
    EXPECT_NE(changed.failure().message.find("another program"), std::string::npos);
}

TEST_F(A_direct_change, looks_again_where_threads_come_and_go) {
    const auto add_to = [&](std::size_t size) {
        if (process.threads.threads.size() == size && process.threads.priority_of(10) == idle) {
            process.threads.add(static_cast<pid_t>(100 + size), none);
        }
    };
    unsigned passes = 0;
    process.threads.on_pass = [&](unsigned) {
        ++passes;
        add_to(3);
        if (passes > 5) {
            add_to(4);  // which is in the second round
        }
    };
    ASSERT_TRUE(run(job));
    EXPECT_EQ(process.threads.threads.size(), 5U) << "there was a second round";
    EXPECT_TRUE(process.threads.all_are(idle));
}

TEST_F(A_direct_change, sets_and_counts_all_threads) {
    const auto changed = run(job);
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->threads, 3U);
    EXPECT_EQ(changed->processes, 1U);
    EXPECT_TRUE(process.threads.all_are(idle));
}

// The library has no way to name such a target yet. It must not overwrite what is explicit when it gets one.
TEST(A_direct_change_of_a_tree, leaves_what_is_explicit_where_that_is_to_be_kept) {
    const Child child(1);
    const auto tree = Target::process(::getpid()).with_descendants();
    engine::test::set_priority(child.pid(), Priority::best_effort(3));
    engine::Job job(*direct_target(tree), {idle, true, true}, ::geteuid());
    const auto changed = run(job);
    ASSERT_TRUE(changed) << changed.failure().message;
    EXPECT_EQ(changed->threads, threads_of(::getpid()) + threads_of(child.pid()) - 1);
    EXPECT_EQ(priority_of(child.pid()), Priority::best_effort(3));
    EXPECT_EQ(priority_of(::getpid()), idle);
    engine::test::set_priority(::getpid(), none);
}

}  // namespace iopriority::client::test
