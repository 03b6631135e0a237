// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// ioprioctl: what it refuses and with which exit status, what it does and what the kernel has then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;

Result ioprioctl(Command arguments, const std::string& user = "alice") {
    arguments.insert(arguments.begin(), "ioprioctl");
    return run(user, arguments);
}

/// Without a bus: what it does then it does by itself.
Result without_bus(Command arguments) {
    arguments.insert(arguments.begin(), {"env", "DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent", "ioprioctl"});
    return run("alice", arguments);
}

/// At a terminal, with somebody at the dialog.
Result at_terminal(Command arguments, const Command& how) {
    arguments.insert(arguments.begin(), "ioprioctl");
    Child child{"alice", arguments, Child::Start::held, Child::Talk::at_terminal};
    Agent agent{{child.pid()}, how};
    child.release();
    return child.finish();
}

class Cli : public testing::Test {
 protected:
    Target own{"alice", {"threads", "5"}};
    Target bobs{"bob", {"threads", "3"}};
    Breakdown untouched{{"none", 3}};
};

TEST_F(Cli, exits_with_2_after_a_usage_error) {
    const std::vector<Command> lines{{"frobnicate"},
                                     {"set"},
                                     {"set", "idle"},
                                     {"set", "idle", "first"},
                                     {"set", "idle", "-1"},
                                     {"set", "idle", "0"},
                                     {"set", "idle", "2147483648"},
                                     {"set", "9", own.id()},
                                     {"set", "best-effort:8", own.id()},
                                     {"set", "idle:1", own.id()},
                                     {"set", "3", own.id()},
                                     {"set", "idle", "--user"},
                                     {"set", "none"},
                                     {"--no-such-option"}};
    for (const auto& line : lines) {
        const auto result = ioprioctl(line);
        EXPECT_EQ(result.status, 2) << testing::PrintToString(line);
        EXPECT_THAT(result.out, IsEmpty()) << testing::PrintToString(line);
        EXPECT_THAT(result.err, Not(IsEmpty())) << testing::PrintToString(line);
    }
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 5}}));
}

TEST_F(Cli, exits_with_3_if_there_is_no_such_process) {
    EXPECT_EQ(ioprioctl({"set", "idle", "--user", "no-such-user"}).status, 3);
    for (const Command& line :
         {Command{"set", "idle", "4194303"}, Command{"get", "4194303"}, Command{"set", "none", "4194303"}}) {
        const auto result = ioprioctl(line);
        EXPECT_EQ(result.status, 3) << line[0];
        EXPECT_THAT(result.err, HasSubstr("4194303"));
    }
}

TEST_F(Cli, has_failures_in_its_json) {
    const auto set = ioprioctl({"--json=short", "set", "idle", bobs.id()});
    EXPECT_EQ(set.status, 4);
    EXPECT_THAT(set.out, AllOf(HasSubstr("[{\"target\":\"process " + bobs.id() + "\",\"error\":\"org.freedesktop."),
                               HasSubstr("\",\"message\":\""), HasSubstr(set_other_users)));
    EXPECT_THAT(ioprioctl({"--json=short", "get", "4194303"}).out,
                HasSubstr("\"error\":\"org.example.IoPriority.Error.NoSuchProcess\""));
    EXPECT_THAT(ioprioctl({"get", "4194303"}).out, IsEmpty());
}

TEST_F(Cli, says_what_is_wrong_with_what_pgrep_found) {
    const auto none = ioprioctl({"set", "idle", ""});
    EXPECT_EQ(none.status, 3);
    EXPECT_THAT(none.err, HasSubstr("the process id is empty"));
    const auto two = ioprioctl({"set", "idle", own.id() + "\n" + bobs.id()});
    EXPECT_EQ(two.status, 2);
    EXPECT_THAT(two.err, HasSubstr("\"" + own.id() + " " + bobs.id() + "\" has several process ids: write it without"));
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 5}}));
}

TEST_F(Cli, exits_with_4_if_not_authorized) {
    const auto result = ioprioctl({"set", "idle", bobs.id()});
    EXPECT_EQ(result.status, 4);
    EXPECT_THAT(result.err, HasSubstr(set_other_users));
    EXPECT_EQ(ioprioctl({"set", "realtime", own.id()}).status, 4);
    EXPECT_EQ(ioprioctl({"set", "idle", "--user", "bob"}).status, 4);
    set_rules(rule(set_other_users, "NO"));
    EXPECT_EQ(ioprioctl({"set", "idle", bobs.id()}).status, 4);
    EXPECT_EQ(bobs.priorities(), untouched);
    set_all(bobs.pid(), "idle");
    EXPECT_EQ(ioprioctl({"set", "none", bobs.id()}).status, 4);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 5}}));
}

TEST_F(Cli, exits_with_4_after_a_closed_dialog_or_a_wrong_password) {
    EXPECT_EQ(at_terminal({"set", "idle", bobs.id()}, {"--cancel"}).status, 4);
    EXPECT_EQ(at_terminal({"set", "idle", bobs.id()}, {"--password", "wrong"}).status, 4);
    EXPECT_EQ(bobs.priorities(), untouched);
}

TEST_F(Cli, exits_with_5_without_a_bus_and_does_what_needs_none) {
    EXPECT_EQ(without_bus({"set", "idle", bobs.id()}).status, 5);
    EXPECT_EQ(bobs.priorities(), untouched);
    EXPECT_EQ(without_bus({"set", "idle", own.id()}).status, 0);
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
    EXPECT_EQ(without_bus({"get", own.id()}).status, 0);
}

TEST_F(Cli, sets_all_processes_of_a_line_or_none) {
    const auto refused = ioprioctl({"set", "idle", own.id(), bobs.id()});
    EXPECT_EQ(refused.status, 4);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 5}}));
    EXPECT_EQ(bobs.priorities(), untouched);
    set_rules(rule(set_other_users, "YES"));
    PolkitMonitor polkit;
    EXPECT_EQ(ioprioctl({"set", "idle", own.id(), bobs.id()}).status, 0);
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users)) << "one request, one question";
}

TEST_F(Cli, skips_processes_that_have_ended_names_them_and_fails_with_3) {
    const Target second{"alice", {"threads", "2"}};
    const auto result = ioprioctl({"set", "idle", own.id(), "4194303", second.id()});
    EXPECT_EQ(result.status, 3);
    EXPECT_THAT(result.err, AllOf(HasSubstr("process 4194303 does not exist, or has ended"), Not(HasSubstr(own.id()))));
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
    EXPECT_EQ(second.priorities(), (Breakdown{{"idle", 2}}));
    EXPECT_EQ(ioprioctl({"set", "low", "4194302", "4194303"}).status, 3) << "all have ended";
}

TEST_F(Cli, goes_on_after_a_failure_and_fails_at_the_end) {
    const auto result = ioprioctl({"set", "idle", "--user", "bob", "--user", "alice"});
    EXPECT_EQ(result.status, 4);
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
    EXPECT_EQ(bobs.priorities(), untouched);
}

TEST_F(Cli, leaves_explicit_priorities_where_it_is_told_to) {
    set_thread(threads_of(own.pid()).at(1), "best-effort:2");
    EXPECT_EQ(ioprioctl({"set", "idle", "--keep-explicit", own.id()}).status, 0);
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:2", 1}, {"idle", 4}}));
}

TEST_F(Cli, can_be_told_not_to_ask_for_a_password) {
    Child child{"alice",
                {"ioprioctl", "--no-ask-password", "set", "idle", bobs.id()},
                Child::Start::held,
                Child::Talk::at_terminal};
    Agent agent{{child.pid()}, {"--password", password()}};
    child.release();
    EXPECT_EQ(child.finish().status, 4);
    EXPECT_THAT(agent.finish(), IsEmpty());
    EXPECT_EQ(bobs.priorities(), untouched);
}

// Loading them takes longer than all that the kernel suffices for.
TEST(CliLibraries,
     of_the_bus_and_the_terminal_are_loaded_neither_by_the_command_nor_by_the_library_before_they_are_needed) {
    for (const std::string file : {"/usr/bin/ioprioctl", "/usr/lib/*/libiopriority.so.1"}) {
        const auto loaded = run("alice", {"sh", "-c", "ldd " + file});
        EXPECT_EQ(loaded.status, 0) << loaded.err;
        EXPECT_THAT(loaded.out, AllOf(HasSubstr("libstdc++.so"), Not(HasSubstr("libsystemd")), Not(HasSubstr("sdbus")),
                                      Not(HasSubstr("ncurses")), Not(HasSubstr("tinfo"))));
    }
}

TEST_F(Cli, says_what_is_missing_where_the_bus_cannot_be_loaded_and_needs_it_for_nothing_else) {
    const auto without_module = [](const std::string& command) {
        return run("root", {"unshare", "--mount", "sh", "-c",
                            "mount -t tmpfs tmpfs /usr/lib/*/iopriority && exec setpriv --reuid=alice --regid=alice "
                            "--clear-groups " +
                                command});
    };
    const auto refused = without_module("ioprioctl set idle " + bobs.id());
    EXPECT_EQ(refused.status, 5);
    EXPECT_THAT(refused.err, MatchesRegex("ioprioctl: cannot load the part of libiopriority that calls the service "
                                          "\\(.*/iopriority-bus-.*No such file or directory\\): install [^\n]*\n"));
    EXPECT_EQ(without_module("ioprioctl set idle " + own.id()).status, 0);
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
}

TEST_F(Cli, can_be_told_to_use_only_the_service_or_only_the_kernel) {
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(ioprioctl({"--via", "kernel", "set", "idle", bobs.id()}).status, 4);
    EXPECT_EQ(bobs.priorities(), untouched);
    EXPECT_EQ(ioprioctl({"--via", "service", "set", "idle", own.id()}).status, 0);
    EXPECT_TRUE(eventually([&] { return daemon_log().find(own.id() + " (target)") != std::string::npos; }));
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
}

TEST_F(Cli, sets_every_thread_and_takes_it_back) {
    EXPECT_EQ(ioprioctl({"set", "best-effort:6", own.id()}).status, 0);
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:6", 5}}));
    EXPECT_EQ(ioprioctl({"set", "none", own.id()}).status, 0);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 5}}));
}

TEST_F(Cli, understands_the_words) {
    const std::map<std::string, std::string> words{
        {"background", "idle"},           {"low", "best-effort:7"}, {"high", "best-effort:0"}, {"normal", "none"},
        {"best-effort", "best-effort:4"}, {"idle", "idle"},         {"none", "none"}};
    for (const auto& [word, priority] : words) {
        EXPECT_EQ(ioprioctl({"set", word, own.id()}).status, 0) << word;
        EXPECT_EQ(own.priorities(), (Breakdown{{priority, 5}})) << word;
    }
}

TEST_F(Cli, sets_other_users_processes_by_a_rule) {
    set_rules(rule(set_other_users, "YES") + rule(set_realtime, "YES"));
    EXPECT_EQ(ioprioctl({"set", "idle", bobs.id()}).status, 0);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_EQ(ioprioctl({"set", "realtime:1", own.id()}).status, 0);
    EXPECT_EQ(own.priorities(), (Breakdown{{"realtime:1", 5}}));
}

TEST_F(Cli, sets_other_users_processes_by_a_password_and_says_so_in_one_line) {
    const auto result = at_terminal({"set", "idle", bobs.id()}, {"--password", password()});
    EXPECT_EQ(result.status, 0) << result.out;
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_EQ(result.out, bobs.id() + " (target, 3 threads): none -> idle\r\n");
}

TEST_F(Cli, reports_nothing_without_a_terminal_or_if_quiet) {
    const auto result = ioprioctl({"set", "idle", own.id()});
    EXPECT_EQ(result.out + result.err, "");
    EXPECT_EQ(at_terminal({"--quiet", "set", "low", own.id()}, {"--cancel"}).out, "");
}

TEST_F(Cli, sets_users_by_name_and_by_number) {
    EXPECT_EQ(ioprioctl({"set", "idle", "--user", "alice"}).status, 0);
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(ioprioctl({"set", "low", "--user", std::to_string(uid_of("bob"))}).status, 0);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"best-effort:7", 3}}));
    EXPECT_EQ(ioprioctl({"set", "low", "--user", "54321"}).status, 3);
    EXPECT_EQ(ioprioctl({"set", "high", "--user", "bob", own.id()}).status, 0);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"best-effort:0", 3}}));
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:0", 5}}));
    EXPECT_EQ(ioprioctl({"set", "none", "--user", "bob", "--user", "alice"}).status, 0);
    EXPECT_EQ(bobs.priorities(), untouched);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 5}}));
}

TEST_F(Cli, gets_what_is_set) {
    set_all(own.pid(), "best-effort:2");
    set_all(bobs.pid(), "idle");
    const auto result = ioprioctl({"get", own.id(), bobs.id()});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.out, AllOf(HasSubstr(own.id()), HasSubstr("best-effort:2"), HasSubstr(bobs.id()),
                                  HasSubstr("idle"), HasSubstr("target")));
    const auto some = ioprioctl({"get", "4194303", own.id()});
    EXPECT_EQ(some.status, 3);
    EXPECT_THAT(some.out, HasSubstr("best-effort:2"));
}

TEST_F(Cli, lists_only_what_is_not_the_default) {
    set_all(bobs.pid(), "best-effort:1");
    const auto result = ioprioctl({"list"});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.out, AllOf(HasSubstr(bobs.id()), HasSubstr("bob"), HasSubstr("best-effort:1")));
    EXPECT_THAT(result.out, Not(HasSubstr(' ' + own.id() + ' ')));
}

TEST_F(Cli, knows_the_devices) {
    const auto result = ioprioctl({"devices"});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.out, HasSubstr("SCHEDULER"));
}

TEST(CliRun, refuses_realtime_and_does_not_start_the_command) {
    const auto result = ioprioctl({"run", "realtime", "--", "echo", "started"});
    EXPECT_EQ(result.status, 125);
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, HasSubstr(set_realtime));
}

TEST(CliRun, has_the_statuses_of_env_for_what_cannot_be_run) {
    EXPECT_EQ(ioprioctl({"run", "idle"}).status, 125);
    EXPECT_EQ(ioprioctl({"run", "idle:3", "--", "true"}).status, 125);
    EXPECT_EQ(ioprioctl({"run", "idle", "--", "/no/such/program"}).status, 127);
    EXPECT_EQ(ioprioctl({"run", "idle", "--", "/etc/passwd"}).status, 126);
}

TEST(CliRun, has_the_commands_own_status_and_output) {
    const auto result = ioprioctl({"run", "idle", "sh", "-c", "ionice -p $$; exit 42"});
    EXPECT_EQ(result.status, 42);
    EXPECT_EQ(result.out, "idle\n");
    EXPECT_EQ(ioprioctl({"run", "idle", "--", "sh", "-c", "kill -TERM $$"}).status, 128 + 15);
}

TEST(CliRun, makes_a_command_realtime_before_it_begins) {
    set_rules(rule(set_realtime, "YES"));
    const auto result = ioprioctl({"run", "realtime:2", "--", "sh", "-c", "ionice -p $$"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.out, "realtime: prio 2\n");
}

TEST(CliRun, has_help_and_a_version) {
    EXPECT_THAT(ioprioctl({"--help"}).out, AllOf(HasSubstr("monitor"), HasSubstr("Exit status")));
    EXPECT_THAT(ioprioctl({"--version"}).out, MatchesRegex("ioprioctl [0-9.]+\n"));
    EXPECT_EQ(ioprioctl({"run", "--help"}).status, 0);
}

TEST_F(Cli, shows_in_a_dry_run_what_it_would_do_and_ask) {
    PolkitMonitor polkit;
    const auto result = ioprioctl({"set", "--dry-run", "idle", own.id()});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.out,
                HasSubstr(own.id() + " (target, 5 threads): none -> idle; by the kernel, polkit would not"));
    EXPECT_EQ(ioprioctl({"set", "--dry-run", "idle", own.id(), bobs.id()}).out,
              "would set processes " + own.id() + ", " + bobs.id() +
                  " (2 processes, 8 threads): none -> idle; by the service, which would ask polkit about " +
                  std::string{set_other_users} + "\n");
    EXPECT_THAT(ioprioctl({"set", "--dry-run", "rt", own.id()}).out, HasSubstr(set_realtime));
    EXPECT_THAT(ioprioctl({"set", "--dry-run", "rt", "--user", "bob"}).out, HasSubstr("set-other-users-realtime\n"));
    EXPECT_THAT(polkit.checks(), IsEmpty());
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 5}}));
    EXPECT_EQ(bobs.priorities(), untouched);
}

TEST_F(Cli, says_that_the_service_did_it) {
    set_rules(rule(set_other_users, "YES"));
    EXPECT_THAT(ioprioctl({"-v", "set", "idle", bobs.id()}).out, HasSubstr("none -> idle, by the service\n"));
    EXPECT_THAT(ioprioctl({"-j", "set", "low", bobs.id()}).out, HasSubstr(R"("by":"service")"));
}

// The two side by side: tests/unit/cli/ionice_test.cpp. Here is what takes a user and a service.

TEST_F(Cli, in_ionices_spelling_refuses_with_1) {
    for (const auto& line :
         {Command{"-c", "3", "-p", bobs.id()}, {"-c", "1", "-p", own.id()}, {"-c", "3", "-u", "bob"}}) {
        const auto result = ioprioctl(line);
        EXPECT_EQ(result.status, 1) << testing::PrintToString(line);
        EXPECT_THAT(result.err, HasSubstr("org.example.IoPriority."));
        EXPECT_EQ(run("alice", {"ionice", line[0], line[1], line[2], line[3]}).status, 1);
    }
    const auto command = ioprioctl({"-c", "1", "echo", "started"});
    EXPECT_EQ(command.status, 1);
    EXPECT_EQ(command.out, "");
    EXPECT_EQ(ioprioctl({"-t", "-c", "1", "echo", "started"}).out, "started\n");
    EXPECT_EQ(bobs.priorities(), untouched);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 5}}));
}

TEST_F(Cli, in_ionices_spelling_goes_through_the_service_where_it_must) {
    set_rules(rule(set_other_users, "YES") + rule(set_realtime, "YES"));
    EXPECT_EQ(ioprioctl({"-c", "3", "-p", bobs.id(), own.id()}).status, 0);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
    EXPECT_EQ(ioprioctl({"-p", bobs.id(), own.id()}).out, "idle\nidle\n");
    EXPECT_EQ(ioprioctl({"-c", "1", "-n", "6", "ionice"}).out, "realtime: prio 6\n");
    EXPECT_EQ(ioprioctl({"-c", "be", "-n", "5", "-u", "bob"}).status, 0);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"best-effort:5", 3}}));
    EXPECT_EQ(ioprioctl({"-c", "0", "-u", "alice"}).status, 0);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 5}}));
}

TEST_F(Cli, in_ionices_spelling_warns_that_services_inherit_the_priority_of_process_1) {
    EXPECT_THAT(ioprioctl({"-c", "2", "-p", "1"}, "root").err, HasSubstr("process 1 starts all services"));
    EXPECT_EQ(ioprioctl({"-c", "0", "-p", "1"}, "root").err, "");
}

TEST_F(Cli, in_ionices_spelling_has_0_for_root_and_not_for_the_caller) {
    set_all(own.pid(), "best-effort:0");
    EXPECT_NE(run("alice", {"ionice", "-u", "0"}).out, "best-effort: prio 0\n");
    EXPECT_EQ(ioprioctl({"-u", "0"}).out, ioprioctl({"-u", "root"}).out);
    EXPECT_EQ(ioprioctl({"-u", "alice"}).out, "best-effort: prio 0\n");
    EXPECT_NE(ioprioctl({"-u", "0"}).out, "best-effort: prio 0\n");
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
