// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The look of a job: whose the threads are, what that takes, and whether it is still so after the answer.
#include "engine/job.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run_job.hpp"

namespace iopriority::engine {
namespace {

using policy::Action;
using test::alice;
using test::bob;
using test::FakeProcess;
using test::look;
using test::root;
using test::target_of;
using test::World;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr bool single = true;
const Priority idle = Priority::idle();
const Priority none = Priority::none();

class A_look : public ::testing::Test {
 protected:
    void give(FakeProcess& process, std::vector<process::Credentials> owners) {
        auto tid = process.threads.order.begin();
        for (const auto& owner : owners) {
            process.threads.set_owner(*tid++, owner);
        }
    }

    FakeProcess first{{10, 11, 12}, none, {alice, false}};
    FakeProcess second{{20, 21}, none, {alice, false}};
    World world{{&first}, {}};
};

TEST_F(A_look, at_ones_own_threads_needs_no_action) {
    Job job(target_of(world, single), {idle}, alice);
    const auto seen = look(job);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->needed, Action::none);
    EXPECT_THAT(seen->owners, ElementsAre(alice));
    EXPECT_EQ(seen->processes, 1U);
    EXPECT_EQ(job.name().uid, alice);
}

TEST_F(A_look, needs_what_the_strictest_of_all_threads_needs_whatever_the_first_one_has) {
    give(first, {{alice, false}, {alice, false}, {bob, false}});
    Job job(target_of(world, single), {idle}, alice);
    const auto seen = look(job);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->needed, Action::set_other_users);
    EXPECT_THAT(seen->owners, ElementsAre(alice, bob));
    EXPECT_EQ(job.name().uid, std::nullopt) << "of several users";
}

TEST_F(A_look, finds_capabilities_that_the_first_thread_has_dropped) {
    give(first, {{alice, false}, {alice, true}});
    Job job(target_of(world, single), {Priority::realtime(1)}, alice);
    EXPECT_EQ(look(job)->needed, Action::set_other_users_realtime);
    Job lowered(target_of(world, single), {idle}, alice);
    EXPECT_EQ(look(lowered)->needed, Action::set_other_users);
}

TEST_F(A_look, at_ones_own_threads_to_realtime_needs_that_action) {
    Job job(target_of(world, single), {Priority::realtime(1)}, alice);
    EXPECT_EQ(look(job)->needed, Action::set_realtime);
}

TEST_F(A_look, passes_over_a_first_thread_that_has_ended) {
    give(first, {{root, true}, {alice, false}, {alice, false}});
    first.threads.threads[10].ending = true;
    Job job(target_of(world, single), {idle}, alice);
    const auto seen = look(job);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->needed, Action::none);
    EXPECT_THAT(seen->owners, ElementsAre(alice));
}

TEST_F(A_look, passes_over_a_thread_that_ended_since_it_was_listed) {
    for (const bool one : {single, !single}) {
        first.threads.threads.erase(11);
        Job job(target_of(world, one), {idle}, alice);
        const auto seen = look(job);
        ASSERT_TRUE(seen) << seen.failure().message;
        EXPECT_THAT(seen->owners, ElementsAre(alice));
    }
}

TEST_F(A_look, finds_nobody_where_the_process_has_ended) {
    Job job(target_of(world, single), {idle}, alice);
    first.crowd.kill();
    const auto seen = look(job);
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.failure().code, ErrorCode::no_such_process);
}

TEST_F(A_look, finds_nobody_where_the_process_ends_meanwhile) {
    first.threads.on_pass = [&](unsigned) { first.crowd.kill(); };
    Job job(target_of(world, single), {idle}, alice);
    EXPECT_EQ(look(job).failure().code, ErrorCode::no_such_process);
}

TEST_F(A_look, finds_nobody_where_a_scan_finds_nobody) {
    world.found.clear();
    Job job(target_of(world, !single), {idle}, alice);
    const auto seen = look(job);
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.failure().code, ErrorCode::no_such_process);
    EXPECT_EQ(seen.failure().message, "those have ended");
}

TEST_F(A_look, tells_no_part_for_the_whole_where_a_process_cannot_be_looked_at) {
    world.found.push_back(&second);
    world.unpinned[second.pid()] = {ErrorCode::failed, "no descriptors"};
    Job job(target_of(world, !single), {idle}, alice);
    EXPECT_EQ(look(job).failure().message, "no descriptors");
    world.unpinned.clear();
    world.unopened[second.pid()] = {ErrorCode::failed, "hidden"};
    Job other(target_of(world, !single), {idle}, alice);
    EXPECT_EQ(look(other).failure().message, "hidden");
}

TEST_F(A_look, passes_over_a_process_that_does_not_belong_any_more) {
    world.found.push_back(&second);
    world.unpinned[second.pid()] = {ErrorCode::no_such_process, "it belongs to others now"};
    Job job(target_of(world, !single), {idle}, alice);
    EXPECT_EQ(look(job)->processes, 1U);
}

TEST_F(A_look, at_several_has_the_owners_of_all_and_the_program_where_it_is_one) {
    give(second, {{bob, false}});
    world.found.push_back(&second);
    Job job(target_of(world, !single), {idle}, alice);
    const auto seen = look(job);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->processes, 2U);
    EXPECT_THAT(seen->owners, ElementsAre(alice, bob));
    EXPECT_EQ(seen->needed, Action::set_other_users);
    EXPECT_EQ(seen->program, process::Process::pin(first.pid())->name());
    EXPECT_EQ(seen->owners_of.size(), 2U);
}

TEST_F(A_look, at_several_finds_those_that_were_brought_forth_meanwhile) {
    world.on_scan = [&](unsigned scan) {
        if (scan == 2) {
            world.found.push_back(&second);
        }
    };
    Job job(target_of(world, !single), {idle}, alice);
    EXPECT_EQ(look(job)->processes, 2U);
    EXPECT_EQ(world.scans, 3U) << "until a scan finds none";
}

TEST_F(A_look, of_root_asks_no_thread_for_its_owner) {
    Job job(target_of(world, single), {idle}, root);
    ASSERT_TRUE(look(job));
    EXPECT_EQ(first.threads.calls.credentials, 0U);
}

TEST_F(A_look, at_the_threads_of_one_user_leaves_out_those_of_others) {
    give(first, {{bob, false}, {alice, true}});
    auto target = target_of(world, !single);
    target.threads_of = alice;
    // Only where it turns on whether there are privileged ones, or the kernel judges, are they looked at.
    Job job(std::move(target), {idle, false, true}, alice);
    const auto seen = look(job);
    ASSERT_TRUE(seen);
    EXPECT_THAT(seen->owners, ElementsAre(alice));
    EXPECT_EQ(seen->needed, Action::set_other_users);
}

TEST_F(A_look, tells_who_the_target_is_in_words) {
    auto target = target_of(world, single);
    target.named = std::make_shared<const process::Process>(*process::Process::pin(first.pid()));
    const auto program = target.named->name();
    Job job(std::move(target), {idle, true}, alice);
    ASSERT_TRUE(look(job));
    const auto name = job.name();
    EXPECT_EQ(name.text, "process 812 (" + program + ")");
    EXPECT_EQ(name.program, program);
    EXPECT_TRUE(name.keep_explicit);
}

class A_second_look : public A_look {
 protected:
    Expected<Look> looked_again(bool one, const std::function<void()>& meanwhile) {
        Job job(target_of(world, one), {idle}, alice);
        EXPECT_TRUE(look(job));
        meanwhile();
        return look(job);
    }
};

TEST_F(A_second_look, finds_a_process_that_changed_hands) {
    for (const bool one : {single, !single}) {
        give(first, {{bob, false}, {bob, false}, {bob, false}});
        const auto seen = looked_again(one, [&] { give(first, {{root, false}, {root, false}, {root, false}}); });
        ASSERT_FALSE(seen);
        EXPECT_EQ(seen.failure().code, ErrorCode::no_such_process);
        EXPECT_THAT(seen.failure().message, HasSubstr("changed owner"));
    }
}

TEST_F(A_second_look, finds_a_thread_that_changed_hands) {
    const auto seen = looked_again(single, [&] { first.threads.set_owner(12, {bob, false}); });
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.failure().code, ErrorCode::no_such_process);
}

TEST_F(A_second_look, finds_a_thread_that_gained_privileges) {
    const auto seen = looked_again(single, [&] { first.threads.set_owner(12, {alice, true}); });
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.failure().code, ErrorCode::no_such_process);
}

TEST_F(A_second_look, finds_that_the_process_has_ended) {
    const auto seen = looked_again(single, [&] { first.crowd.kill(); });
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.failure().code, ErrorCode::no_such_process);
}

TEST_F(A_second_look, is_content_where_a_process_of_anothers_joined_that_needs_no_more) {
    give(first, {{bob, false}, {bob, false}, {bob, false}});
    give(second, {{root, false}, {root, false}});
    const auto seen = looked_again(!single, [&] { world.found.push_back(&second); });
    ASSERT_TRUE(seen) << "which the grant then leaves alone";
    EXPECT_EQ(seen->processes, 2U);
}

TEST_F(A_second_look, is_content_where_all_is_as_it_was) {
    for (const bool one : {single, !single}) {
        EXPECT_TRUE(looked_again(one, [] {}));
    }
}

}  // namespace
}  // namespace iopriority::engine
