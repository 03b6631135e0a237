// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What a job sets is what the grant admits: what joined or changed owner since is left alone, and told of.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "restore.hpp"
#include "run_job.hpp"

namespace iopriority::engine {
namespace {

using policy::Grant;
using test::alice;
using test::bob;
using test::FakeProcess;
using test::given_for_bob;
using test::look;
using test::root;
using test::set;
using test::target_of;
using test::undo;
using test::World;
using ::testing::_;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr bool single = true;
constexpr int hint = 1 << 3;
const Priority idle = Priority::idle();
const Priority low = Priority::best_effort(7);
const Priority none = Priority::none();

class A_grant : public ::testing::Test {
 protected:
    [[nodiscard]] process::ProcessKey key_of(const FakeProcess& process) const {
        return *process::Process::pin(process.pid())->key();
    }

    [[nodiscard]] std::size_t as_wanted(const FakeProcess& process) { return told[key_of(process)].size(); }

    FakeProcess first{{10, 11, 12}, low, {bob, false}};
    FakeProcess second{{20, 21}, low, {bob, false}};
    World world{{&first}, {}};
    test::AsWanted told;
};

TEST_F(A_grant, does_not_cover_a_thread_of_root_that_joined_the_process) {
    Job job(target_of(world, single), {idle}, alice);
    ASSERT_TRUE(look(job));
    first.threads.add(13, low);
    first.threads.set_owner(13, {root, false});
    const auto outcome = set(job, given_for_bob());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, ErrorCode::partially_applied);
    EXPECT_THAT(outcome.failure().message, HasSubstr("3 threads are as wanted, 1 was left alone"));
    EXPECT_THAT(outcome.failure().message, HasSubstr("1 joined"));
    EXPECT_EQ(first.threads.priority_of(13), low);
    EXPECT_EQ(first.threads.priority_of(12), idle);
}

TEST_F(A_grant, does_not_cover_a_process_of_root_that_joined_the_others) {
    Job job(target_of(world, !single), {idle}, alice);
    ASSERT_TRUE(look(job));
    world.found.push_back(&second);
    second.threads.set_owner(20, {root, false});
    second.threads.set_owner(21, {root, true});
    const auto outcome = set(job, given_for_bob(), told);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, ErrorCode::partially_applied);
    EXPECT_THAT(outcome.failure().message, HasSubstr("those: 3 threads are as wanted, 2 were left alone"));
    EXPECT_TRUE(first.threads.all_are(idle));
    EXPECT_TRUE(second.threads.all_are(low));
    EXPECT_EQ(as_wanted(first), 3U);
    EXPECT_EQ(as_wanted(second), 0U) << "or a hold on it would be taken for overruled";
}

TEST_F(A_grant, covers_a_process_that_joined_of_an_owner_who_was_told_of) {
    Job job(target_of(world, !single), {idle}, alice);
    ASSERT_TRUE(look(job));
    world.found.push_back(&second);
    const auto outcome = set(job, given_for_bob(), told);
    ASSERT_TRUE(outcome) << outcome.failure().message;
    EXPECT_EQ(outcome->processes, 2U);
    EXPECT_EQ(outcome->threads, 5U);
    EXPECT_EQ(as_wanted(second), 2U);
}

TEST_F(A_grant, does_not_cover_a_thread_that_gained_privileges_where_nobody_was_asked) {
    Job job(target_of(world, single), {idle}, bob);
    ASSERT_TRUE(look(job));
    first.threads.set_owner(11, {bob, true});
    const auto outcome = set(job, Grant::own(bob));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, ErrorCode::partially_applied);
    EXPECT_THAT(outcome.failure().message, HasSubstr("1 gained privileges"));
    EXPECT_EQ(first.threads.priority_of(11), low);
}

TEST_F(A_grant, that_covers_nothing_of_one_process_any_more_says_that_it_is_another) {
    Job job(target_of(world, single), {idle}, alice);
    ASSERT_TRUE(look(job));
    for (const pid_t tid : first.threads.order) {
        first.threads.set_owner(tid, {root, false});
    }
    const auto outcome = set(job, given_for_bob());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.failure().code, ErrorCode::no_such_process);
    EXPECT_TRUE(first.threads.all_are(low));
    EXPECT_FALSE(job.changed_any());
}

TEST_F(A_grant, is_asked_again_after_the_set_and_what_it_does_not_cover_gets_back_what_it_had) {
    first.threads.threads[11].hints = hint;
    const int before = first.threads.value_of(11);
    for (const bool one : {single, !single}) {
        first.threads.set_owner(11, {bob, false});
        Job job(target_of(world, one), {idle}, alice);
        ASSERT_TRUE(look(job));
        first.threads.before_set = [&](pid_t tid) {
            if (tid == 11) {
                first.threads.set_owner(tid, {root, false});
            }
        };
        const auto outcome = set(job, given_for_bob());
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.failure().code, ErrorCode::partially_applied);
        EXPECT_EQ(first.threads.value_of(11), before);
        EXPECT_EQ(first.threads.priority_of(12), idle);
    }
}

TEST_F(A_grant, of_everything_asks_no_thread_for_its_owner) {
    Job job(target_of(world, single), {idle}, root);
    ASSERT_TRUE(set(job, Grant::everything(root)));
    EXPECT_EQ(first.threads.calls.credentials, 0U);
}

TEST_F(A_grant, is_asked_of_a_thread_that_was_being_born_too) {
    Job job(target_of(world, single), {idle}, alice);
    ASSERT_TRUE(look(job));
    ASSERT_TRUE(set(job, given_for_bob()));
    EXPECT_TRUE(job.settle_pays());
    for (const auto& [tid, owner] : {std::pair{30, bob}, std::pair{31, root}}) {
        first.threads.add(tid, low);
        first.threads.set_owner(tid, {owner, false});
    }
    job.begin_settle();
    while (!job.settle_step()) {
    }
    EXPECT_EQ(first.threads.priority_of(30), idle);
    EXPECT_EQ(first.threads.priority_of(31), low);
}

TEST_F(A_grant, covers_the_threads_of_one_user_alone_where_that_is_the_target) {
    first.threads.set_owner(12, {alice, false});
    first.threads.set_owner(11, {bob, true});
    auto target = target_of(world, !single);
    target.threads_of = bob;
    Job job(std::move(target), {idle, true}, root);  // keep-explicit: the kernel's own sweep is not for fakes
    first.threads.threads[10].priority = none;
    first.threads.threads[11].priority = none;
    const auto outcome = set(job, Grant::everything(root));
    ASSERT_TRUE(outcome) << outcome.failure().message;
    EXPECT_EQ(outcome->threads, 2U);
    EXPECT_EQ(first.threads.priority_of(11), idle);
    EXPECT_EQ(first.threads.priority_of(12), low);
}

/// Keeps what it is told.
class Record final : public Recorder {
 public:
    bool may_look_at(const process::ProcessKey& /*key*/) override {
        if (on_wait) {
            on_wait();
        }
        return waits == 0 || --waits == 0;
    }
    Expected<bool> found(const process::Process& process, const process::ProcessKey& key, const Values& values,
                         const Values& others) override {
        EXPECT_EQ(process.pid(), key.pid);
        before[key] = values;
        without[key] = others;
        if (on_found) {
            on_found();
        }
        return answer;
    }
    void left(const process::ProcessKey& key) override { left_as_they_are.insert(key); }
    [[nodiscard]] bool is_overlaid(const process::ProcessKey& /*key*/, pid_t tid) const override {
        return overlaid.contains(tid);
    }
    void changed(const process::ProcessKey& key, const Found& changed) override { after[key] = changed; }

    std::set<process::ProcessKey> left_as_they_are;
    std::set<pid_t> overlaid;
    std::map<process::ProcessKey, Values> before;
    std::map<process::ProcessKey, Values> without;
    std::map<process::ProcessKey, Found> after;
    std::function<void()> on_found;
    std::function<void()> on_wait;
    int waits = 0;  ///< asked so often, it says no at first
    Expected<bool> answer = true;
};

TEST_F(A_grant, says_what_is_recorded_before_the_first_thread_is_set) {
    world.found.push_back(&second);
    first.threads.set_owner(12, {root, false});
    second.threads.threads[21].hints = hint;
    const int with_hint = second.threads.value_of(21);
    Record record;
    record.on_found = [&] { EXPECT_THAT(first.threads.calls.sets, IsEmpty()); };
    Job job(target_of(world, !single), {idle}, alice);
    static_cast<void>(set(job, given_for_bob(), &record));
    const int was = values::to_kernel(low);
    EXPECT_THAT(record.before[key_of(first)], ElementsAre(Pair(10, was), Pair(11, was)));
    EXPECT_THAT(record.without[key_of(first)], ElementsAre(Pair(12, was)));
    EXPECT_THAT(record.before[key_of(second)], ElementsAre(Pair(20, was), Pair(21, with_hint)));
    EXPECT_EQ(record.after[key_of(first)].size(), 2U);
}

TEST_F(A_grant, has_nothing_recorded_while_another_puts_it_back) {
    first.threads.threads[11].priority = idle;
    Record record;
    record.waits = 3;
    record.on_wait = [&] {
        EXPECT_THAT(first.threads.calls.sets, IsEmpty());
        if (record.waits == 1) {
            first.threads.threads[11].priority = low;
        }
    };
    Job job(target_of(world, single), {idle}, alice);
    ASSERT_TRUE(set(job, given_for_bob(), &record));
    const int was = values::to_kernel(low);
    EXPECT_THAT(record.before[key_of(first)], ElementsAre(Pair(10, was), Pair(11, was), Pair(12, was)));
}

TEST_F(A_grant, has_a_thread_recorded_that_joins_while_the_others_are_set) {
    Record record;
    record.on_found = [&] {
        first.threads.add(13, low);
        first.threads.set_owner(13, {bob, false});
    };
    Job job(target_of(world, single), {idle}, alice);
    ASSERT_TRUE(set(job, given_for_bob(), &record));
    EXPECT_EQ(record.before[key_of(first)].size(), 3U);
    EXPECT_EQ(record.after[key_of(first)].at(13), values::to_kernel(low));
}

TEST_F(A_grant, has_so_many_threads_recorded_as_there_were_of_a_process_that_starts_them_without_end) {
    bool starts = true;
    pid_t next = 13;
    first.threads.before_get = [&](pid_t) {
        if (starts && next < 1000) {
            first.threads.add(next, low);
            first.threads.set_owner(next++, {bob, false});
        }
    };
    Record record;
    record.on_found = [&] { starts = false; };
    Job job(target_of(world, single), {idle}, alice);
    ASSERT_TRUE(set(job, given_for_bob(), &record));
    const int was = values::to_kernel(low);
    EXPECT_THAT(record.before[key_of(first)], ElementsAre(Pair(10, was), Pair(11, was), Pair(12, was)));
    EXPECT_EQ(record.after[key_of(first)].size(), 6U) << "of the others it is told what they had";
    EXPECT_TRUE(first.threads.all_are(idle));
}

TEST_F(A_grant, has_a_process_recorded_of_which_no_thread_is_to_be_set_yet) {
    Record record;
    record.on_found = [&] { first.threads.threads[11].priority = Priority::none(); };  // so it is to be set after all
    Job job(target_of(world, single), {idle, true}, alice);
    ASSERT_TRUE(set(job, given_for_bob(), &record));
    EXPECT_THAT(record.before[key_of(first)], IsEmpty());
    EXPECT_THAT(record.without[key_of(first)], UnorderedElementsAre(Pair(10, _), Pair(11, _), Pair(12, _)));
    EXPECT_THAT(record.after[key_of(first)], ElementsAre(Pair(11, values::to_kernel(Priority::none()))));
}

TEST_F(A_grant, leaves_to_a_newer_hold_what_that_holds) {
    Record record;
    record.overlaid = {11};
    Job job(target_of(world, single), {idle}, alice);
    const auto outcome = set(job, given_for_bob(), &record);
    ASSERT_TRUE(outcome) << outcome.failure().message;
    EXPECT_EQ(outcome->threads, 3U) << "it will have it when that ends";
    EXPECT_EQ(first.threads.priority_of(10), idle);
    EXPECT_EQ(first.threads.priority_of(11), low);
}

TEST_F(A_grant, has_set_what_was_recorded_whatever_becomes_of_an_older_hold) {
    Record record;
    bool held = true;  // by an older one, which ends once the newer has recorded what was there before both
    record.on_found = [&] { held = false; };
    const auto own_of = [&](const process::ProcessKey&) -> OwnPriority {
        return [&](pid_t, int found) { return held ? Priority::none() : values::from_kernel(found); };
    };
    Job job(target_of(world, single), {idle, true}, alice);
    job.begin(given_for_bob(), &record, own_of);
    static_cast<void>(test::finish(job));
    ASSERT_TRUE(job.result());
    EXPECT_TRUE(first.threads.all_are(idle));
}

TEST_F(A_grant, keeps_what_a_thread_has_set_itself_to_since_it_was_recorded) {
    for (auto& [tid, thread] : first.threads.threads) {
        thread.priority = Priority::none();
    }
    Record record;
    record.on_found = [&] { first.threads.threads[11].priority = Priority::best_effort(0); };
    Job job(target_of(world, single), {idle, true}, alice);
    ASSERT_TRUE(set(job, given_for_bob(), &record));
    EXPECT_EQ(first.threads.priority_of(10), idle);
    EXPECT_EQ(first.threads.priority_of(11), Priority::best_effort(0));
}

TEST_F(A_grant, for_a_hold_on_several_leaves_alone_the_one_that_resists) {
    world.found.push_back(&second);
    first.threads.after_set = [&](pid_t tid) { first.threads.threads[tid].priority = low; };
    Record record;
    Job held(target_of(world, !single), {idle, false, false, true}, alice);
    const auto outcome = set(held, given_for_bob(), &record);
    ASSERT_TRUE(outcome) << outcome.failure().message;
    EXPECT_EQ(outcome->threads, 2U);
    EXPECT_GE(outcome->left_alone.at("contested"), 1U);
    EXPECT_TRUE(second.threads.all_are(idle));

    Job alone(target_of(world, !single), {idle, false, false, true}, alice);
    EXPECT_FALSE(set(alone, given_for_bob())) << "a change that is no hold says that it is partly done";
    world.found.pop_back();
    Job of_none(target_of(world, !single), {idle, false, false, true}, alice);
    EXPECT_FALSE(set(of_none, given_for_bob(), &record)) << "a hold of nothing";
    Job of_one(target_of(world, single), {idle, false, false, true}, alice);
    EXPECT_FALSE(set(of_one, given_for_bob(), &record));
}

// The older hold is root's, and realtime; the newer is bob's own, on several of his processes.
TEST_F(A_grant, for_a_hold_on_several_keeps_nothing_of_an_older_hold_on_the_one_that_it_left_alone) {
    const Priority realtime = Priority::realtime(4);
    world.found.push_back(&second);
    HoldStack stack;
    stack.begin(1, realtime, {{20, second.threads.value_of(20)}, {21, second.threads.value_of(21)}});
    for (const pid_t tid : {20, 21}) {
        second.threads.threads.at(tid).priority = realtime;
    }
    Record record;
    record.on_found = [&] {  // bob's second process executes newgrp(1) as soon as it is recorded
        if (record.before.contains(key_of(second))) {
            for (const pid_t tid : {20, 21}) {
                second.threads.set_owner(tid, {bob, true});
            }
        }
    };
    Job job(target_of(world, !single), {idle, false, false, true}, bob);
    const auto outcome = set(job, Grant::own(bob), &record);
    ASSERT_TRUE(outcome) << outcome.failure().message;
    EXPECT_EQ(outcome->left_alone.at("privileged"), 2U);
    stack.begin(2, idle, {record.before.at(key_of(second)).begin(), record.before.at(key_of(second)).end()});
    for (const pid_t tid : {20, 21}) {
        second.threads.set_owner(tid, {bob, false});  // which becomes a shell of bob's
    }
    test::end(stack, 1, second.threads);
    test::end(stack, 2, second.threads, Grant::own(bob));
    EXPECT_TRUE(second.threads.all_are(low)) << second.threads.priority_of(20).to_string();
}

TEST_F(A_grant, skips_a_process_that_ends_while_it_is_recorded) {
    world.found.push_back(&second);
    Record record;
    const Expected<bool> ended = Failure{ErrorCode::no_such_process, "it has ended"};
    record.on_found = [&] { record.answer = record.before.contains(key_of(second)) ? ended : Expected<bool>(true); };
    Job job(target_of(world, !single), {idle}, alice);
    const auto outcome = set(job, given_for_bob(), &record);
    ASSERT_TRUE(outcome) << outcome.failure().message;
    EXPECT_TRUE(first.threads.all_are(idle));
    EXPECT_EQ(second.threads.priority_of(20), low) << "it was not recorded";
}

TEST_F(A_grant, sets_nothing_of_a_process_of_other_users_before_it_is_recorded) {
    world.found = {&second, &first};
    second.threads.set_owner(20, {alice, false});
    second.threads.set_owner(21, {alice, false});
    auto target = target_of(world, !single);
    target.threads_of = bob;
    Record record;
    record.on_found = [&] { second.threads.set_owner(21, {bob, false}); };  // too late for the first round
    Job job(std::move(target), {idle}, alice);
    ASSERT_TRUE(set(job, given_for_bob(), &record));
    EXPECT_THAT(record.left_as_they_are, Contains(key_of(second))) << "at first";
    EXPECT_THAT(record.before[key_of(second)], ElementsAre(Pair(21, values::to_kernel(low)))) << "what it had";
    EXPECT_EQ(second.threads.priority_of(21), idle);
    EXPECT_EQ(second.threads.priority_of(20), low);
    EXPECT_EQ(first.threads.priority_of(10), idle);
}

TEST_F(A_grant, sets_nothing_of_what_cannot_be_recorded) {
    for (const bool one : {single, !single}) {
        Record record;
        record.answer = Failure{ErrorCode::failed, "no space"};
        Job job(target_of(world, one), {idle}, alice);
        ASSERT_TRUE(look(job));
        const auto outcome = set(job, given_for_bob(), &record);
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.failure().message, "no space");
        EXPECT_TRUE(first.threads.all_are(low));
        undo(job);
        EXPECT_THAT(first.threads.calls.sets, IsEmpty());
    }
}

}  // namespace
}  // namespace iopriority::engine
