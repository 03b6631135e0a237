// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// How the daemon starts, what it is, what it writes, and that it ends without leaving anybody without an answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* daemon = "/usr/libexec/iopriorityd";

TEST(Starting, is_refused_to_a_user_who_cannot_give_it_the_capability) {
    const auto result = run("alice", {daemon});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, HasSubstr("CAP_SYS_NICE"));
}

TEST(Starting, is_refused_with_options_that_it_does_not_have) {
    EXPECT_EQ(run("root", {daemon, "--debug"}).status, 2);
    EXPECT_EQ(run("root", {daemon, "--idle-timeout=never"}).status, 2);
    EXPECT_EQ(run("root", {daemon, "--idle-timeout=-1"}).status, 2);
    EXPECT_EQ(run("root", {daemon, "now"}).status, 2);
}

TEST(Starting, is_refused_where_the_services_user_does_not_exist) {
    ASSERT_EQ(run("root", {"sed", "-i", "/^iopriority:/d", "/etc/passwd"}).status, 0);
    const auto result = run("root", {daemon});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, HasSubstr("iopriority"));
    Caller alice{"alice"};
    EXPECT_FALSE(alice.get(0).words.starts_with("ok"));
    ASSERT_EQ(run("root", {"systemd-sysusers", "/usr/lib/sysusers.d/iopriority.conf"}).status, 0);
    EXPECT_EQ(alice.get(0), "ok none 0");
}

TEST(Starting, is_refused_a_second_time) {
    Caller alice{"alice"};
    alice.get(0);
    EXPECT_EQ(run("root", {daemon}).status, 1);
    EXPECT_EQ(alice.get(0), "ok none 0");
}

TEST(Starting, is_refused_without_a_bus) {
    const auto result = run("root", {"env", "DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent", daemon});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, Not(IsEmpty()));
}

TEST(Starting, happens_at_the_first_call) {
    Caller alice{"alice"};
    alice.get(0);
    const auto before = daemon_pid().value();
    kill(before, SIGTERM);
    ASSERT_TRUE(wait_for_end(before));
    EXPECT_FALSE(
        alice.call("org.freedesktop.DBus.Peer Ping", Dialog::forbidden, Start::not_for_this).words.starts_with("ok"));
    EXPECT_EQ(daemon_pid(), std::nullopt);
    EXPECT_EQ(alice.get(0), "ok none 0");
    EXPECT_NE(daemon_pid(), std::nullopt);
}

TEST(Starting, has_help_and_version) {
    EXPECT_THAT(run("alice", {daemon, "--help"}).out, HasSubstr("--idle-timeout"));
    EXPECT_THAT(run("alice", {daemon, "--version"}).out,
                testing::MatchesRegex("iopriorityd [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(Running, is_not_woken_by_those_who_come_to_the_bus_and_leave_it) {
    Caller alice{"alice"};
    alice.get(0);
    const auto woken = [pid = daemon_pid().value()] {
        return std::stoul(status_field(pid, "voluntary_ctxt_switches"));
    };
    const auto before = woken();
    constexpr unsigned strangers = 20;
    for (unsigned i = 0; i < strangers; ++i) {
        const Caller stranger{"bob"};
    }
    alice.get(0);  // what was sent before has come
    EXPECT_LT(woken(), before + strangers / 2);
}

TEST(Running, holds_one_capability_and_no_other_and_can_gain_none) {
    Caller alice{"alice"};
    alice.get(0);
    const auto pid = daemon_pid().value();
    const auto uid = std::to_string(uid_of("iopriority"));
    const std::string nice = "0000000000800000";
    EXPECT_EQ(status_field(pid, "Uid"), uid + '\t' + uid + '\t' + uid + '\t' + uid);
    EXPECT_EQ(status_field(pid, "CapPrm"), nice);
    EXPECT_EQ(status_field(pid, "CapEff"), nice);
    EXPECT_EQ(status_field(pid, "CapInh"), "0000000000000000");
    EXPECT_EQ(status_field(pid, "CapAmb"), "0000000000000000");
    EXPECT_EQ(status_field(pid, "NoNewPrivs"), "1");
    EXPECT_EQ(status_field(pid, "Groups"), "");
    EXPECT_EQ(priorities_of(pid).count("realtime:7"), 0U);  // it tries what it may, and takes it back
}

class Stopping : public testing::Test {
 protected:
    void stop() {
        const auto pid = daemon_pid().value();
        kill(pid, SIGTERM);
        EXPECT_TRUE(wait_for_end(pid));
    }

    Target own{"alice", {"threads", "2"}};
    Target bobs{"bob", {"threads", "2"}};
    Caller alice{"alice"};
};

TEST_F(Stopping, answers_a_call_that_waits_for_a_password) {
    Agent agent{{alice.pid()}, {"--hold"}};
    const int call = alice.send("SetProcess usu " + bobs.id() + " idle 0", Dialog::allowed);
    agent.prompt();
    stop();
    const auto answer = alice.answer(call);
    EXPECT_EQ(answer, "org.freedesktop.DBus.Error.Failed");
    EXPECT_THAT(answer.text, HasSubstr("stopped"));
    EXPECT_EQ(agent.end(), "withdrawn");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 2}}));
}

TEST_F(Stopping, loses_none_of_many_calls_and_is_started_again_by_the_next) {
    constexpr int calls = 30;  // of each: of one user 128 may be under way
    std::vector<Caller> callers;
    for (int i = 0; i < 4; ++i) {
        callers.emplace_back("alice");
    }
    alice.get(0);
    std::vector<std::pair<Caller*, int>> waiting;
    for (int i = 0; i < calls; ++i) {
        for (auto& caller : callers) {
            waiting.emplace_back(&caller, caller.send((i % 2 == 0 ? "Get u " : "SetProcess usu ") + own.id() +
                                                      (i % 2 == 0 ? "" : " idle 0")));
        }
        if (i == calls / 2) {
            kill(daemon_pid().value(), SIGTERM);
        }
    }
    for (const auto& [caller, call] : waiting) {
        const auto answer = caller->answer(call);
        EXPECT_THAT(answer.words, testing::AnyOf(testing::StartsWith("ok "), "org.freedesktop.DBus.Error.Failed"))
            << answer;
    }
    EXPECT_EQ(alice.set_process(own.pid(), "best-effort", 2), "ok 2");
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:2", 2}}));
}

TEST_F(Stopping, on_the_terminals_interrupt_is_the_same) {
    alice.get(0);
    const auto pid = daemon_pid().value();
    kill(pid, SIGINT);
    EXPECT_TRUE(wait_for_end(pid));
    EXPECT_EQ(daemon_pid(), std::nullopt);
}

/// What the log has gained since the object was made.
class LogSince {
 public:
    std::string operator()() const { return daemon_log().substr(begin_); }
    bool has(const std::string& text) const {
        return eventually([&] { return (*this)().find(text) != std::string::npos; });
    }

 private:
    std::size_t begin_ = daemon_log().size();
};

class Log : public Stopping {};

TEST_F(Log, has_no_line_for_reading_and_for_what_was_refused) {
    const LogSince log;
    alice.get(own.pid());
    alice.set_process(own.pid(), "idle", 1);
    alice.set_process(bobs.pid(), "idle", 0);
    alice.set_process(4194303, "idle", 0);
    EXPECT_EQ(alice.set_process(own.pid(), "idle", 0), "ok 2");
    ASSERT_TRUE(log.has("none -> idle"));
    const auto text = log();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
}

TEST_F(Log, has_one_line_for_a_change_with_all_that_an_administrator_asks_for) {
    const LogSince log;
    set_rules(rule(set_other_users_realtime, "YES"));
    EXPECT_EQ(alice.set_process(bobs.pid(), "realtime", 3), "ok 2");
    ASSERT_TRUE(log.has("\n"));
    EXPECT_THAT(log(), AllOf(HasSubstr(std::to_string(uid_of("alice"))), HasSubstr(alice.name()), HasSubstr(bobs.id()),
                             HasSubstr("target"), HasSubstr(std::to_string(uid_of("bob"))), HasSubstr("none"),
                             HasSubstr("realtime:3"), HasSubstr(set_other_users_realtime), HasSubstr("ok")));
}

TEST_F(Log, has_one_line_for_a_change_of_a_user) {
    const LogSince log;
    EXPECT_EQ(alice.set_user(uid_of("alice"), "idle", 0), "ok 2 3");
    ASSERT_TRUE(log.has("\n"));
    EXPECT_THAT(log(), AllOf(HasSubstr(alice.name()), HasSubstr(std::to_string(uid_of("alice"))), HasSubstr("idle")));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
