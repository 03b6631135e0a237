// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Requests and holds on processes that become somebody else's while somebody is asked, or while they last. Needs root.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "bench.hpp"

namespace iopriority::service::test {
namespace {

using policy::Verdict;
using testing::HasSubstr;

constexpr uid_t root = 0;
constexpr uid_t alice = 61001;
constexpr uid_t bob = 61002;
const Priority idle = Priority::idle();
const Priority low = Priority::best_effort(7);
const Priority none = Priority::none();

/// Root's, until it is told to become bob's.
std::unique_ptr<Crowd> changing_process() {
    return std::make_unique<Crowd>([](const auto& ready) {
        ::prctl(PR_SET_NAME, "rsync");
        sigset_t wake{};
        sigemptyset(&wake);
        sigaddset(&wake, SIGUSR1);
        ::sigprocmask(SIG_BLOCK, &wake, nullptr);
        ready();
        int signal = 0;
        ::sigwait(&wake, &signal);
        engine::test::become(bob);
        while (true) {
            ::pause();
        }
    });
}

class A_process_that_changes_hands : public Bench {
 protected:
    A_process_that_changes_hands() {
        process = changing_process();
        caller_is(alice);
    }
    void change() {
        ::kill(process->pid(), SIGUSR1);
        const auto pinned = *process::Process::pin(process->pid());
        until([&] { return pinned.credentials()->real_uid == bob; });
    }
    std::shared_ptr<process::UniqueFd> hold(Priority wanted) {
        const auto asked = authority.questions.size() + 1;
        start(spec_of(*process), {wanted}, false, SetRequest::For::a_hold);
        until_asked(asked);
        answer(Verdict::granted);
        return *result ? (*result)->hold : nullptr;
    }
    void end(std::shared_ptr<process::UniqueFd>& hold) {
        const auto before = holds.count();
        hold.reset();
        result.reset();
        until([&] { return holds.count() < before; });
    }
};

TEST_F(A_process_that_changes_hands, during_the_dialog_is_not_set) {
    ask(idle);
    change();
    answer(Verdict::granted);
    EXPECT_EQ(code(), ErrorCode::no_such_process);
    EXPECT_THAT(text(), HasSubstr("changed owner"));
    EXPECT_EQ(priority(), none);
    EXPECT_TRUE(log.records.empty());
}

TEST_F(A_process_that_changes_hands, while_it_is_held_keeps_what_it_has_when_the_hold_ends) {
    auto held = hold(idle);
    ASSERT_NE(held, nullptr);
    change();
    end(held);
    EXPECT_EQ(priority(), idle);
    EXPECT_EQ(log.records.size(), 1U) << "the end has changed nothing";
}

TEST_F(A_process_that_changes_hands, while_it_is_held_several_times_is_not_changed_step_by_step) {
    std::vector<std::shared_ptr<process::UniqueFd>> all;
    for (const auto& wanted : {Priority::best_effort(1), idle, low, Priority::best_effort(0)}) {
        all.push_back(hold(wanted));
        ASSERT_NE(all.back(), nullptr);
    }
    change();
    for (; !all.empty(); all.pop_back()) {
        end(all.back());
        EXPECT_EQ(priority(), Priority::best_effort(0));
    }
}

TEST_F(A_process_that_changes_hands, while_it_is_held_keeps_what_it_has_also_after_a_crash) {
    const auto held = hold(idle);
    ASSERT_NE(held, nullptr);
    change();
    Holds next(loop, HoldStore(directory.path()), log, [] {});
    next.recover();
    EXPECT_EQ(next.count(), 0U);
    EXPECT_EQ(priority(), idle);
}

TEST_F(A_process_that_changes_hands, not_gets_back_what_it_had_when_the_hold_ends) {
    auto held = hold(idle);
    ASSERT_NE(held, nullptr);
    end(held);
    EXPECT_EQ(priority(), none);
}

TEST_F(A_process_that_changes_hands, is_set_to_realtime_where_that_was_allowed) {
    caller_is(root);
    ask(Priority::realtime(2));
    EXPECT_EQ(authority.questions.at(0).action, policy::Action::set_realtime);
    answer(Verdict::granted);
    ASSERT_TRUE(*result) << text();
    EXPECT_EQ(priority(), Priority::realtime(2));
    EXPECT_EQ(log.records.at(0).action, policy::Action::set_realtime);
}

TEST_F(A_process_that_changes_hands, in_a_tree_is_asked_about_once_and_for_the_strictest_action) {
    process = std::make_unique<Crowd>([](const auto& ready) {
        if (::fork() == 0) {
            engine::test::become(bob);
            ready();
        } else {
            engine::test::become(alice);
        }
        while (true) {
            ::pause();
        }
    });
    const auto pinned = *process::Process::pin(process->pid());
    until([&] { return pinned.credentials()->real_uid == alice; });
    auto tree = spec_of(*process);
    tree.descendants = true;
    start(tree, {Priority::realtime(0)});
    until_asked();
    EXPECT_EQ(authority.questions.size(), 1U);
    EXPECT_EQ(authority.questions[0].action, policy::Action::set_other_users_realtime);
    EXPECT_EQ(authority.questions[0].details.count("target-uid"), 0U) << "of several users";
    answer(Verdict::denied);
}

/// A group that a process of bob joins while polkit is asked about root's.
TEST_F(A_process_that_changes_hands, into_a_group_that_was_asked_about_is_left_alone_and_told_of) {
    process = process_of(root);
    ASSERT_EQ(::setpgid(process->pid(), process->pid()), 0);
    auto group = spec_of(*process);
    group.kind = TargetSpec::Kind::group;
    start(group, {idle});
    until_asked();
    EXPECT_EQ(authority.questions[0].details.at("target-uid"), "0");
    const auto joins = process_of(bob);
    ASSERT_EQ(::setpgid(joins->pid(), process->pid()), 0);
    answer(Verdict::granted);
    ASSERT_FALSE(*result);
    EXPECT_EQ(code(), ErrorCode::partially_applied);
    EXPECT_THAT(text(), HasSubstr("1 thread is as wanted, 1 was left alone"));
    EXPECT_EQ(priority(), idle);
    EXPECT_EQ(engine::test::priority_of(joins->pid()), none);
    ASSERT_EQ(log.records.size(), 1U);
    EXPECT_EQ(log.records[0].result, text());
}

}  // namespace
}  // namespace iopriority::service::test
