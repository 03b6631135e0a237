// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Holds on processes that start others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <span>
#include <vector>

#include "../engine/parent.hpp"
#include "bench.hpp"
#include "process/stat_reads.hpp"
#include "service/holds.hpp"

namespace iopriority::service::test {
namespace {

using engine::test::Parent;
using engine::test::priority_of;
using engine::test::set_priority;
using engine::test::wait_for_the_next_tick;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

const Priority idle = Priority::idle();
const Priority low = Priority::best_effort(6);
const Priority high = Priority::best_effort(0);
const Priority none = Priority::none();

process::ProcessKey key_of(pid_t pid) {
    return *process::Process::pin(pid)->key();
}

/// While it lives, one process executes a program, and something delays that.
class OneUnread final : public process::StatReader {
 public:
    explicit OneUnread(pid_t pid) : pid_(pid) { process::read_stats_through(this); }
    ~OneUnread() override { process::read_stats_through(nullptr); }
    std::size_t read(std::span<const process::StatOf> wanted, std::span<process::StatResult> results) override {
        results[0] = wanted[0].process == pid_ ? process::StatResult{ETIMEDOUT, {}} : process::read_stat(wanted[0]);
        return 1;
    }

 private:
    pid_t pid_;
};

class What_is_born_under_a_hold : public Bench {
 protected:
    using Descriptor = std::shared_ptr<process::UniqueFd>;

    What_is_born_under_a_hold() { caller_is(owner()); }
    /// @param of the root of what is held: alone, what descends from it later is born under the hold
    Descriptor hold(Priority wanted, pid_t of) {
        const int before = answers;
        start({TargetSpec::Kind::process, static_cast<std::uint32_t>(of)}, {wanted}, false, SetRequest::For::a_hold);
        until_answered(before + 1);
        auto descriptor = *result ? (*result)->hold : nullptr;
        EXPECT_NE(descriptor, nullptr);
        result.reset();
        return descriptor;
    }
    Descriptor hold(Priority wanted) { return hold(wanted, parent.pid()); }
    /// For good, through the service.
    void set(pid_t pid, Priority priority) {
        const int before = answers;
        start({TargetSpec::Kind::process, static_cast<std::uint32_t>(pid)}, {priority});
        until_answered(before + 1);
        result.reset();
    }
    void end(Descriptor& hold) {
        const auto before = holds.under_way();
        hold.reset();
        until([&] { return holds.under_way() < before; });
    }
    /// The processes that are known to be held, as they are stored.
    [[nodiscard]] std::vector<pid_t> held() const {
        std::vector<pid_t> all;
        for (const auto& state : HoldStore(directory.path()).load()) {
            all.push_back(state.key.pid);
        }
        return all;
    }
    void until_held(pid_t pid) {
        until([&] { return testing::Value(held(), testing::Contains(pid)); });
    }
    /// Sooner than by the look once a second: the end of any hold on the parent looks, too.
    void look() {
        auto another = hold(low);
        end(another);
    }

    /// Stops between two pieces of work.
    void run_until_parent_has(Priority priority) {
        const auto watch = loop.each_turn(0, [&] { priority_of(parent.pid()) == priority ? loop.quit() : void(); });
        loop.run();
    }

    /// The one once a second has looked: it finds this child, of another parent.
    void wait_for_a_look() {
        Parent other{owner()};
        auto held_one = hold(idle, other.pid());
        until_held(other.start_child());
        end(held_one);
    }

    Parent parent{owner()};
};

// ---- found at the end

TEST_F(What_is_born_under_a_hold, is_found_at_its_end_and_goes_back_to_what_its_parent_had) {
    set_priority(parent.pid(), low);
    auto held = hold(idle);
    const pid_t child = parent.start_child();
    EXPECT_EQ(priority_of(child), idle) << "inherited";
    end(held);
    EXPECT_EQ(priority_of(parent.pid()), low);
    EXPECT_EQ(priority_of(child), low);
    EXPECT_TRUE(directory.empty());
}

TEST_F(What_is_born_under_a_hold, is_found_at_its_end_with_what_comes_of_it) {
    auto held = hold(idle);
    const auto [older, younger] = parent.start_two_generations();
    end(held);
    EXPECT_EQ(priority_of(older), none);
    EXPECT_EQ(priority_of(younger), none);
    EXPECT_TRUE(directory.empty());
}

TEST_F(What_is_born_under_a_hold, is_told_of_in_the_log_with_the_rest) {
    auto held = hold(idle);
    parent.start_child();
    parent.start_child();
    end(held);
    ASSERT_THAT(log.records, SizeIs(2));
    EXPECT_EQ(log.records[1].processes, 3U);
    EXPECT_EQ(log.records[1].threads, 3U);
    EXPECT_EQ(log.records[1].target.text, log.records[0].target.text) << "what the hold was on";
}

TEST_F(What_is_born_under_a_hold, keeps_what_it_has_set_itself) {
    auto held = hold(idle);
    const pid_t child = parent.start_child();
    set_priority(child, high);
    end(held);
    EXPECT_EQ(priority_of(child), high);
}

TEST_F(What_is_born_under_a_hold, is_not_what_was_there_before_it) {
    const pid_t child = parent.start_child();
    wait_for_the_next_tick();
    auto held = hold(idle);
    EXPECT_EQ(priority_of(child), none);
    set_priority(child, idle);  // somebody wants just that
    end(held);
    EXPECT_EQ(priority_of(child), idle);
}

TEST_F(What_is_born_under_a_hold, goes_back_step_by_step_where_there_are_several) {
    for (const bool newest_first : {true, false}) {
        auto older = hold(low);
        auto newer = hold(idle);
        const pid_t child = parent.start_child();
        end(newest_first ? newer : older);
        EXPECT_EQ(priority_of(child), newest_first ? low : idle);
        end(newest_first ? older : newer);
        EXPECT_EQ(priority_of(child), none);
        EXPECT_TRUE(directory.empty());
    }
}

TEST_F(What_is_born_under_a_hold, takes_part_in_no_hold_that_ended_before) {
    auto first = hold(low);
    end(first);
    auto second = hold(idle);
    const pid_t child = parent.start_child();
    end(second);
    EXPECT_EQ(priority_of(child), none);
}

TEST_F(What_is_born_under_a_hold, can_be_held_itself_before_anybody_has_looked) {
    auto of_parent = hold(idle);
    const pid_t child = parent.start_child();
    auto of_child = hold(low, child);
    EXPECT_EQ(priority_of(child), low);
    end(of_parent);
    EXPECT_EQ(priority_of(child), low);
    end(of_child);
    EXPECT_EQ(priority_of(child), none) << "what its parent had, and not what it was born with";
}

TEST_F(What_is_born_under_a_hold, can_be_held_itself_and_goes_back_in_the_other_order_too) {
    auto of_parent = hold(idle);
    const pid_t child = parent.start_child();
    auto of_child = hold(low, child);
    end(of_child);
    EXPECT_EQ(priority_of(child), idle);
    end(of_parent);
    EXPECT_EQ(priority_of(child), none);
}

TEST_F(What_is_born_under_a_hold, can_be_held_itself_before_anybody_has_looked_at_what_it_was_born_of) {
    auto of_parent = hold(idle);
    const auto [older, younger] = parent.start_two_generations();
    auto of_younger = hold(low, younger);
    end(of_parent);
    EXPECT_EQ(priority_of(older), none);
    EXPECT_EQ(priority_of(younger), low);
    end(of_younger);
    EXPECT_EQ(priority_of(younger), none) << "what its parent's parent had, and not what it was born with";
}

TEST_F(What_is_born_under_a_hold, can_be_held_itself_before_anybody_has_looked_while_its_parent_cannot_be_read) {
    auto of_parent = hold(idle);
    const pid_t child = parent.start_child();
    const OneUnread unread(parent.pid());
    auto of_child = hold(low, child);
    end(of_child);
    EXPECT_EQ(priority_of(child), idle);
    end(of_parent);
    EXPECT_EQ(priority_of(child), none);
}

TEST_F(What_is_born_under_a_hold, is_not_made_realtime_for_good_by_a_hold_of_its_own_before_anybody_has_looked) {
    start({TargetSpec::Kind::process, static_cast<std::uint32_t>(parent.pid())}, {Priority::realtime(4)}, true,
          SetRequest::For::a_hold);
    until_asked();
    answer(policy::Verdict::granted);
    ASSERT_TRUE(*result) << text();
    auto granted = (*result)->hold;
    result.reset();
    const auto [older, younger] = parent.start_two_generations();
    ASSERT_EQ(priority_of(younger), Priority::realtime(4));
    auto of_younger = hold(idle, younger);
    end(granted);
    EXPECT_EQ(priority_of(older), none);
    end(of_younger);
    EXPECT_EQ(priority_of(younger), none);
}

// ---- adopted while it lasts

TEST_F(What_is_born_under_a_hold, is_found_while_it_lasts_and_stored) {
    auto held_one = hold(idle);
    const pid_t child = parent.start_child();
    until_held(child);
    EXPECT_THAT(held(), UnorderedElementsAre(parent.pid(), child));
    end(held_one);
    EXPECT_EQ(priority_of(child), none);
    EXPECT_TRUE(directory.empty());
}

TEST_F(What_is_born_under_a_hold, goes_back_also_where_its_parent_ended_after_it_was_found) {
    set_priority(parent.pid(), low);
    auto held_one = hold(idle);
    const auto [older, younger] = parent.start_two_generations();
    look();
    EXPECT_THAT(held(), UnorderedElementsAre(parent.pid(), older, younger));
    parent.end(older);
    parent.end();
    end(held_one);
    EXPECT_EQ(priority_of(younger), low);
    EXPECT_TRUE(directory.empty());
}

TEST_F(What_is_born_under_a_hold, keeps_what_it_has_where_its_parent_ended_before_it_was_found) {
    auto held_one = hold(idle);
    const auto [older, younger] = parent.start_two_generations();
    parent.end(older);
    end(held_one);
    EXPECT_EQ(priority_of(younger), idle);
}

TEST_F(What_is_born_under_a_hold, is_forgotten_when_it_has_ended) {
    auto held_one = hold(idle);
    const pid_t child = parent.start_child();
    until_held(child);
    parent.end(child);
    until([&] { return !testing::Value(held(), testing::Contains(child)); });
    EXPECT_THAT(held(), testing::Contains(parent.pid()));
}

TEST_F(What_is_born_under_a_hold, is_ended_by_the_next_run_of_a_service_that_crashed) {
    const auto held_one = hold(idle);
    const pid_t child = parent.start_child();
    look();
    EXPECT_THAT(held(), UnorderedElementsAre(parent.pid(), child));
    const pid_t unseen = parent.start_child();
    Holds next(loop, HoldStore(directory.path()), log, [] {});
    next.recover();
    until([&] { return next.under_way() == 0; });
    EXPECT_EQ(priority_of(parent.pid()), none);
    EXPECT_EQ(priority_of(child), none);
    EXPECT_EQ(priority_of(unseen), none);
    EXPECT_TRUE(directory.empty());
}

TEST_F(What_is_born_under_a_hold, is_ended_by_the_next_run_also_where_an_older_hold_was_left_on_its_parent) {
    auto older = hold(low);
    auto newer = hold(idle);
    const pid_t unseen = parent.start_child();
    newer.reset();
    run_until_parent_has(low);
    ASSERT_EQ(priority_of(unseen), idle) << "nobody has looked";
    const Directory at_the_crash;
    std::filesystem::copy(directory.path(), at_the_crash.path());
    end(older);  // this run goes on: what it does now is made undone
    until([&] { return holds.under_way() == 0; });
    set_priority(parent.pid(), low);
    set_priority(unseen, idle);
    Holds next(loop, HoldStore(at_the_crash.path()), log, [] {});
    next.recover();
    until([&] { return next.under_way() == 0; });
    EXPECT_EQ(priority_of(parent.pid()), none);
    EXPECT_EQ(priority_of(unseen), none);
    EXPECT_TRUE(at_the_crash.empty());
}

TEST_F(What_is_born_under_a_hold, is_looked_for_by_the_next_run_but_its_parent_keeps_what_it_was_set_to_for_good) {
    hold(idle).reset();
    run_until_parent_has(none);
    set(parent.pid(), idle);
    const Directory at_the_crash;
    std::filesystem::copy(directory.path(), at_the_crash.path());
    until([&] { return holds.under_way() == 0; });
    Holds next(loop, HoldStore(at_the_crash.path()), log, [] {});
    next.recover();
    until([&] { return next.under_way() == 0; });
    EXPECT_EQ(priority_of(parent.pid()), idle);
}

TEST_F(What_is_born_under_a_hold, goes_back_when_the_service_ends) {
    const auto held_one = hold(idle);
    const pid_t child = parent.start_child();
    holds.end_all();
    EXPECT_EQ(holds.under_way(), 0U);
    EXPECT_EQ(priority_of(child), none);
}

TEST_F(What_is_born_under_a_hold, goes_back_also_where_another_hold_began_on_its_parent_before_anybody_has_looked) {
    auto first = hold(idle);
    const pid_t child = parent.start_child();
    wait_for_the_next_tick();
    set(parent.pid(), high);
    auto second = hold(low);
    end(first);
    end(second);
    EXPECT_EQ(priority_of(parent.pid()), high);
    EXPECT_EQ(priority_of(child), high) << "what its parent has";
}

TEST_F(What_is_born_under_a_hold, keeps_what_its_parent_was_set_to_for_good_with_all_of_its_user) {
    if (::getuid() != 0) {
        GTEST_SKIP() << "needs a user of its own: other tests have processes of the usual one";
    }
    constexpr uid_t alone = 61042;
    caller_is(alone);
    Parent of_alone{alone};
    auto held_one = hold(idle, of_alone.pid());
    const int before = answers;
    start({TargetSpec::Kind::user, alone}, {idle});
    until_answered(before + 1);
    ASSERT_TRUE(*result) << text();
    result.reset();
    wait_for_the_next_tick();
    const pid_t child = of_alone.start_child();
    end(held_one);
    EXPECT_EQ(priority_of(of_alone.pid()), idle);
    EXPECT_EQ(priority_of(child), idle);
}

TEST_F(What_is_born_under_a_hold, keeps_what_its_parent_was_set_to_for_good_while_a_hold_was_ending) {
    auto below = hold(low);
    auto ending = hold(idle);
    const auto count = holds.under_way();
    ending.reset();
    until([&] { return priority_of(parent.pid()) == low; });
    ASSERT_EQ(holds.under_way(), count) << "it looks once more, after a while";
    set(parent.pid(), idle);
    wait_for_the_next_tick();
    const pid_t child = parent.start_child();
    until([&] { return holds.under_way() < count; });
    end(below);
    EXPECT_EQ(priority_of(parent.pid()), idle);
    EXPECT_EQ(priority_of(child), idle);
}

TEST_F(What_is_born_under_a_hold, goes_back_also_where_its_parent_was_set_for_good_before_anybody_has_looked) {
    for (const Priority for_good : {high, idle}) {  // the second just what the hold wants
        auto held_one = hold(idle);
        const pid_t child = parent.start_child();
        wait_for_the_next_tick();
        set(parent.pid(), for_good);
        end(held_one);
        EXPECT_EQ(priority_of(parent.pid()), for_good);
        EXPECT_EQ(priority_of(child), none);
        EXPECT_TRUE(directory.empty());
        set_priority(parent.pid(), none);
    }
}

TEST_F(What_is_born_under_a_hold, keeps_what_is_set_for_good_before_anybody_has_looked) {
    auto held_one = hold(idle);
    const pid_t child = parent.start_child();
    const int before = answers;
    start({TargetSpec::Kind::process, static_cast<std::uint32_t>(child)}, {idle});  // just what the hold wants
    until_answered(before + 1);
    end(held_one);
    EXPECT_EQ(priority_of(parent.pid()), none);
    EXPECT_EQ(priority_of(child), idle);
    EXPECT_TRUE(directory.empty());
}

TEST_F(What_is_born_under_a_hold, keeps_what_is_set_for_good_before_anybody_has_looked_at_what_it_was_born_of) {
    auto held_one = hold(idle);
    const auto [older, younger] = parent.start_two_generations();
    set(younger, idle);  // just what the hold wants
    end(held_one);
    EXPECT_EQ(priority_of(older), none);
    EXPECT_EQ(priority_of(younger), idle);
    EXPECT_TRUE(directory.empty());
}

TEST_F(What_is_born_under_a_hold, is_not_held_where_its_parent_was_set_for_good) {
    auto held_one = hold(idle);
    start({TargetSpec::Kind::process, static_cast<std::uint32_t>(parent.pid())}, {idle});
    until_answered(2);
    const pid_t child = parent.start_child();
    end(held_one);
    EXPECT_EQ(priority_of(child), idle);
    EXPECT_EQ(priority_of(parent.pid()), idle);
}

TEST_F(What_is_born_under_a_hold, is_what_the_hold_is_found_by_once_its_root_has_ended) {
    auto held_one = hold(idle);
    const pid_t child = parent.start_child();
    until_held(child);
    const pid_t root = parent.pid();
    parent.end();
    until([&] { return !testing::Value(held(), testing::Contains(root)); });
    EXPECT_THAT(held(), testing::ElementsAre(child));
    EXPECT_EQ(holds.count(), 1U);
    end(held_one);
    EXPECT_EQ(priority_of(child), none);
}

// ---- within the bounds

TEST_F(What_is_born_under_a_hold, goes_back_also_where_the_holds_of_the_user_have_no_room) {
    auto held_one = hold(idle);
    // All the room that is left is taken by another hold of the same user, on another process.
    auto filling = holds.begin(owner(), low, policy::Grant::own(owner()));
    ASSERT_TRUE(filling);
    engine::Values values;
    for (std::size_t i = 0; i < Holds::most_threads_of_a_user - 1; ++i) {
        values.emplace_back(static_cast<pid_t>(i + 1), 0);
    }
    const auto other = process::Process::pin(process->pid());
    ASSERT_TRUE((*filling)->found(*other, *other->key(), values, {}));
    const pid_t child = parent.start_child();
    end(held_one);
    EXPECT_EQ(priority_of(parent.pid()), none);
    EXPECT_EQ(priority_of(child), none);
}

TEST_F(What_is_born_under_a_hold, does_not_count_where_its_parent_was_set_for_good) {
    constexpr std::size_t of_parent = 1;
    constexpr int looks = 2;
    auto held_one = hold(idle);
    start({TargetSpec::Kind::process, static_cast<std::uint32_t>(parent.pid())}, {idle});
    until_answered(2);
    parent.start_child();
    for (int times = 0; times < looks; ++times) {
        auto another = hold(low, process->pid());
        end(another);  // looks
        wait_for_a_look();
    }
    auto filling = holds.begin(owner(), low, policy::Grant::own(owner()));
    ASSERT_TRUE(filling);
    engine::Values values;
    for (std::size_t i = 0; i < Holds::most_threads_of_a_user - of_parent; ++i) {
        values.emplace_back(static_cast<pid_t>(i + 1), 0);
    }
    const auto other = process::Process::pin(process->pid());
    EXPECT_TRUE((*filling)->found(*other, *other->key(), values, {}));
}

TEST_F(What_is_born_under_a_hold, is_nobodys_where_there_is_no_hold) {
    const pid_t child = parent.start_child();
    EXPECT_THAT(held(), IsEmpty());
    EXPECT_FALSE(holds.own_of(key_of(child)));
}

}  // namespace
}  // namespace iopriority::service::test
