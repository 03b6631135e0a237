// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Lists of processes: one request, one authorization, one answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "cast.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// Numbers that no process has.
constexpr pid_t nobody = 4194303;

class List : public testing::Test {
 protected:
    /// A process of five threads.
    pid_t add(const std::string& user) {
        members.emplace_back(user, Command{"threads", "5"});
        pids.push_back(members.back().pid());
        return pids.back();
    }
    [[nodiscard]] On all() const { return on::processes(pids); }
    void expect_all(const std::string& priority) const {
        for (const auto& [tid, value] : raw_priorities_of(pids)) {
            EXPECT_EQ(value, raw(priority)) << tid;
        }
    }
    void end(std::size_t which) {
        members.at(which).end();
        ASSERT_TRUE(wait_for_end(pids.at(which)));
    }

    Client alice{"alice"};
    PolkitMonitor polkit;
    std::deque<Target> members;
    std::vector<pid_t> pids;
};

// -- one authorization
// --------------------------------------------------------------------------------------------------------------------

class ListOfRoot : public List {
 protected:
    ListOfRoot() {
        for (int i = 0; i < 3; ++i) {
            add("root");
        }
    }
};

TEST_F(ListOfRoot, is_refused_without_authorization_and_polkit_is_asked_once) {
    const auto refused = alice.set(all(), "idle");
    EXPECT_EQ(refused, error::interaction_required);
    EXPECT_THAT(refused.text, AllOf(HasSubstr("root"), HasSubstr(set_other_users)));
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users));
    EXPECT_EQ(alice.try_hold(all(), "realtime:0"), error::interaction_required);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users_realtime));
    set_rules(rule(set_other_users, "NO"));
    EXPECT_EQ(alice.set(all(), "idle"), error::access_denied);
    expect_all("none");
    EXPECT_EQ(holds(), 0U);
}

TEST_F(ListOfRoot, is_set_whole_by_one_authorization) {
    set_rules(rule(set_other_users, "YES"));
    const auto reply = alice.set(all(), "idle");
    EXPECT_EQ(reply, "ok 3 15");
    EXPECT_EQ(reply["before"], "none");
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users));
    expect_all("idle");
    EXPECT_EQ(raw_priorities_of(pids).size(), 15U);
}

TEST_F(ListOfRoot, is_set_whole_after_one_dialog_that_names_the_number_and_the_user) {
    Agent agent{{alice.pid()}, {"--password", password()}};
    EXPECT_EQ(alice.set(on::pidfds(pids), "best-effort:7", Dialog::allowed), "ok 3 15");
    const auto prompts = agent.finish();
    ASSERT_EQ(prompts.size(), 1U);
    EXPECT_THAT(prompts[0].message, AllOf(HasSubstr("3 processes"), HasSubstr("root")));
    EXPECT_EQ(prompts[0].action, set_other_users);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users));
    expect_all("best-effort:7");
}

TEST_F(ListOfRoot, is_left_as_it_was_when_the_dialog_is_closed) {
    Agent agent{{alice.pid()}, {"--cancel"}};
    EXPECT_EQ(alice.set(all(), "idle", Dialog::allowed), error::dismissed);
    EXPECT_EQ(agent.finish().size(), 1U);
    expect_all("none");
}

TEST_F(ListOfRoot, of_which_one_ends_at_the_dialog_is_set_without_it) {
    Agent agent{{alice.pid()}, {"--hold"}};
    const int call = alice.send_set(all(), "idle", Dialog::allowed);
    agent.prompt();
    end(1);
    agent.type(password());
    const auto reply = alice.answer(call);
    EXPECT_EQ(reply, "ok 2 10");
    EXPECT_EQ(reply.counts("left-alone"), (Breakdown{{"ended", 1}}));
    EXPECT_EQ(members[0].priorities(), (Breakdown{{"idle", 5}}));
    EXPECT_EQ(members[2].priorities(), (Breakdown{{"idle", 5}}));
}

TEST_F(ListOfRoot, all_of_which_end_at_the_dialog_is_nobody) {
    Agent agent{{alice.pid()}, {"--hold"}};
    const int call = alice.send_set(all(), "idle", Dialog::allowed);
    agent.prompt();
    for (std::size_t i = 0; i < 3; ++i) {
        end(i);
    }
    agent.type(password());
    EXPECT_EQ(alice.answer(call), error::no_such_process);
}

// -- several owners
// --------------------------------------------------------------------------------------------------------------------

class ListOfSeveral : public List {
 protected:
    ListOfSeveral() {
        add("bob");
        add("carol");
        add("alice");
    }
};

TEST_F(ListOfSeveral, is_refused_whole_and_nothing_of_it_is_set) {
    const auto refused = alice.set(all(), "idle");
    EXPECT_EQ(refused, error::interaction_required);
    EXPECT_THAT(refused.text, HasSubstr(set_other_users));
    expect_all("none");
    EXPECT_EQ(alice.try_hold(all(), "idle"), error::interaction_required);
    expect_all("none");
}

TEST_F(ListOfSeveral, takes_the_strictest_authorization_that_a_member_needs) {
    EXPECT_EQ(alice.set(all(), "realtime:1"), error::interaction_required);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users_realtime));
    set_rules(rule(set_realtime, "YES") + rule(set_other_users, "YES"));
    EXPECT_EQ(alice.set(all(), "realtime:1"), error::interaction_required);
    expect_all("none");
    set_rules(rule(set_other_users_realtime, "YES"));
    EXPECT_EQ(alice.set(all(), "realtime:1"), "ok 3 15");
    expect_all("realtime:1");
}

TEST_F(ListOfSeveral, tells_rules_of_the_users_whose_processes_need_the_permission) {
    EXPECT_EQ(alice.set(all(), "idle"), error::interaction_required);
    const auto checks = polkit.checks();
    ASSERT_EQ(checks.size(), 1U);
    const auto& details = checks[0].details;
    EXPECT_FALSE(details.contains("target-user"));
    ASSERT_TRUE(details.contains("target-users"));
    EXPECT_THAT(details.at("target-users"), AllOf(HasSubstr("bob"), HasSubstr("carol"), Not(HasSubstr("alice"))));
    EXPECT_EQ(details.at("kind"), "processes");
}

/// What the documents tell an administrator to write: it looks at both details.
std::string rule_that_denies(const std::string& user) {
    return "polkit.addRule(function(action, subject) {\n"
           "    if (action.id == 'org.example.IoPriority.set-other-users') {\n"
           "        var users = (action.lookup('target-users') || action.lookup('target-user') || '').split(/[ ,]+/);\n"
           "        return users.indexOf('" +
           user + "') >= 0 || users.indexOf('...') >= 0 ? polkit.Result.NO : polkit.Result.YES;\n    }\n});\n";
}

TEST_F(ListOfSeveral, is_denied_by_a_rule_about_one_of_the_users) {
    set_rules(rule_that_denies("carol"));
    EXPECT_EQ(alice.set(all(), "idle"), error::access_denied);
    EXPECT_EQ(alice.try_hold(all(), "idle"), error::access_denied);
    expect_all("none");
    EXPECT_EQ(alice.set(on::process(pids[1]), "idle"), error::access_denied);
    EXPECT_EQ(alice.set(on::processes({pids[0], pids[2]}), "idle"), "ok 2 10");
    EXPECT_EQ(members[1].priorities(), (Breakdown{{"none", 5}}));
    set_rules(rule_that_denies("admin"));
    EXPECT_EQ(alice.set(all(), "idle"), "ok 3 15");
    expect_all("idle");
}

TEST_F(ListOfSeveral, has_a_dialog_that_names_the_users_of_others) {
    Agent agent{{alice.pid()}, {"--cancel"}};
    EXPECT_EQ(alice.set(all(), "idle", Dialog::allowed), error::dismissed);
    const auto prompts = agent.finish();
    ASSERT_EQ(prompts.size(), 1U);
    EXPECT_THAT(prompts[0].message, AllOf(HasSubstr("3 processes"), HasSubstr("bob"), HasSubstr("carol")));
}

/// One process each of more users than rules are told of.
class ListOfMany : public List {
 protected:
    ListOfMany() {
        constexpr uid_t told = 64;
        constexpr uid_t lowest = 62001;
        for (uid_t user = lowest; user <= lowest + told; ++user) {
            pids.push_back(starter.does("fork " + std::to_string(user)).at(0));
        }
    }
    Actor starter{"root"};
};

TEST_F(ListOfMany, is_denied_by_a_rule_about_a_user_who_is_not_named) {
    set_rules(rule_that_denies("62065"));
    EXPECT_EQ(alice.set(all(), "idle"), error::access_denied);
    const auto checks = polkit.checks();
    ASSERT_EQ(checks.size(), 1U);
    EXPECT_THAT(checks[0].details.at("target-users"),
                AllOf(HasSubstr("62064"), Not(HasSubstr("62065")), EndsWith(", ...")));
    expect_all("none");
    pids.pop_back();
    EXPECT_EQ(alice.set(all(), "idle"), "ok 64 64");
}

// -- members that have ended
// --------------------------------------------------------------------------------------------------------------------

TEST_F(List, of_which_some_have_ended_is_set_without_them_and_says_how_many) {
    const auto first = add("alice");
    const auto second = add("alice");
    const auto reply = alice.set(on::processes({nobody, first, nobody - 1, second, nobody}), "idle");
    EXPECT_EQ(reply, "ok 2 10");
    EXPECT_EQ(reply.counts("left-alone"), (Breakdown{{"ended", 2}}));
    expect_all("idle");
    const auto by_pidfd = alice.set(On{"pidfds", "ah 2 dead pidfd:" + std::to_string(first)}, "best-effort:1");
    EXPECT_EQ(by_pidfd, "ok 1 5");
    EXPECT_EQ(by_pidfd.counts("left-alone"), (Breakdown{{"ended", 1}}));
}

TEST_F(List, of_which_some_have_ended_is_held_without_them) {
    add("alice");
    const auto reply = alice.try_hold(on::processes({nobody, pids[0]}), "idle");
    EXPECT_EQ(reply, "ok 1 5");
    EXPECT_EQ(reply.counts("left-alone"), (Breakdown{{"ended", 1}}));
    expect_all("idle");
    alice.end(reply.hold.value());
    EXPECT_TRUE(becomes(pids[0], {{"none", 5}}));
}

TEST_F(List, of_which_all_have_ended_is_nobody) {
    const Target zombie{"alice", {"zombie"}};
    for (const auto& target : {on::processes({nobody, zombie.pid()}), on::processes({nobody}).with("descendants")}) {
        EXPECT_EQ(alice.set(target, "idle"), error::no_such_process);
        EXPECT_EQ(alice.try_hold(target, "idle"), error::no_such_process);
        EXPECT_EQ(alice.describe(target), error::no_such_process);
    }
    EXPECT_EQ(holds(), 0U);
}

TEST_F(List, with_one_member_that_makes_no_sense_is_refused_before_anything_is_done) {
    add("alice");
    EXPECT_EQ(alice.set(On{"processes", "ax 2 " + std::to_string(pids[0]) + " -1"}, "idle"), error::invalid_args);
    EXPECT_EQ(alice.set(On{"pidfds", "ah 2 pidfd:" + std::to_string(pids[0]) + " pipe"}, "idle"), error::invalid_args);
    expect_all("none");
}

// -- descendants
// --------------------------------------------------------------------------------------------------------------------

TEST_F(List, with_descendants_is_refused_for_a_child_of_another_and_set_with_a_rule) {
    Actor mixed{"root"};
    const auto bobs = mixed.fork_as("bob");
    mixed.does("become " + std::to_string(uid_of("alice")));
    Actor own{"alice"};
    const auto child = own.fork();
    const auto trees = on::processes({own.pid(), mixed.pid()}).with("descendants");
    EXPECT_EQ(alice.set(trees, "idle"), error::interaction_required);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users));
    EXPECT_EQ(priorities_of_tree(mixed.pid()), (Breakdown{{"none", 2}}));
    EXPECT_EQ(alice.set(on::processes({own.pid(), mixed.pid()}), "idle"), "ok 2 2");
    EXPECT_EQ(priority_of_thread(child), "none");
    EXPECT_EQ(priority_of_thread(bobs), "none");
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(alice.set(trees, "idle"), "ok 4 4");
    EXPECT_EQ(priorities_of_tree(own.pid()), (Breakdown{{"idle", 2}}));
    EXPECT_EQ(priorities_of_tree(mixed.pid()), (Breakdown{{"idle", 2}}));
}

TEST_F(List, with_descendants_that_overlap_counts_each_process_once) {
    Actor own{"alice"};
    const auto family = own.does("grandchild");
    const auto trees = on::processes({family[0], own.pid(), family[1]}).with("descendants");
    EXPECT_EQ(alice.set(trees, "idle"), "ok 3 3");
    EXPECT_EQ(alice.describe(trees), "ok 3 3");
    EXPECT_EQ(priorities_of_tree(own.pid()), (Breakdown{{"idle", 3}}));
}

// -- descriptions
// --------------------------------------------------------------------------------------------------------------------

TEST_F(List, is_described_member_by_member_in_its_order) {
    const auto first = add("bob");
    const auto second = add("root");
    set_all(second, "idle");
    set_thread(threads_of(first).at(1), "best-effort:1");
    const auto reply = alice.describe(on::processes({second, nobody, first, second}));
    EXPECT_EQ(reply, "ok 2 10");
    EXPECT_EQ(reply.counts("breakdown"), (Breakdown{{"best-effort:1", 1}, {"idle", 5}, {"none", 4}}));
    EXPECT_EQ(reply["io-class"], "best-effort");
    EXPECT_EQ(reply["each/0/process"], std::to_string(second));
    EXPECT_EQ(reply["each/0/io-class"], "idle");
    EXPECT_EQ(reply["each/0/threads"], "5");
    EXPECT_EQ(reply["each/0/uniform"], "1");
    EXPECT_EQ(reply.counts("each/0/users"), (Breakdown{{"0", 0}}));
    EXPECT_EQ(reply["each/0/programs/0"], "target");
    EXPECT_EQ(reply.counts("each/1"), (Breakdown{{"ended", 1}, {"process", nobody}}));  // and nothing else
    EXPECT_EQ(reply["each/2/process"], std::to_string(first));
    EXPECT_EQ(reply.counts("each/2/breakdown"), (Breakdown{{"best-effort:1", 1}, {"none", 4}}));
    EXPECT_EQ(reply["each/2/uniform"], "0");
    EXPECT_EQ(reply["each/2/ended"], "");
    EXPECT_EQ(reply["each/3/process"], "");  // who appears twice counts once
    EXPECT_EQ(reply["each-cut"], "");
    EXPECT_THAT(polkit.actions(), IsEmpty());
}

TEST_F(List, of_one_has_one_entry_and_a_process_alone_has_none) {
    const auto pid = add("bob");
    EXPECT_EQ(alice.describe(on::pidfds({pid}))["each/0/process"], std::to_string(pid));
    EXPECT_EQ(alice.describe(on::processes({pid}))["each/0/threads"], "5");
    EXPECT_EQ(alice.describe(on::process(pid))["each/0/process"], "");
    EXPECT_EQ(alice.describe(on::user("bob"))["each/0/process"], "");
}

TEST_F(List, that_is_long_is_described_whole_with_128_entries_and_says_so) {
    constexpr int entries = 128;
    Actor many{"alice"};
    many.does("many 200");
    const auto tree = tree_of(many.pid());
    const auto reply = alice.describe(on::processes(tree));
    EXPECT_EQ(reply, "ok 201 201");
    EXPECT_EQ(reply["each-cut"], "1");
    EXPECT_EQ(reply["each/" + std::to_string(entries - 1) + "/process"], std::to_string(tree.at(entries - 1)));
    EXPECT_EQ(reply["each/" + std::to_string(entries) + "/process"], "");
    const std::vector<pid_t> some(tree.begin(), tree.begin() + entries);
    const auto whole = alice.describe(on::processes(some));
    EXPECT_EQ(whole, "ok 128 128");
    EXPECT_EQ(whole["each/" + std::to_string(entries - 1) + "/threads"], "1");
    EXPECT_NE(whole["each-cut"], "1");
    for (const auto pid : tree) {
        kill(pid, SIGKILL);
    }
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
