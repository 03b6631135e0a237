// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// An authority that is away, dead, hangs or errs: refused, in words, and the next call works.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "hostile.hpp"
#include "policy/rule.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

constexpr const char* policy = "/usr/share/polkit-1/actions/org.example.IoPriority.policy";
const Breakdown untouched{{"none", 2}};

class FaultyPolkit : public testing::Test {
 protected:
    std::string set_root() const { return "SetProcess usu " + roots.id() + " idle 0"; }
    /// All is well again, with the same daemon.
    void expect_service() {
        EXPECT_EQ(roots.priorities(), untouched);
        EXPECT_EQ(alice.call(set_root()), error::interaction_required);
        set_rules(rule(set_other_users, "YES"));
        EXPECT_EQ(alice.call(set_root()), "ok 2");
        EXPECT_EQ(roots.priorities(), (Breakdown{{"idle", 2}}));
        EXPECT_EQ(daemon_pid(), daemon);
    }

    Target roots{"root", {"threads", "2"}};
    Caller alice{"alice"};
    pid_t daemon = running_daemon();
};

TEST_F(FaultyPolkit, killed_while_it_is_asked_refuses) {
    EXPECT_EQ(alice.call(set_root()), error::interaction_required);  // the connection to it is made
    const auto polkit = running_polkit();
    const Stopped stopped{polkit};
    const int call = alice.send(set_root());
    EXPECT_EQ(alice.set_process(0, "idle", 0), "ok 1");  // meanwhile
    kill(polkit, SIGKILL);
    const auto answer = alice.answer(call);
    EXPECT_EQ(answer, error::authority_unavailable);
    EXPECT_THAT(answer.text, HasSubstr("polkit does not answer"));
    expect_service();
}

TEST_F(FaultyPolkit, killed_at_the_very_first_question_refuses) {
    const auto polkit = running_polkit();
    const Stopped stopped{polkit};
    const int call = alice.send(set_root());
    EXPECT_EQ(alice.set_process(0, "idle", 0), "ok 1");
    kill(polkit, SIGKILL);
    // Depending on how far libpolkit has come, the question is lost, or the bus starts polkit anew and that answers it.
    const auto answer = alice.answer(call);
    EXPECT_TRUE(answer == error::authority_unavailable || answer == error::interaction_required) << answer;
    expect_service();
}

TEST_F(FaultyPolkit, killed_with_a_dialog_open_refuses) {
    {
        Agent agent{{alice.pid()}, {"--hold"}};
        const int call = alice.send(set_root(), Dialog::allowed);
        agent.prompt();
        kill(running_polkit(), SIGKILL);
        EXPECT_EQ(alice.answer(call), error::authority_unavailable);
    }
    expect_service();
}

TEST_F(FaultyPolkit, started_again_between_two_calls_is_found_again) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(alice.call(set_root()), error::interaction_required);
        const auto polkit = running_polkit();
        kill(polkit, SIGTERM);
        ASSERT_TRUE(wait_for_end(polkit));
    }
    expect_service();
}

TEST_F(FaultyPolkit, that_hangs_is_given_up_also_with_a_dialog_open_and_others_are_served) {
    Agent agent{{alice.pid()}, {"--hold"}};
    const int with_dialog = alice.send(set_root(), Dialog::allowed);
    agent.prompt();
    const auto begin = Clock::now();
    {
        const Stopped stopped{running_polkit()};
        const int without = alice.send(set_root());
        Caller bob{"bob"};
        EXPECT_EQ(bob.set_process(0, "idle", 0), "ok 1");
        EXPECT_EQ(alice.answer(with_dialog), error::authority_unavailable);
        EXPECT_EQ(alice.answer(without), error::authority_unavailable);
        EXPECT_LT(Clock::now() - begin, 25s);  // what usual clients wait for
        EXPECT_EQ(roots.priorities(), untouched);
    }
    EXPECT_EQ(agent.end(), "withdrawn");  // its question was taken back
    expect_service();
}

TEST_F(FaultyPolkit, that_hangs_at_the_very_first_question_is_given_up) {
    const auto begin = Clock::now();
    {
        const Stopped stopped{running_polkit()};
        EXPECT_EQ(alice.call(set_root()), error::authority_unavailable);
        EXPECT_LT(Clock::now() - begin, 25s);
    }
    expect_service();
}

void restart_polkit() {
    const auto polkit = running_polkit();
    kill(polkit, SIGTERM);
    EXPECT_TRUE(wait_for_end(polkit));
}

/// Another file in the place of the policy, for polkit to read.
class OtherPolicy {
 public:
    explicit OtherPolicy(const std::string& text) {
        std::ofstream{"/run/other.policy"} << text;
        EXPECT_EQ(mount("/run/other.policy", policy, nullptr, MS_BIND, nullptr), 0);
        restart_polkit();
    }
    OtherPolicy(const OtherPolicy&) = delete;
    OtherPolicy& operator=(const OtherPolicy&) = delete;
    OtherPolicy(OtherPolicy&&) = delete;
    OtherPolicy& operator=(OtherPolicy&&) = delete;
    ~OtherPolicy() {
        EXPECT_EQ(umount(policy), 0);
        restart_polkit();
    }
};

TEST_F(FaultyPolkit, that_does_not_know_the_action_refuses) {
    std::ifstream file{policy};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    {
        const OtherPolicy without{
            std::regex_replace(text, std::regex{"id=\"org.example.IoPriority.set-other-users\""}, "id=\"org.other\"")};
        const auto answer = alice.call(set_root());
        EXPECT_EQ(answer, error::authority_unavailable);
        EXPECT_THAT(answer.text, HasSubstr(set_other_users));
        EXPECT_EQ(alice.set_process(roots.pid(), "realtime", 0), error::interaction_required);  // is known
        EXPECT_EQ(roots.priorities(), untouched);
    }
    expect_service();
}

TEST_F(FaultyPolkit, that_is_asked_by_callers_who_leave_fills_no_log) {
    EXPECT_EQ(alice.call(set_root()), error::interaction_required);
    const auto before = daemon_log();
    for (int i = 0; i < 50; ++i) {
        Caller hasty{"alice"};
        hasty.send(set_root());
        hasty.leave();
    }
    settle();
    EXPECT_TRUE(eventually([&] { return alice.call(set_root()) == error::interaction_required; }));
    EXPECT_EQ(daemon_log(), before);
    expect_service();
}

TEST_F(FaultyPolkit, whose_rules_fail_refuses) {
    set_rules(
        "polkit.addRule(function(action, subject) { if (action.id.indexOf('org.example') == 0) { throw 'x'; } });");
    EXPECT_EQ(alice.call(set_root()), error::access_denied);
    set_rules("polkit.addRule(function(action, subject) { return 'everything'; });");
    EXPECT_FALSE(alice.call(set_root()).words.starts_with("ok"));
    EXPECT_EQ(roots.priorities(), untouched);
}

TEST(Actions, are_the_same_in_policy_interface_and_code) {
    std::set<std::string> in_code;
    for (const auto action :
         {policy::Action::set_realtime, policy::Action::set_other_users, policy::Action::set_other_users_realtime}) {
        in_code.insert(policy::id(action));
    }
    const auto named_in = [](const std::string& path, const std::regex& pattern) {
        std::ifstream file{path};
        const std::string text{std::istreambuf_iterator<char>{file}, {}};
        std::set<std::string> names;
        for (std::sregex_iterator match{text.begin(), text.end(), pattern}; match != std::sregex_iterator{}; ++match) {
            names.insert((*match)[1]);
        }
        return names;
    };
    EXPECT_EQ(named_in(policy, std::regex{"<action id=\"([^\"]*)\""}), in_code);
    EXPECT_EQ(named_in("/usr/share/dbus-1/interfaces/org.example.IoPriority.xml",
                       std::regex{"(org\\.example\\.IoPriority\\.set-[a-z-]*)"}),
              in_code);
}

/// An administrator who gives everything to everybody.
class Everything : public FaultyPolkit {
 protected:
    Everything() {
        set_rules(rule(set_realtime, "YES") + rule(set_other_users, "YES") + rule(set_other_users_realtime, "YES"));
    }
};

TEST_F(Everything, that_is_allowed_stays_within_the_contract) {
    const auto before_init = priorities_of(1);
    EXPECT_EQ(alice.call("SetProcess usu 4000000000 idle 0"), error::invalid_args);
    EXPECT_EQ(alice.set_process(roots.pid(), "best-effort", 8), error::invalid_args);
    EXPECT_EQ(alice.set_process(roots.pid(), "idle", 7), error::invalid_args);
    EXPECT_EQ(alice.set_process(roots.pid(), "realtime", 65535), error::invalid_args);
    EXPECT_EQ(alice.set_user(static_cast<uid_t>(-1), "idle", 0), error::invalid_args);
    EXPECT_EQ(roots.priorities(), untouched);
    EXPECT_TRUE(alice.set_user(0, "best-effort", 7).words.starts_with("ok"));
    EXPECT_EQ(roots.priorities(), (Breakdown{{"best-effort:7", 2}}));
    EXPECT_EQ(priorities_of(1), before_init);  // nor kernel threads: they are not in this pid namespace
}

TEST_F(Everything, that_is_allowed_does_not_make_the_service_a_way_to_root) {
    const std::vector<std::string> calls{"Stop", "Exec s /bin/sh",
                                         "org.freedesktop.DBus.Properties Set sss org.example.IoPriority Version 1",
                                         "org.freedesktop.systemd1.Manager Reboot"};
    for (const auto& call : calls) {
        EXPECT_FALSE(alice.call(call).words.starts_with("ok")) << call;
    }
    EXPECT_EQ(status_field(daemon, "CapEff"), "0000000000800000");
    EXPECT_EQ(status_field(daemon, "NoNewPrivs"), "1");
    EXPECT_NE(status_field(daemon, "Uid").substr(0, 2), "0\t");
}

TEST_F(Everything, that_is_allowed_is_logged_with_who_did_it) {
    EXPECT_EQ(alice.set_process(roots.pid(), "realtime", 0), "ok 2");
    EXPECT_TRUE(eventually([&] { return daemon_log().find(set_other_users_realtime) != std::string::npos; }));
    EXPECT_THAT(daemon_log(),
                HasSubstr("set by alice (uid " + std::to_string(uid_of("alice")) + ", " + alice.name() + ", "));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
