// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// ioprioctl: trees, groups, units, holds, and what it shows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cast.hpp"
#include "service_manager.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;

Result ioprioctl(Command arguments) {
    arguments.insert(arguments.begin(), "ioprioctl");
    return run("alice", arguments);
}

/// Something that runs until its input is closed, and says when it does.
const Command waits{"sh", "-c", "echo runs; read line"};

Command with_command(Command arguments, const Command& command) {
    arguments.insert(arguments.begin(), "ioprioctl");
    arguments.insert(arguments.end(), command.begin(), command.end());
    return arguments;
}

TEST(CliExtended, exits_with_2_after_a_usage_error) {
    const std::vector<Command> lines{
        {"set", "idle", "--tree"},  {"set", "idle", "--group", "0"},        {"set", "idle", "--group", "x"},
        {"set", "idle", "--group"}, {"get", "--keep-explicit", "1"},        {"--tree", "set", "idle", "1"},
        {"list", "--hold"},         {"set", "idle", "--unit", "foo.timer"}, {"set", "idle", "--unit", "not/a/name"}};
    for (const auto& line : lines) {
        const auto result = ioprioctl(line);
        EXPECT_EQ(result.status, 2) << testing::PrintToString(line);
        EXPECT_THAT(result.out, IsEmpty());
        EXPECT_THAT(result.err, HasSubstr("ioprioctl: "));
    }
    for (const Command& line : {Command{"hold", "idle", "1"}, Command{"hold", "idle", "1", "--"},
                                Command{"hold", "idle", "--", "true"}, Command{"run", "--hold", "idle"}}) {
        EXPECT_EQ(ioprioctl(line).status, 125) << testing::PrintToString(line);
    }
}

TEST(CliExtended, exits_with_4_if_not_authorized_and_runs_nothing) {
    Actor bobs{"bob"};
    const auto pid = std::to_string(bobs.pid());
    const auto group = std::to_string(bobs.does("group").at(0));
    EXPECT_EQ(ioprioctl({"set", "idle", "--tree", pid}).status, 4);
    EXPECT_EQ(ioprioctl({"set", "idle", "--group", group}).status, 4);
    const auto held = ioprioctl({"hold", "idle", pid, "--", "echo", "it runs"});
    EXPECT_EQ(held.status, 125);
    EXPECT_THAT(held.out, IsEmpty());
    EXPECT_THAT(held.err, HasSubstr("org.example.IoPriority.set-other-users"));
    const auto realtime = ioprioctl({"run", "--hold", "realtime:0", "--", "echo", "it runs"});
    EXPECT_EQ(realtime.status, 125);
    EXPECT_THAT(realtime.out, IsEmpty());
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 1}}));
}

TEST(CliExtended, shows_a_tree_of_which_members_end_meanwhile) {
    const Child forking{"alice", {"sh", "-c", "while :; do /bin/true; done"}};
    for (int i = 0; i < 20; ++i) {
        const auto shown = ioprioctl({"get", "--tree", std::to_string(forking.pid())});
        EXPECT_EQ(shown.status, 0) << shown.err;
        EXPECT_EQ(shown.err, "");
    }
}

TEST(CliExtended, sets_and_resets_trees_groups_and_units) {
    const ServiceManager systemd{{{"foo.service", "/iopt.slice/foo.service"}}};
    const ControlGroup control_group{"/iopt.slice/foo.service"};
    const Target served{"bob", {"threads", "3"}};
    control_group.add(served.pid());
    Actor own{"alice"};
    const auto group = std::to_string(own.does("group").at(0));
    own.fork();
    const auto pid = std::to_string(own.pid());
    EXPECT_EQ(ioprioctl({"set", "idle", "--tree", pid}).status, 0);
    EXPECT_EQ(priorities_of_tree(own.pid()), (Breakdown{{"idle", 2}}));
    EXPECT_EQ(ioprioctl({"set", "low", "--group", group}).status, 0);
    EXPECT_EQ(priorities_of_tree(own.pid()), (Breakdown{{"best-effort:7", 2}}));
    EXPECT_EQ(ioprioctl({"set", "none", pid, "--tree"}).status, 0);
    EXPECT_EQ(priorities_of_tree(own.pid()), (Breakdown{{"none", 2}}));
    EXPECT_EQ(ioprioctl({"set", "idle", "--unit", "foo.service"}).status, 4);
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(ioprioctl({"set", "idle", "--unit", "foo.service"}).status, 0);
    EXPECT_EQ(served.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_THAT(ioprioctl({"-v", "set", "low", "--unit", "foo"}).out,
                HasSubstr("\nThis ends with the unit. To keep it, add with sudo systemctl edit foo.service:\n"
                          "    [Service]\n    IOSchedulingClass=best-effort\n    IOSchedulingPriority=7\n"))
        << "a name without a suffix, as systemctl has it";
    EXPECT_EQ(served.priorities(), (Breakdown{{"best-effort:7", 3}}));
    EXPECT_THAT(ioprioctl({"get", "--unit", "foo.service"}).out,
                ContainsRegex(" - +bob +3 +best-effort:7 +best-effort:7 +set +unit foo.service \\(1 process\\)\n"));
    EXPECT_THAT(ioprioctl({"-v", "set", "none", "--unit", "foo"}).out, Not(HasSubstr("This ends")));
    EXPECT_EQ(ioprioctl({"set", "idle", "--unit=bar.service", "--group=" + group}).status, 3);
    EXPECT_EQ(priorities_of_tree(own.pid()), (Breakdown{{"idle", 2}})) << "it goes on after a failure";
}

TEST(CliExtended, warns_of_the_unit_that_process_1_is_in) {
    const ServiceManager systemd{{{"init.scope", "/iopt.slice/init.scope"}, {"foo.service", "/iopt.slice/init.scope"}}};
    const ControlGroup control_group{"/iopt.slice/init.scope"};
    const Target served{"alice", {"threads", "3"}};
    control_group.add(served.pid());
    EXPECT_THAT(ioprioctl({"set", "idle", "--unit", "init.scope"}).err, HasSubstr("process 1 starts all services"));
    EXPECT_EQ(served.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_EQ(ioprioctl({"set", "none", "--unit", "init.scope"}).err, "");
    EXPECT_EQ(ioprioctl({"set", "idle", "--unit", "foo.service"}).err, "");
}

TEST(CliExtended, works_from_inside_a_pid_namespace_where_numbers_mean_other_processes) {
    set_rules(rule(set_realtime, "YES"));
    const auto result = run(
        "root", {"unshare", "--pid", "--fork", "--mount-proc", "setpriv", "--reuid", "alice", "--regid", "alice",
                 "--clear-groups", "sh", "-c", "sleep 60 & ioprioctl set realtime:3 $! && ioprioctl get $!; kill $!"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.out, ContainsRegex(" alice +1 +realtime:3 +realtime:3 +set +sleep\n"));
}

TEST(CliExtended, says_at_a_terminal_what_it_has_set) {
    Actor own{"alice"};
    own.fork();
    const auto pid = std::to_string(own.pid());
    Child child{"alice", {"ioprioctl", "set", "idle", "--tree", pid}, Child::Start::at_once, Child::Talk::at_terminal};
    EXPECT_THAT(child.finish().out,
                HasSubstr("process " + pid + " and its descendants (2 processes, 2 threads): none -> idle"));
}

TEST(CliExtended, shows_users_mixtures_and_where_the_effective_priority_comes_from) {
    const Target own{"alice", {"threads", "5"}};
    for (int i = 0; i < 3; ++i) {
        set_thread(threads_of(own.pid()).at(static_cast<std::size_t>(i)), "idle");
    }
    const Target set{"bob", {"threads", "2"}};
    set_thread(threads_of(set.pid()).at(0), "best-effort:0");
    set_thread(threads_of(set.pid()).at(1), "best-effort:0");
    const auto result = ioprioctl({"get", own.id(), set.id(), "--user", "bob"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.out, ContainsRegex("^ *PID +USER +THREADS +PRIORITY +EFFECTIVE +SOURCE +COMMAND\n"));
    EXPECT_THAT(result.out, ContainsRegex(own.id() + " +alice +5 +mixed \\(3 idle, 2 none\\) +best-effort:[0-7] +nice "
                                                     "-?[0-9]+ +target\n"));
    EXPECT_THAT(result.out, ContainsRegex(set.id() + " +bob +2 +best-effort:0 +best-effort:0 +set +target\n"));
    EXPECT_THAT(result.out, ContainsRegex(" - +bob +2 +best-effort:0 +best-effort:0 +set +user bob \\(1 process\\)\n"));
}

TEST(CliExtended, holds_processes_while_a_command_runs) {
    const Target own{"alice", {"threads", "3"}};
    const Target second{"alice", {"threads", "2"}};
    Child child{"alice", with_command({"hold", "idle", own.id(), second.id(), "--"}, waits)};
    EXPECT_EQ(child.read_line(), "runs");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_EQ(second.priorities(), (Breakdown{{"idle", 2}}));
    EXPECT_EQ(holds(), 1U) << "one request, one hold";
    EXPECT_EQ(child.finish().status, 1);  // of read, at the end of its input
    EXPECT_TRUE(becomes(own.pid(), {{"none", 3}}));
    EXPECT_TRUE(becomes(second.pid(), {{"none", 2}}));
    EXPECT_TRUE(holds_become(0));
}

TEST(CliExtended, holds_what_it_can_set) {
    const ServiceManager systemd{{{"foo.service", "/iopt.slice/foo.service"}}};
    const ControlGroup control_group{"/iopt.slice/foo.service"};
    const Target served{"alice", {"threads", "3"}};
    control_group.add(served.pid());
    Actor own{"alice"};
    own.fork();
    set_thread(own.thread(), "best-effort:2");
    const auto pid = std::to_string(own.pid());
    Child child{"alice", with_command({"hold", "idle", "--tree", "--keep-explicit", pid, "--unit=foo", "--"}, waits)};
    EXPECT_EQ(child.read_line(), "runs");
    EXPECT_EQ(priorities_of_tree(own.pid()), (Breakdown{{"idle", 2}, {"best-effort:2", 1}}));
    EXPECT_EQ(served.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_EQ(child.finish().status, 1);
    EXPECT_TRUE(becomes(served.pid(), {{"none", 3}}));
    EXPECT_TRUE(becomes(own.pid(), {{"none", 1}, {"best-effort:2", 1}}));
}

TEST(CliExtended, says_what_it_holds_if_it_is_told_to) {
    const Target own{"alice", {"threads", "3"}};
    EXPECT_EQ(ioprioctl({"-v", "hold", "idle", own.id(), "--", "true"}).err,
              "ioprioctl: " + own.id() + " (target, 3 threads): none -> idle, by the service\n");
    EXPECT_EQ(ioprioctl({"run", "-v", "--hold", "idle", "true"}).err, "ioprioctl: idle, by the service\n");
    EXPECT_EQ(ioprioctl({"hold", "idle", own.id(), "--", "true"}).err, "");
}

TEST(CliExtended, that_is_killed_holds_no_longer) {
    const Target own{"alice", {"threads", "3"}};
    Child child{"alice", with_command({"hold", "idle", own.id(), "--"}, waits)};
    EXPECT_EQ(child.read_line(), "runs");
    child.signal(SIGKILL);
    EXPECT_TRUE(becomes(own.pid(), {{"none", 3}}));
}

TEST(CliExtended, says_when_the_hold_was_lost) {
    const Target own{"alice", {"threads", "3"}};
    Child child{"alice", with_command({"hold", "idle", own.id(), "--"}, waits)};
    EXPECT_EQ(child.read_line(), "runs");
    const auto daemon = daemon_pid().value();
    kill(daemon, SIGTERM);
    ASSERT_TRUE(wait_for_end(daemon));
    const auto result = child.finish();
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, HasSubstr("was not held to the end"));
}

TEST(CliExtended, runs_a_command_under_a_hold_from_its_beginning) {
    set_rules(rule(set_realtime, "YES"));
    const Command shows_itself{"sh", "-c", "exec ioprioctl get $$"};
    const auto result = run("alice", with_command({"run", "--hold", "realtime:3", "--"}, shows_itself));
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr(" realtime:3 "));
    EXPECT_TRUE(holds_become(0));
}

TEST(CliExtended, has_the_status_of_the_command_it_waits_for) {
    EXPECT_EQ(ioprioctl({"run", "--hold", "idle", "sh", "-c", "exit 7"}).status, 7);
    EXPECT_EQ(ioprioctl({"run", "--hold", "idle", "sh", "-c", "kill -TERM $$"}).status, 128 + SIGTERM);
    EXPECT_EQ(ioprioctl({"run", "--hold", "idle", "/nonexistent"}).status, 127);
    EXPECT_EQ(ioprioctl({"run", "--hold", "idle", "/etc/passwd"}).status, 126);
    // Where no signal would tell of the command's end.
    const auto ignoring =
        Command{"env", "--ignore-signal=CHLD", "ioprioctl", "run", "--hold", "idle", "sh", "-c", "exit 7"};
    EXPECT_EQ(run("alice", ignoring).status, 7);
}

TEST(CliExtended, passes_signals_on_to_the_command_it_waits_for) {
    const Command traps{"sh", "-c", "trap 'echo told; exit 5' TERM; echo runs; while read line; do :; done"};
    Child child{"alice", with_command({"run", "--hold", "idle", "--"}, traps)};
    EXPECT_EQ(child.read_line(), "runs");
    child.signal(SIGTERM);
    EXPECT_EQ(child.read_line(), "told");
    EXPECT_EQ(child.finish().status, 5);
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
