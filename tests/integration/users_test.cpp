// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// All processes of a user. Runs in a pid namespace of its own: the machine's processes are out of its reach.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class Users : public testing::Test {
 protected:
    Answer set(const std::string& user, const std::string& io_class, unsigned level) {
        return alice.set_user(uid_of(user), io_class, level);
    }

    Target one{"bob", {"threads", "3"}};
    Target two{"bob", {"threads", "2"}};
    Target own{"alice", {"threads", "4"}};
    Caller alice{"alice"};
    PolkitMonitor polkit;
};

TEST_F(Users, another_user_is_refused_without_authorization) {
    EXPECT_EQ(set("bob", "idle", 0), error::interaction_required);
    EXPECT_EQ(one.priorities(), (Breakdown{{"none", 3}}));
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users));
    EXPECT_EQ(set("bob", "realtime", 0), error::interaction_required);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users_realtime));
    set_rules(rule(set_other_users, "NO"));
    EXPECT_EQ(set("bob", "idle", 0), error::access_denied);
    EXPECT_EQ(one.priorities(), (Breakdown{{"none", 3}}));
    EXPECT_EQ(two.priorities(), (Breakdown{{"none", 2}}));
}

TEST_F(Users, realtime_for_oneself_is_refused_without_authorization) {
    EXPECT_EQ(set("alice", "realtime", 4), error::interaction_required);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_realtime));
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 4}}));
}

TEST_F(Users, who_have_no_process_are_refused) {
    set_rules(rule(set_other_users, "YES"));
    const auto answer = set("54321", "idle", 0);
    EXPECT_EQ(answer, error::no_such_process);
    EXPECT_THAT(answer.text, HasSubstr("54321"));
}

TEST_F(Users, another_user_is_set_by_a_rule) {
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(set("bob", "idle", 0), "ok 2 5");
    EXPECT_EQ(one.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_EQ(two.priorities(), (Breakdown{{"idle", 2}}));
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 4}}));
    EXPECT_EQ(set("bob", "none", 0), "ok 2 5");
    EXPECT_EQ(one.priorities(), (Breakdown{{"none", 3}}));
}

TEST_F(Users, another_user_is_set_by_a_password_and_not_by_a_wrong_one_or_none) {
    const std::string call = "SetUser usu " + std::to_string(uid_of("bob")) + " realtime 2";
    {
        Agent agent{{alice.pid()}, {"--password", "wrong"}};
        const auto refused = alice.call(call, Dialog::allowed);
        EXPECT_EQ(refused, error::access_denied);
        EXPECT_THAT(refused.text, StartsWith("user " + std::to_string(uid_of("bob")) + " (bob): realtime needs "));
    }
    {
        Agent agent{{alice.pid()}, {"--cancel"}};
        EXPECT_EQ(alice.call(call, Dialog::allowed), error::dismissed);
    }
    EXPECT_EQ(one.priorities(), (Breakdown{{"none", 3}}));
    Agent agent{{alice.pid()}, {"--password", password()}};
    EXPECT_EQ(alice.call(call, Dialog::allowed), "ok 2 5");
    EXPECT_EQ(one.priorities(), (Breakdown{{"realtime:2", 3}}));
    auto prompt = agent.prompt();
    EXPECT_EQ(prompt.action, set_other_users_realtime);
    EXPECT_THAT(prompt.message, HasSubstr("bob"));
}

TEST_F(Users, the_details_for_polkit_name_the_user_and_no_process) {
    set("bob", "idle", 0);
    auto details = polkit.checks().at(0).details;
    EXPECT_EQ(details["target-uid"], std::to_string(uid_of("bob")));
    EXPECT_EQ(details["target-user"], "bob");
    EXPECT_EQ(details["io-class"], "idle");
    EXPECT_FALSE(details.contains("pid"));
    EXPECT_FALSE(details.contains("program"));
}

TEST_F(Users, oneself_is_set_without_asking_polkit_setuid_programs_included) {
    const Target setuid{"root", {"uids", std::to_string(uid_of("alice")), "0"}};
    EXPECT_EQ(set("alice", "idle", 0), "ok 3 6");  // the target, the setuid program, the caller
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 4}}));
    EXPECT_EQ(setuid.priorities(), (Breakdown{{"idle", 1}}));
    EXPECT_EQ(one.priorities(), (Breakdown{{"none", 3}}));
    EXPECT_THAT(polkit.actions(), IsEmpty());
}

TEST_F(Users, who_are_in_no_passwd_file_are_set_too) {
    const Target stranger{"54321", {"threads", "3"}};
    const auto refused = set("54321", "idle", 0);
    EXPECT_EQ(refused, error::interaction_required);
    EXPECT_THAT(refused.text, StartsWith("user 54321: idle needs "));
    EXPECT_EQ(stranger.priorities(), (Breakdown{{"none", 3}}));
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(set("54321", "idle", 0), "ok 1 3");
    EXPECT_EQ(stranger.priorities(), (Breakdown{{"idle", 3}}));
}

TEST_F(Users, threads_with_another_real_uid_than_their_process_belong_to_that_user) {
    const Target mixed{"root", {"thread-uid", "3", std::to_string(uid_of("bob"))}};
    set_rules(rule(set_other_users, "YES"));
    EXPECT_TRUE(set("bob", "idle", 0).words.starts_with("ok "));
    EXPECT_EQ(mixed.priorities(), (Breakdown{{"idle", 1}, {"none", 2}}));
}

TEST_F(Users, new_threads_and_processes_born_meanwhile_are_set) {
    Target births{"carol", {"births", "20"}};
    Caller carol{"carol"};
    EXPECT_TRUE(carol.set_user(uid_of("carol"), "idle", 0).words.starts_with("ok 2 "));
    births.freeze();
    EXPECT_EQ(births.priorities().size(), 1U) << testing::PrintToString(births.priorities());
    EXPECT_GT(births.priorities()["idle"], 0);
}

TEST_F(Users, zero_is_root_and_refused_to_others) {
    EXPECT_EQ(set("root", "idle", 0), error::interaction_required);
    EXPECT_EQ(priorities_of(getpid()).count("idle"), 0U);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 4}}));
}

TEST_F(Users, root_is_set_but_for_process_one) {
    const Target roots{"root", {"threads", "3"}};
    set_rules(rule(set_other_users, "YES"));
    EXPECT_TRUE(set("root", "best-effort", 6).words.starts_with("ok "));
    EXPECT_EQ(roots.priorities(), (Breakdown{{"best-effort:6", 3}}));
    EXPECT_EQ(priority_of_thread(1), "none");
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 4}}));
    EXPECT_EQ(set("root", "none", 0).words.substr(0, 3), "ok ");
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
