// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Callers that pretend to be others, or are others by the time they are looked at.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

#include "attacks.hpp"
#include "hostile.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

const Breakdown untouched{{"none", 2}};

class HostileCaller : public testing::Test {
 protected:
    std::string set_root() const { return "SetProcess usu " + roots.id() + " idle 0"; }

    /// Waits until one question was asked of polkit, and what came of it has been answered: an error.
    Check refused_after_a_question() {
        std::vector<Check> checks;
        EXPECT_TRUE(eventually([&] { return !(checks = polkit.checks()).empty(); }));
        EXPECT_EQ(checks.size(), 1U);
        const auto answer = answers.wait_for([&](const Heard& message) {
            return message.destination == checks.at(0).subject && !message.error.empty();
        });
        EXPECT_EQ(answer.error, error::interaction_required);
        return checks.at(0);
    }

    Target roots{"root", {"threads", "2"}};
    pid_t daemon = running_daemon();
    PolkitMonitor polkit;
    Wire answers{{"type='error',sender='org.example.IoPriority'"}};
};

/// Sends one call to the service, without waiting for an answer.
void send_call(sd_bus* bus, const std::string& member, pid_t pid, const std::string& forged_sender = {}) {
    sd_bus_message* raw = nullptr;
    check(sd_bus_message_new_method_call(bus, &raw, interface, object_path, interface, member.c_str()), "new call");
    const Message message{raw};
    if (!forged_sender.empty()) {
        check(sd_bus_message_set_sender(raw, forged_sender.c_str()), "sender");
    }
    check(sd_bus_message_append(raw, "usu", static_cast<std::uint32_t>(pid), "idle", 0U), "append");
    std::uint64_t serial = 0;  // asked for: else no answer is expected
    check(sd_bus_send(bus, raw, &serial), "send");
    check(sd_bus_flush(bus), "flush");
}

/// Calls, then executes a setuid program with the connection still open.
void call_and_become_root(const std::string& program, const std::function<void()>& ready, pid_t target) {
    const auto bus = open_system_bus();
    const int fd = sd_bus_get_fd(bus.get());
    fcntl(fd, F_SETFD, 0);
    send_call(bus.get(), "SetProcess", target);
    ready();
    execl(program.c_str(), program.c_str(), "3600", nullptr);
}

TEST_F(HostileCaller, that_executes_a_setuid_program_after_its_call_stays_who_it_was) {
    const auto program = setuid_copy("/bin/sleep");
    Stopped stopped{daemon};
    const Forked caller{"alice", [&](const auto& ready) { call_and_become_root(program, ready, roots.pid()); }};
    ASSERT_TRUE(eventually([&] { return status_field(caller.pid(), "Uid").find("\t0\t0\t0") != std::string::npos; }));
    stopped.resume();
    EXPECT_EQ(refused_after_a_question().details.at("caller-uid"), std::to_string(uid_of("alice")));
    EXPECT_EQ(roots.priorities(), untouched);
}

TEST_F(HostileCaller, that_becomes_a_setuid_program_may_not_change_what_it_became) {
    const auto program = setuid_copy("/bin/sleep");
    Stopped stopped{daemon};
    const Forked caller{"alice", [&](const auto& ready) { call_and_become_root(program, ready, 0); }};
    ASSERT_TRUE(eventually([&] { return status_field(caller.pid(), "Uid").find("\t0\t0\t0") != std::string::npos; }));
    stopped.resume();
    EXPECT_EQ(refused_after_a_question().action, set_other_users);
    EXPECT_EQ(priorities_of(caller.pid()), (Breakdown{{"none", 1}}));
}

TEST_F(HostileCaller, whose_real_user_is_root_is_the_user_it_acts_as) {
    Disguised half_root{"root", {"setpriv", "--ruid=root", "--euid=" + std::to_string(uid_of("alice"))}};
    EXPECT_THAT(status_field(half_root.pid(), "Uid"), testing::StartsWith("0\t"));
    EXPECT_EQ(half_root.call(set_root()), error::interaction_required);
    EXPECT_EQ(roots.priorities(), untouched);
    const Target alices{"alice", {"threads", "2"}};
    EXPECT_EQ(half_root.call("SetProcess usu " + alices.id() + " idle 0"), "ok 2");
}

TEST_F(HostileCaller, whose_user_id_is_no_positive_int_is_that_user_and_no_other) {
    constexpr uid_t uid = 4'000'000'000;
    std::ofstream{"/etc/passwd", std::ios::app} << "giant:x:" << uid << ":65534::/:/bin/sh\n";
    const Target own{std::to_string(uid), {"threads", "2"}};
    Caller giant{"giant"};
    const auto refused = giant.call(set_root());
    EXPECT_EQ(refused, error::interaction_required);
    EXPECT_EQ(refused_after_a_question().details.at("caller-uid"), std::to_string(uid));
    EXPECT_EQ(giant.set_user(0, "idle", 0), error::interaction_required);
    EXPECT_EQ(roots.priorities(), untouched);
    EXPECT_EQ(giant.set_process(own.pid(), "idle", 0), "ok 2");
    EXPECT_EQ(giant.set_user(uid, "best-effort", 7), "ok 2 3");  // the caller itself is the second process
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:7", 2}}));
}

TEST_F(HostileCaller, that_calls_itself_root_in_a_user_namespace_is_who_it_is_outside) {
    Disguised root_inside{"alice", {"unshare", "--user", "--map-root-user"}};
    EXPECT_EQ(root_inside.call(set_root()), error::interaction_required);
    EXPECT_EQ(root_inside.call("SetUser usu 0 idle 0"), error::interaction_required);
    EXPECT_EQ(roots.priorities(), untouched);
    EXPECT_EQ(root_inside.call("SetProcess usu 0 idle 0"), "ok 1");
}

TEST_F(HostileCaller, in_a_pid_namespace_cannot_name_a_process_by_a_number_that_means_another) {
    const Target alices{"alice", {"threads", "2"}};
    Disguised inside{
        "root",
        {"unshare", "--pid", "--fork", "--kill-child", "setpriv", "--reuid=alice", "--regid=alice", "--init-groups"}};
    EXPECT_EQ(inside.call("SetProcess usu " + alices.id() + " idle 0"),
              "org.example.IoPriority.Error.ForeignPidNamespace");
    EXPECT_EQ(inside.call("Get u 1"), "org.example.IoPriority.Error.ForeignPidNamespace");
    EXPECT_EQ(alices.priorities(), untouched);
    EXPECT_EQ(inside.call("SetProcess usu 0 best-effort 6"), "ok 1");  // itself, whatever its number is inside
}

TEST_F(HostileCaller, that_writes_anothers_name_on_its_message_is_still_itself) {
    Caller root{"root"};
    root.get(0);
    const Forked forger{"alice", [&](const auto& ready) {
                            const auto bus = open_system_bus();
                            send_call(bus.get(), "SetProcess", roots.pid(), root.name());
                            ready();
                            pause();
                        }};
    const auto check = refused_after_a_question();
    EXPECT_NE(check.subject, root.name());
    EXPECT_EQ(check.details.at("caller-uid"), std::to_string(uid_of("alice")));
    EXPECT_EQ(roots.priorities(), untouched);
}

/// Signals and answers that only the bus, or polkit, may send to the daemon.
void forge(sd_bus* bus, const std::string& daemon, const std::string& victim) {
    sd_bus_message* raw = nullptr;
    check(sd_bus_message_new_signal(bus, &raw, "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameOwnerChanged"),
          "new signal");
    const Message left{raw};
    check(sd_bus_message_set_sender(raw, "org.freedesktop.DBus"), "sender");
    check(sd_bus_message_set_destination(raw, daemon.c_str()), "destination");
    check(sd_bus_message_append(raw, "sss", victim.c_str(), victim.c_str(), ""), "append");
    check(sd_bus_send(bus, raw, nullptr), "send");
    check(sd_bus_flush(bus), "flush");
}

TEST_F(HostileCaller, cannot_say_in_the_buss_name_that_another_has_left) {
    Caller bob{"bob"};
    Agent agent{{bob.pid()}, {"--hold"}};
    const int call = bob.send(set_root(), Dialog::allowed);
    agent.prompt();
    const auto bus = open_system_bus();
    const char* owner = interface;
    sd_bus_creds* raw = nullptr;
    check(sd_bus_get_name_creds(bus.get(), owner, SD_BUS_CREDS_UNIQUE_NAME, &raw), "owner");
    const char* unique = nullptr;
    check(sd_bus_creds_get_unique_name(raw, &unique), "unique name");
    const std::string daemon_name = unique;
    sd_bus_creds_unref(raw);
    const Forked forger{"alice", [&](const auto& ready) {
                            const auto own = open_system_bus();
                            forge(own.get(), daemon_name, bob.name());
                            ready();
                            pause();
                        }};
    settle();
    EXPECT_FALSE(bob.arrived(call));
    agent.type(password());
    EXPECT_EQ(bob.answer(call), "ok 2");  // it was still asked for
}

TEST_F(HostileCaller, that_is_gone_before_it_is_looked_at_changes_nothing) {
    const Target alices{"alice", {"threads", "2"}};
    Wire wire{{"type='method_call',member='GetConnectionCredentials'", "type='error',sender='org.freedesktop.DBus'"}};
    Caller alice{"alice"};
    Stopped stopped{daemon};
    alice.send("SetProcess usu " + alices.id() + " idle 0");
    alice.send(set_root());  // whoever takes the error for root would do this
    alice.leave();
    ASSERT_TRUE(eventually([&] { return owner_of(alice.name()) == std::nullopt; }));
    stopped.resume();
    settle();
    EXPECT_EQ(alices.priorities(), untouched);
    EXPECT_EQ(roots.priorities(), untouched);
    const auto heard = wire.all();
    EXPECT_TRUE(std::any_of(heard.begin(), heard.end(), [](const Heard& message) {
        return message.error == "org.freedesktop.DBus.Error.NameHasNoOwner";
    })) << "the bus was not asked for one that is gone: the test does not show what it is to show";
    EXPECT_EQ(daemon_pid(), daemon);
}

/// alice's connection is a child's by now, and its process's number somebody else's.
class HeirOfACaller : public HostileCaller {
 protected:
    /// Started until it gets the number, which the kernel gives free a moment after the end.
    std::unique_ptr<Forked> successor(const std::string& user) {
        std::unique_ptr<Forked> process;
        EXPECT_TRUE(eventually([&] {
            next_process_gets(alice.pid());
            process = std::make_unique<Forked>(user, [](const auto& ready) {
                ready();
                pause();
            });
            return process->pid() == alice.pid();
        }));
        return process;
    }

    Caller alice{"alice"};
};

TEST_F(HeirOfACaller, does_not_name_by_zero_a_process_of_the_same_user_that_has_the_number_now) {
    EXPECT_EQ(alice.get(0), "ok none 0");  // from now on it is known
    alice.hand_over();
    EXPECT_EQ(alice.set_process(0, "idle", 0), error::no_such_process);
    const auto another = successor("alice");
    EXPECT_EQ(alice.set_process(0, "idle", 0), error::no_such_process);
    EXPECT_EQ(alice.get(0), error::no_such_process);
    EXPECT_EQ(priorities_of(another->pid()), (Breakdown{{"none", 1}}));
    EXPECT_EQ(alice.set_process(another->pid(), "idle", 0), "ok 1");  // by its number it is as good as any
}

TEST_F(HeirOfACaller, does_not_name_by_zero_a_process_of_another_user_that_has_the_number_now) {
    EXPECT_EQ(alice.get(0), "ok none 0");
    alice.hand_over();
    const auto another = successor("bob");
    EXPECT_EQ(alice.set_process(0, "idle", 0), error::no_such_process);
    EXPECT_TRUE(polkit.checks().empty());
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(alice.set_process(0, "idle", 0), error::no_such_process);
    EXPECT_EQ(priorities_of(another->pid()), (Breakdown{{"none", 1}}));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
