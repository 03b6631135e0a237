// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Password dialogs that stay open: nobody else waits for them, and what was authorized is looked at again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Clock = std::chrono::steady_clock;

TEST(NoDialog, because_nobody_can_be_asked_is_told_apart_from_one_that_was_not_allowed) {
    const Target roots{"root", {"threads", "2"}};
    Caller alice{"alice"};
    const auto not_allowed = alice.set_process(roots.pid(), "idle", 0);
    EXPECT_EQ(not_allowed, error::interaction_required);
    EXPECT_THAT(not_allowed.text, AllOf(HasSubstr("allow interactive authorization"), Not(HasSubstr("agent"))));
    const auto nobody = alice.set_process(roots.pid(), "idle", 0, Dialog::allowed);
    EXPECT_EQ(nobody, error::interaction_required);
    EXPECT_THAT(nobody.text, AllOf(HasSubstr("no authentication agent (pkttyagent, for example) is running"),
                                   Not(HasSubstr("allow interactive"))));
    EXPECT_EQ(roots.priorities(), (Breakdown{{"none", 2}}));
}

class Open : public testing::Test {
 protected:
    std::string set_root() const { return "SetProcess usu " + roots.id() + " idle 0"; }

    Target roots{"root", {"threads", "2"}};
    Caller alice{"alice"};
    Caller bob{"bob"};
};

TEST_F(Open, more_than_eight_of_one_user_are_refused_and_others_are_served) {
    Agent agent{{alice.pid()}, {"--hold"}};
    std::vector<int> waiting;
    for (int i = 0; i < 8; ++i) {
        waiting.push_back(alice.send(set_root(), Dialog::allowed));
        agent.prompt();
    }
    const auto refused = alice.call(set_root(), Dialog::allowed);
    EXPECT_EQ(refused, error::limits_exceeded);
    EXPECT_EQ(bob.set_process(roots.pid(), "idle", 0), error::interaction_required);
    EXPECT_EQ(alice.set_process(0, "idle", 0), "ok 1");  // what needs no dialog is not limited
    for (const int call : waiting) {
        agent.cancel();
        EXPECT_EQ(agent.end(), "cancelled");
        EXPECT_EQ(alice.answer(call), error::dismissed);
    }
    EXPECT_EQ(roots.priorities(), (Breakdown{{"none", 2}}));
}

TEST_F(Open, a_caller_that_leaves_takes_its_dialog_with_it) {
    Agent agent{{alice.pid()}, {"--hold"}};
    alice.send(set_root(), Dialog::allowed);
    agent.prompt();
    alice.leave();
    EXPECT_EQ(agent.end(), "withdrawn");
    EXPECT_EQ(roots.priorities(), (Breakdown{{"none", 2}}));
}

TEST_F(Open, a_target_that_ends_meanwhile_is_refused) {
    Agent agent{{alice.pid()}, {"--hold"}};
    const int call = alice.send(set_root(), Dialog::allowed);
    agent.prompt();
    roots.end();
    agent.type(password());
    EXPECT_EQ(agent.end(), "authorized");
    EXPECT_EQ(alice.answer(call), error::no_such_process);
}

TEST_F(Open, each_is_answered_for_itself) {
    const Target second{"root", {"threads", "3"}};
    Agent for_alice{{alice.pid()}, {"--hold"}};
    Agent for_bob{{bob.pid()}, {"--hold"}};
    const int first_call = alice.send(set_root(), Dialog::allowed);
    const int second_call = bob.send("SetProcess usu " + second.id() + " idle 0", Dialog::allowed);
    for_alice.prompt();
    for_bob.prompt();
    for_bob.type(password());
    EXPECT_EQ(bob.answer(second_call), "ok 3");
    EXPECT_EQ(second.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_EQ(roots.priorities(), (Breakdown{{"none", 2}}));
    for_alice.cancel();
    EXPECT_EQ(alice.answer(first_call), error::dismissed);
    EXPECT_EQ(roots.priorities(), (Breakdown{{"none", 2}}));
}

/// The usual time of one call: the median of many.
Clock::duration usual_time(Caller& caller, pid_t pid) {
    std::vector<Clock::duration> times(300);
    for (auto& time : times) {
        const auto begin = Clock::now();
        EXPECT_EQ(caller.get(pid), "ok none 0");
        time = Clock::now() - begin;
    }
    std::nth_element(times.begin(), times.begin() + 150, times.end());
    return times[150];
}

TEST_F(Open, ten_delay_nobody_who_only_reads) {
    Caller carol{"carol"};
    const auto alone = usual_time(carol, roots.pid());
    Agent agent{{alice.pid(), bob.pid()}, {"--hold"}};
    std::vector<std::pair<Caller*, int>> calls;
    for (int i = 0; i < 5; ++i) {
        for (auto* caller : {&alice, &bob}) {
            calls.emplace_back(caller, caller->send(set_root(), Dialog::allowed));
            agent.prompt();
        }
    }
    const auto beside = usual_time(carol, roots.pid());
    EXPECT_LT(beside, 3 * alone + std::chrono::milliseconds{1})
        << "alone " << alone.count() << " ns, beside ten dialogs " << beside.count() << " ns";
    for (const auto& [caller, call] : calls) {
        EXPECT_FALSE(caller->arrived(call));
        agent.cancel();
        agent.end();
    }
    for (const auto& [caller, call] : calls) {
        EXPECT_EQ(caller->answer(call), error::dismissed);
    }
    EXPECT_EQ(roots.priorities(), (Breakdown{{"none", 2}}));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
