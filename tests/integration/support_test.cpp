// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the other integration tests believe: the private bus, its users, its polkit, the targets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Command pkcheck(pid_t pid, bool interactive) {
    Command command{"pkcheck", "--process", std::to_string(pid), "--action-id", set_realtime};
    if (interactive) {
        command.emplace_back("--allow-user-interaction");
    }
    return command;
}

TEST(PrivateBus, polkit_refuses_until_a_rule_allows) {
    const Target alice{"alice", {"threads", "1"}};
    EXPECT_EQ(run("root", pkcheck(alice.pid(), false)).status, 2);  // it would have to ask
    set_rules(rule(set_realtime, "NO"));
    EXPECT_EQ(run("root", pkcheck(alice.pid(), false)).status, 1);
    set_rules(rule(set_realtime, "YES"));
    EXPECT_EQ(run("root", pkcheck(alice.pid(), false)).status, 0);
    set_rules("");
    EXPECT_EQ(run("root", pkcheck(alice.pid(), false)).status, 2);
}

TEST(PrivateBus, polkit_refuses_a_wrong_password_and_a_closed_dialog_and_takes_the_right_one) {
    const Target alice{"alice", {"threads", "1"}};
    {
        Agent agent{{alice.pid()}, {"--password", "wrong"}};
        EXPECT_EQ(run("root", pkcheck(alice.pid(), true)).status, 1);
        EXPECT_EQ(agent.prompt().action, set_realtime);
        EXPECT_EQ(agent.end(), "denied");
        EXPECT_THAT(agent.finish(), IsEmpty());
    }
    {
        Agent agent{{alice.pid()}, {"--cancel"}};
        EXPECT_EQ(run("root", pkcheck(alice.pid(), true)).status, 3);
        EXPECT_EQ(agent.finish().size(), 1U);
    }
    Agent agent{{alice.pid()}, {"--password", "wrong", "--password", password()}};
    EXPECT_EQ(run("root", pkcheck(alice.pid(), true)).status, 0);
    EXPECT_EQ(agent.prompt().action, set_realtime);
    EXPECT_EQ(agent.end(), "authorized");
}

TEST(PrivateBus, a_dialog_stays_open_until_it_is_answered) {
    const Target alice{"alice", {"threads", "1"}};
    Agent agent{{alice.pid()}, {"--hold"}};
    Child first{"root", pkcheck(alice.pid(), true)};
    EXPECT_EQ(agent.prompt().action, set_realtime);
    agent.cancel();
    EXPECT_EQ(agent.end(), "cancelled");
    EXPECT_EQ(first.finish().status, 3);
    Child second{"root", pkcheck(alice.pid(), true)};
    EXPECT_EQ(agent.prompt().action, set_realtime);
    agent.type(password());
    EXPECT_EQ(agent.end(), "authorized");
    EXPECT_EQ(second.finish().status, 0);
}

TEST(PrivateBus, every_question_to_polkit_is_seen_once) {
    const Target alice{"alice", {"threads", "1"}};
    PolkitMonitor monitor;
    EXPECT_THAT(monitor.actions(), IsEmpty());
    run("root", pkcheck(alice.pid(), false));
    run("root", pkcheck(alice.pid(), false));
    EXPECT_THAT(monitor.actions(), ElementsAre(set_realtime, set_realtime));
    EXPECT_THAT(monitor.actions(), IsEmpty());
}

TEST(PrivateBus, programs_run_as_the_user_that_was_named) {
    EXPECT_EQ(run("carol", {"id", "-nG"}).out, "carol backup\n");
    EXPECT_EQ(run("12345", {"id", "-u"}).out, "12345\n");
    EXPECT_EQ(run("alice", {"false"}).status, 1);
    EXPECT_EQ(run("alice", {"no-such-program"}).status, 127);
}

TEST(Targets, have_the_threads_that_were_asked_for) {
    Target quiet{"alice", {"threads", "5"}};
    EXPECT_EQ(quiet.priorities(), (Breakdown{{"none", 5}}));
    set_thread(quiet.pid(), "idle");
    EXPECT_EQ(quiet.priorities(), (Breakdown{{"idle", 1}, {"none", 4}}));

    Target chains{"alice", {"chains", "32"}};
    chains.freeze();
    EXPECT_EQ(chains.priorities(), (Breakdown{{"none", 33}}));
}

TEST(Targets, are_what_their_names_say) {
    const Target zombie{"alice", {"zombie"}};
    EXPECT_TRUE(status_field(zombie.pid(), "State").starts_with('Z'));
    const Target leaderless{"alice", {"leaderless", "4"}};
    EXPECT_TRUE(status_field(leaderless.pid(), "State").starts_with('Z'));
    EXPECT_EQ(threads_of(leaderless.pid()).size(), 5U);

    const auto alice = std::to_string(uid_of("alice"));
    const Target setuid{"root", {"uids", alice, "0"}};
    EXPECT_TRUE(status_field(setuid.pid(), "Uid").starts_with(alice + "\t0\t"));
    const Target capable{"root", {"capability", alice}};
    EXPECT_EQ(status_field(capable.pid(), "CapPrm"), "0000000000002000");
    EXPECT_TRUE(status_field(capable.pid(), "Uid").starts_with(alice + '\t' + alice));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
