// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// The option "descendants": a process and the whole tree below it, in one request and one authorization.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "cast.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Tree : public testing::Test {
 protected:
    Client alice{"alice"};
    PolkitMonitor polkit;
};

TEST_F(Tree, of_another_user_is_refused_without_authorization) {
    Actor bobs{"bob"};
    bobs.fork();
    EXPECT_EQ(alice.set(on::tree(bobs.pid()), "idle"), error::interaction_required);
    set_rules(rule(set_other_users, "NO"));
    EXPECT_EQ(alice.set(on::tree(bobs.pid()), "idle"), error::access_denied);
    EXPECT_EQ(priorities_of_tree(bobs.pid()), (Breakdown{{"none", 2}}));
}

TEST_F(Tree, of_ones_own_is_refused_realtime_without_authorization) {
    Actor own{"alice"};
    own.does("grandchild");
    EXPECT_EQ(alice.set(on::tree(own.pid()), "realtime:4"), error::interaction_required);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_realtime));
    EXPECT_EQ(priorities_of_tree(own.pid()), (Breakdown{{"none", 3}}));
}

TEST_F(Tree, of_ones_own_is_set_to_the_last_thread_without_asking_polkit) {
    Actor own{"alice"};
    own.thread();
    own.fork();
    own.does("grandchild");
    EXPECT_EQ(alice.set(on::tree(own.pid()), "best-effort:6"), "ok 4 5");
    EXPECT_EQ(priorities_of_tree(own.pid()), (Breakdown{{"best-effort:6", 5}}));
    EXPECT_THAT(polkit.actions(), IsEmpty());
}

TEST_F(Tree, is_left_alone_without_the_option) {
    Actor own{"alice"};
    const auto child = own.fork();
    EXPECT_EQ(alice.set(own.pid(), "idle"), "ok 1 1");
    EXPECT_EQ(alice.set(On{own.pid()}.with("descendants", false), "idle"), "ok 1 1");
    EXPECT_EQ(priorities_of(child), (Breakdown{{"none", 1}}));
}

TEST_F(Tree, does_not_hold_what_is_beside_it_or_above) {
    Actor own{"alice"};
    const auto family = own.does("grandchild");
    const auto brother = own.fork();
    EXPECT_EQ(alice.set(on::tree(family.at(0)), "idle"), "ok 2 2");
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 1}}));
    EXPECT_EQ(priorities_of(brother), (Breakdown{{"none", 1}}));
}

TEST_F(Tree, that_is_mixed_takes_its_strictest_authorization_once) {
    Actor mixed{"root"};
    mixed.fork_as("bob");
    mixed.fork_as("alice");
    mixed.does("become " + std::to_string(uid_of("alice")));
    const auto refused = alice.set(on::tree(mixed.pid()), "idle");
    EXPECT_EQ(refused, error::interaction_required);
    EXPECT_THAT(refused.text, HasSubstr(" and its descendants belong to several users, among them bob: idle needs "));
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users));
    EXPECT_EQ(alice.set(on::tree(mixed.pid()), "realtime:0"), error::interaction_required);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users_realtime));
    EXPECT_EQ(priorities_of_tree(mixed.pid()), (Breakdown{{"none", 3}}));
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(alice.set(on::tree(mixed.pid()), "idle"), "ok 3 3");
    EXPECT_EQ(priorities_of_tree(mixed.pid()), (Breakdown{{"idle", 3}}));
    const auto checks = polkit.checks();
    ASSERT_EQ(checks.size(), 1U);
    const auto& details = checks.at(0).details;
    EXPECT_EQ(details.at("pid"), std::to_string(mixed.pid()));
    EXPECT_FALSE(details.contains("target-uid"));  // they are of several users
    EXPECT_FALSE(details.contains("target-user"));
    EXPECT_EQ(details.at("target-users"), "bob");  // whose process needs it
}

TEST_F(Tree, that_forks_during_the_call_is_set_to_the_last_process) {
    Actor storm{"alice"};
    storm.does("storm 3");
    const auto answer = alice.set(on::tree(storm.pid()), "idle");
    EXPECT_TRUE(answer.words.starts_with("ok ")) << answer;
    storm.does("calm");
    const auto all = priorities_of_tree(storm.pid());
    EXPECT_EQ(all.size(), 1U) << testing::PrintToString(all);
    EXPECT_GE(all.at("idle"), 4);
}

TEST_F(Tree, of_more_than_4096_processes_is_refused_whole) {
    Actor many{"alice"};
    many.does("many 4096");
    EXPECT_EQ(alice.set(on::tree(many.pid()), "idle"), error::limits_exceeded);
    EXPECT_EQ(priorities_of_tree(many.pid()), (Breakdown{{"none", 4097}}));
    for (const auto pid : tree_of(many.pid())) {
        kill(pid, SIGKILL);
    }
}

TEST_F(Tree, of_nobody_is_refused) {
    EXPECT_EQ(alice.set(on::tree(4194303), "idle"), error::no_such_process);
    Target zombie{"alice", {"zombie"}};
    EXPECT_EQ(alice.set(on::tree(zombie.pid()), "idle"), error::no_such_process);
}

class TreeAtADialog : public Tree {
 protected:
    void ask(const Actor& target, const std::string& priority) {
        agent.emplace(std::vector{alice.pid()}, Command{"--hold"});
        call = alice.send_set(on::tree(target.pid()), priority, Dialog::allowed);
        agent->prompt();
    }
    Answer authorized() {
        agent->type(password());
        return alice.answer(call);
    }

    std::optional<Agent> agent;
    int call = 0;
};

TEST_F(TreeAtADialog, one_of_which_changes_hands_is_refused) {
    Actor roots{"root"};
    const auto child = roots.fork_as("bob");
    ask(roots, "idle");
    roots.does("become " + std::to_string(uid_of("bob")));
    EXPECT_EQ(authorized(), error::no_such_process);
    EXPECT_EQ(priorities_of_tree(roots.pid()), (Breakdown{{"none", 2}}));
    EXPECT_EQ(priorities_of(child), (Breakdown{{"none", 1}}));
}

TEST_F(TreeAtADialog, that_a_privileged_process_joins_is_refused) {
    ASSERT_EQ(run("root", {"install", "-m4755", tool("actor"), "/run/tools/setuid_actor"}).status, 0);
    Actor own{"alice"};
    ask(own, "realtime:3");
    const auto joined = own.does("run /run/tools/setuid_actor").at(0);
    ASSERT_TRUE(eventually([&] { return status_field(joined, "Name") == "setuid_actor"; }));
    EXPECT_EQ(authorized(), error::no_such_process);
    EXPECT_EQ(priorities_of_tree(own.pid()), (Breakdown{{"none", 2}}));
}

TEST_F(TreeAtADialog, which_grows_and_shrinks_by_its_like_is_set_as_it_is) {
    Actor own{"alice"};
    const auto ends = own.fork();
    ask(own, "realtime:3");
    kill(ends, SIGKILL);
    ASSERT_TRUE(wait_for_end(ends));
    own.fork();
    EXPECT_EQ(authorized(), "ok 2 2");
    EXPECT_EQ(priorities_of_tree(own.pid())["realtime:3"], 2);
}

TEST_F(TreeAtADialog, is_named_to_the_person) {
    Actor bobs{"bob"};
    bobs.fork();
    agent.emplace(std::vector{alice.pid()}, Command{"--cancel"});
    EXPECT_EQ(alice.set(on::tree(bobs.pid()), "idle", Dialog::allowed), error::dismissed);
    const auto prompts = agent->finish();
    ASSERT_EQ(prompts.size(), 1U);
    EXPECT_THAT(prompts.at(0).message,
                HasSubstr("actor (process " + std::to_string(bobs.pid()) + ") and its descendants"));
    EXPECT_THAT(prompts.at(0).message, HasSubstr("bob"));
    EXPECT_EQ(priorities_of_tree(bobs.pid()), (Breakdown{{"none", 2}}));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
