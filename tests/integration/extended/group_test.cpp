// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Process groups.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "cast.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Group : public testing::Test {
 protected:
    Reply set(pid_t group, const std::string& priority) { return alice.set(on::group(group), priority); }

    Client alice{"alice", {"setsid"}};
    PolkitMonitor polkit;
};

TEST_F(Group, of_another_user_is_refused_without_authorization) {
    Actor bobs{"bob"};
    const auto group = bobs.does("group").at(0);
    bobs.fork();
    const auto refused = set(group, "idle");
    EXPECT_EQ(refused, error::interaction_required);
    EXPECT_THAT(refused.text, HasSubstr("process group " + std::to_string(group) + " belongs to bob: idle needs "));
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users));
    EXPECT_EQ(priorities_of_tree(bobs.pid()), (Breakdown{{"none", 2}}));
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(set(group, "idle"), "ok 2 2");
    EXPECT_EQ(priorities_of_tree(bobs.pid()), (Breakdown{{"idle", 2}}));
}

TEST_F(Group, of_ones_own_is_set_and_nothing_beside_it) {
    Actor own{"alice"};
    own.fork();  // stays in the old group
    const auto group = own.does("group").at(0);
    own.thread();
    own.fork();
    EXPECT_EQ(set(group, "idle"), "ok 2 3");
    EXPECT_EQ(priorities_of_tree(own.pid()), (Breakdown{{"idle", 3}, {"none", 1}}));
    EXPECT_THAT(polkit.actions(), IsEmpty());
}

TEST_F(Group, zero_is_the_callers_own) {
    EXPECT_EQ(set(0, "idle"), "ok 1 1");
    EXPECT_EQ(priorities_of(alice.pid()), (Breakdown{{"idle", 1}}));
}

TEST_F(Group, zero_that_holds_others_processes_is_refused_without_authorization) {
    Client in_ours{"alice"};
    EXPECT_EQ(in_ours.set(on::group(0), "idle"), error::interaction_required);
    EXPECT_EQ(priorities_of(in_ours.pid()), (Breakdown{{"none", 1}}));
    EXPECT_EQ(priorities_of(getpid()).count("idle"), 0U);
}

TEST_F(Group, that_is_mixed_takes_its_strictest_authorization_once) {
    Actor mixed{"root"};
    const auto group = mixed.does("group").at(0);
    mixed.fork_as("bob");
    mixed.does("become " + std::to_string(uid_of("alice")));
    EXPECT_EQ(set(group, "realtime:0"), error::interaction_required);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users_realtime));
    set_rules(rule(set_other_users_realtime, "YES"));
    EXPECT_EQ(set(group, "realtime:0"), "ok 2 2");
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users_realtime));
    EXPECT_EQ(priorities_of_tree(mixed.pid()), (Breakdown{{"realtime:0", 2}}));
}

TEST_F(Group, that_forks_during_the_call_is_set_to_the_last_process) {
    Actor storm{"alice"};
    const auto group = storm.does("group").at(0);
    storm.does("storm 3");
    const auto answer = set(group, "idle");
    EXPECT_TRUE(answer.words.starts_with("ok ")) << answer;
    storm.does("calm");
    const auto all = priorities_of_tree(storm.pid());
    EXPECT_EQ(all.size(), 1U) << testing::PrintToString(all);
}

TEST_F(Group, that_does_not_exist_or_is_out_of_range_is_refused) {
    Actor own{"alice"};
    const auto nobody = set(own.pid(), "idle");  // leads no group
    EXPECT_EQ(nobody, error::no_such_process);
    EXPECT_THAT(nobody.text, HasSubstr(std::to_string(own.pid())));
    EXPECT_EQ(alice.set(On{"group", "u 2147483648"}, "idle"), error::invalid_args);
    EXPECT_EQ(set(0, "idle:3"), error::invalid_args);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 1}}));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
