// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/holds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../delayed_stats.hpp"
#include "bench.hpp"

namespace iopriority::service::test {
namespace {

using testing::HasSubstr;

const Priority idle = Priority::idle();
const Priority low = Priority::best_effort(6);
const Priority none = Priority::none();

class A_hold : public Bench {
 protected:
    A_hold() { caller_is(owner()); }
    std::shared_ptr<process::UniqueFd> hold(Priority wanted) {
        const int before = answers;
        start(spec_of(*process), {wanted}, false, SetRequest::For::a_hold);
        until_answered(before + 1);
        return *result ? (*result)->hold : nullptr;
    }
    void end(std::shared_ptr<process::UniqueFd>& hold) {
        const auto before = holds.count();
        hold.reset();
        result.reset();
        until([&] { return holds.under_way() < before; });
    }
};

TEST_F(A_hold, that_cannot_be_stored_is_not_begun_and_nothing_is_set) {
    directory.remove();
    EXPECT_EQ(hold(idle), nullptr);
    EXPECT_EQ(code(), ErrorCode::failed);
    EXPECT_THAT(text(), HasSubstr("writing the state of the hold"));
    EXPECT_EQ(priority(), none);
    EXPECT_EQ(holds.count(), 0U);
}

TEST_F(A_hold, does_not_begin_any_more_once_the_service_has_ended_all) {
    requests.drop_all();
    EXPECT_EQ(hold(idle), nullptr);
    EXPECT_EQ(code(), ErrorCode::failed);
    EXPECT_EQ(holds.under_way(), 0U);
    EXPECT_EQ(priority(), none);
}

TEST_F(A_hold, is_refused_beyond_sixteen_of_a_user) {
    std::vector<std::shared_ptr<process::UniqueFd>> all;
    for (unsigned i = 0; i < Admission::holds.of_user; ++i) {
        all.push_back(hold(idle));
        ASSERT_NE(all.back(), nullptr);
    }
    EXPECT_EQ(hold(low), nullptr);
    EXPECT_EQ(code(), ErrorCode::limits_exceeded);
    EXPECT_EQ(priority(), idle);
    EXPECT_EQ(holds.count(), Admission::holds.of_user);
    end(all.back());
    EXPECT_NE(hold(low), nullptr);
}

TEST_F(A_hold, is_stored_while_it_lasts_and_its_end_gives_back_what_was_there) {
    engine::test::set_priority(process->pid(), low);
    auto held = hold(idle);
    ASSERT_NE(held, nullptr);
    EXPECT_EQ(priority(), idle);
    EXPECT_FALSE(directory.empty());
    end(held);
    EXPECT_EQ(priority(), low);
    EXPECT_TRUE(directory.empty());
    ASSERT_EQ(log.records.size(), 2U);
    EXPECT_EQ(log.records[1].event, ChangeRecord::Event::end);
    EXPECT_EQ(log.records[1].target.text, name());
    EXPECT_EQ(log.records[1].threads, 1U);
}

TEST_F(A_hold, gives_way_to_what_somebody_sets_for_good_meanwhile) {
    auto held = hold(idle);
    start(Priority::best_effort(3));
    until_answered(2);
    EXPECT_EQ(priority(), Priority::best_effort(3));
    start(idle);  // just what the hold wants, but for good
    until_answered(3);
    end(held);
    EXPECT_EQ(priority(), idle);
}

TEST_F(A_hold, gives_way_also_where_for_good_is_set_what_is_there) {
    auto held = hold(idle);
    start(idle);
    until_answered(2);
    end(held);
    EXPECT_EQ(priority(), idle);
}

TEST_F(A_hold, gives_way_to_one_who_keeps_what_is_explicit_since_what_it_gives_is_not) {
    auto held = hold(idle);
    start(spec_of(*process), {low, true});
    until_answered(2);
    EXPECT_EQ(priority(), low);
    end(held);
    EXPECT_EQ(priority(), low);
}

TEST_F(A_hold, does_not_give_way_to_one_who_keeps_what_is_explicit_where_something_is) {
    engine::test::set_priority(process->pid(), Priority::best_effort(3));
    auto held = hold(idle);
    start(spec_of(*process), {low, true});
    until_answered(2);
    EXPECT_EQ(priority(), idle);
    end(held);
    EXPECT_EQ(priority(), Priority::best_effort(3));
}

TEST_F(A_hold, ends_with_the_service_the_newest_first) {
    const auto first = hold(low);
    const auto second = hold(idle);
    holds.end_all();
    EXPECT_EQ(holds.count(), 0U);
    EXPECT_EQ(priority(), none);
}

TEST_F(A_hold, of_a_process_that_has_ended_ends_and_says_so) {
    auto held = hold(idle);
    process->kill();
    end(held);
    EXPECT_TRUE(directory.empty());
    ASSERT_EQ(log.records.size(), 2U);
    EXPECT_EQ(log.records[1].event, ChangeRecord::Event::end);
    EXPECT_EQ(log.records[1].after, "left as it is");
    EXPECT_EQ(log.records[1].processes, 0U);
}

TEST_F(A_hold, whose_descriptor_was_lost_with_a_crash_is_ended_by_the_next_run) {
    const auto first = hold(low);
    const auto second = hold(idle);
    unsigned changes = 0;
    Holds next(loop, HoldStore(directory.path()), log, [&] { ++changes; });
    next.recover();
    EXPECT_EQ(next.count(), 0U);
    EXPECT_EQ(priority(), none);
    until([&] { return next.under_way() == 0; });
    EXPECT_TRUE(directory.empty());
    EXPECT_GE(changes, 1U);
}

TEST_F(A_hold, gives_back_what_was_set_on_purpose_while_it_began) {
    for (const Priority on_purpose : {low, idle}) {  // the second just what it wants
        auto beginning = std::move(holds.begin(owner(), idle, policy::Grant::everything(0))).value();
        const auto pinned = process::Process::pin(process->pid()).value();
        engine::Values values;
        for (const pid_t tid : process->tids()) {
            values.emplace_back(tid, values::to_kernel(none));
        }
        ASSERT_TRUE(beginning->found(pinned, *pinned.key(), values, {}));
        set(on_purpose);
        answers = 0;
        for (const pid_t tid : process->tids()) {
            engine::test::set_priority(tid, idle);
        }
        beginning.reset();
        until([&] { return holds.under_way() == 0; });
        EXPECT_EQ(priority(), on_purpose);
        EXPECT_TRUE(directory.empty());
    }
}

TEST_F(A_hold, on_several_leaves_alone_what_something_delays_and_one_on_that_alone_fails) {
    const auto other = process_of(owner());
    const auto begin = [&](std::vector<std::uint32_t> ids) {
        const int before = answers;
        TargetSpec several{TargetSpec::Kind::processes, 0};
        several.ids = std::move(ids);
        start(std::move(several), {idle, false, false, true}, false, SetRequest::For::a_hold);
        until_answered(before + 1);
    };
    const auto delayed = static_cast<std::uint32_t>(process->pid());
    const iopriority::test::DelayedStats now({process->pid()});
    begin({delayed, static_cast<std::uint32_t>(other->pid())});
    ASSERT_TRUE(*result) << text();
    EXPECT_EQ((*result)->outcome.left_alone, (std::map<std::string, unsigned>{{"executing", 1}}));
    EXPECT_EQ(engine::test::priority_of(other->pid()), idle);
    EXPECT_EQ(priority(), none);
    begin({delayed});
    ASSERT_FALSE(*result);
    EXPECT_THAT(text(), testing::HasSubstr("executes a program"));
    EXPECT_EQ(priority(), none);
    start({idle});
    until_answered(3);
    EXPECT_TRUE(*result) << "without a hold it is set";
    EXPECT_EQ(priority(), idle);
}

TEST_F(A_hold, that_is_overruled_stays_so_over_a_crash) {
    const auto held = hold(idle);
    start(idle);
    until_answered(2);
    Holds next(loop, HoldStore(directory.path()), log, [] {});
    next.recover();
    EXPECT_EQ(next.count(), 0U);
    EXPECT_EQ(priority(), idle);
}

}  // namespace
}  // namespace iopriority::service::test
