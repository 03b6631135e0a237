// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "program.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "../client/child.hpp"
#include "client/direct.hpp"

namespace iopriority::cli::test {

namespace {

using client::test::Child;

std::string number(pid_t pid) {
    return std::to_string(pid);
}

Priority priority_of(pid_t pid) {
    return client::direct_backend()->serve({client::What::get, Target::process(pid), {}})->details.set;
}

/// The number of a process that there is no more.
pid_t nobody() {
    Child child(0);
    const pid_t pid = child.pid();
    child.end();
    return pid;
}

/// At a terminal a second line may follow: that the disk of this machine ignores it.
std::string changes(const std::string& output) {
    return output.substr(0, output.find('\n') + 1);
}

bool names(const std::string& text, const std::string& what) {
    return text.find(what) != std::string::npos;
}

}  // namespace

TEST(Program, exits_with_2_after_a_usage_error_and_names_the_help) {
    for (const auto& words : {std::vector<std::string>{"boost"},
                              {"--foo"},
                              {"set"},
                              {"set", "idle"},
                              {"set", "9", "1"},
                              {"set", "best-effort:8", "1"},
                              {"set", "idle", "0x1"},
                              {"set", "idle", "2147483648"},
                              {"set", "idle", "-1"},
                              {"set", "idle", "--user"},
                              {"set", "idle", "--user", "4294967295"},
                              {"set", "idle", "--user", "root", "root"},
                              {"set", "none"},
                              {"list", "x"},
                              {"list", "--watch", "2"},
                              {"list", "--watch=0"},
                              {"list", "--count", "2"},
                              {"monitor", "x"},
                              {"devices", "x"},
                              {"check", "/", "/"},
                              {"check", "0"},
                              {"check", "2147483648"},
                              {"devices", "--udev-rule"},
                              {"check", "--udev-rule=x"},
                              {"get", "abc"}}) {
        const auto result = run(words);
        EXPECT_EQ(result.status, 2);
        EXPECT_EQ(result.output, "");
        EXPECT_EQ(result.errors.find("ioprioctl: "), 0U) << result.errors;
        EXPECT_TRUE(names(result.errors, "--help")) << result.errors;
    }
}

TEST(Program, says_how_to_correct_common_mistakes) {
    EXPECT_TRUE(names(run({"list", "--watch", "2"}).errors, "--watch=2"));
    EXPECT_TRUE(names(run({"-c", "9", "-p", "1"}).errors, "class \"9\" is not a number from 0 (none) to 3 (idle)"));
}

TEST(Program, names_the_alternative_to_monitor_without_a_terminal) {
    const auto result = run({"monitor"});
    EXPECT_EQ(result.status, 2);
    EXPECT_EQ(result.output, "");
    EXPECT_TRUE(names(result.errors, "list --watch")) << result.errors;
    const char* before = ::getenv("TERM");
    const std::string usual = before != nullptr ? before : "xterm";
    for (const auto* terminal : {"dumb", "", "no-such-terminal"}) {
        ::setenv("TERM", terminal, 1);
        const auto shown = run_at_terminal({"monitor"});
        EXPECT_EQ(shown.status, 2);
        EXPECT_TRUE(names(shown.output, "list --watch")) << shown.output;
        EXPECT_FALSE(names(shown.output, "\x1b")) << shown.output;
    }
    ::setenv("TERM", usual.c_str(), 1);
}

TEST(Program, changes_nothing_when_one_process_id_is_invalid) {
    const Child child(0);
    EXPECT_EQ(run({"set", "idle", number(child.pid()), "x"}).status, 2);
    EXPECT_EQ(priority_of(child.pid()), Priority::none());
}

TEST(Program, exits_with_3_for_a_missing_process_and_sets_the_others) {
    const Child child(2);
    const auto gone = number(nobody());
    const auto result = run({"set", "idle", gone, number(child.pid())});
    EXPECT_EQ(result.status, 3);
    EXPECT_TRUE(names(result.errors, "process " + gone + " does not exist, or has ended")) << result.errors;
    EXPECT_EQ(priority_of(child.pid()), Priority::idle());
    const auto json = run({"set", "idle", "--json=short", gone, number(child.pid())});
    EXPECT_EQ(json.status, 3);
    EXPECT_TRUE(names(json.output, "\"target\":\"process " + gone + "\"")) << json.output;
    EXPECT_TRUE(names(json.output, "\"message\":\"process " + gone + " does not exist, or has ended\"")) << json.output;
    EXPECT_EQ(run({"set", "none", gone, number(nobody())}).status, 3) << "none is there";
}

TEST(Program, exits_with_3_for_a_user_who_is_unknown_or_has_no_process) {
    EXPECT_EQ(run({"set", "idle", "--user", "no-such-user-here"}).status, 3);
    EXPECT_EQ(run({"--via=kernel", "set", "idle", "--user", "1987654321"}).status, 3);
    for (const std::string user : {"nobody", "65534"}) {
        EXPECT_EQ(run({"get", "--user", user}).errors, "ioprioctl: user nobody (uid 65534) has no process\n");
    }
}

TEST(Program, has_a_failure_in_json_also_where_it_ends_before_anything_is_done) {
    const Child child(0);
    const std::string failure =
        R"([{"target":"","error":"org.example.IoPriority.Error.NoSuchProcess","message":"user \"no-such-user)";
    for (const auto* command : {"get", "set"}) {
        std::vector<std::string> line{command, "--json=short", "--user", "no-such-user-here", number(child.pid())};
        if (line[0] == "set") {
            line.insert(std::prev(line.end()), "idle");
        }
        const auto result = run(line);
        EXPECT_EQ(result.status, 3);
        EXPECT_EQ(result.output.find(failure), 0U) << result.output;
    }
    EXPECT_EQ(priority_of(child.pid()), Priority::none());
}

TEST(Program, refuses_to_get_nothing) {
    const auto result = run({"get"});  // get $(pgrep borg) that found none
    EXPECT_EQ(result.status, 2);
    EXPECT_EQ(result.output, "");
    EXPECT_TRUE(names(result.errors, "no process id (none given, or pgrep found none)")) << result.errors;
}

TEST(Program, warns_that_services_inherit_the_priority_of_process_1) {
    for (const std::vector<std::string>& line : {std::vector<std::string>{"set", "--dry-run", "idle", "1"},
                                                 {"set", "--dry-run", "best-effort:7", "--tree", "1"}}) {
        const auto result = run(line);
        EXPECT_EQ(result.status, 0);
        EXPECT_EQ(result.errors,
                  "ioprioctl: process 1 starts all services: each one that it starts from now on inherits this "
                  "priority\n");
    }
    EXPECT_EQ(run({"set", "--dry-run", "none", "1"}).errors, "");
    EXPECT_EQ(run({"set", "--dry-run", "idle", number(::getpid())}).errors, "");
}

TEST(Program, exits_with_5_when_it_needs_the_service_and_there_is_no_bus) {
    const auto result = run({"--via=service", "get", "1"});
    EXPECT_EQ(result.status, 5);
    EXPECT_TRUE(names(result.errors, "system bus")) << result.errors;
}

TEST(Program, shows_what_it_can_read_and_reports_the_rest) {
    const auto result = run({"get", number(nobody()), number(::getpid())});
    EXPECT_EQ(result.status, 3);
    EXPECT_TRUE(names(result.output, "PRIORITY"));
    EXPECT_TRUE(names(result.output, number(::getpid()) + "  root"));
    EXPECT_TRUE(names(result.errors, "there is no process"));
}

TEST(Program, fails_when_its_output_cannot_be_written) {
    EXPECT_EQ(run_into_full_disk({"get", number(::getpid())}).status, 1);
    EXPECT_EQ(run_into_full_disk({"--help"}).status, 1);
}

TEST(Program, fails_when_a_table_cannot_be_written) {
    const auto result = run_into_full_disk({"list", "--watch=0.1"});
    EXPECT_EQ(result.status, 1);
    EXPECT_TRUE(names(result.errors, "No space left")) << result.errors;
}

TEST(Program, reports_no_change_without_a_terminal) {
    const Child child(1);
    const auto result = run({"set", "low", number(child.pid())});
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.output, "");
    EXPECT_EQ(result.errors, "");
    EXPECT_EQ(priority_of(child.pid()), Priority::best_effort(7));
}

TEST(Program, reports_changes_at_a_terminal_unless_quiet) {
    const Child child(3);
    const auto pid = number(child.pid());
    const auto label = pid + " (cli_test, " + std::to_string(client::test::threads_of(child.pid())) + " threads): ";
    EXPECT_EQ(run_at_terminal({"set", "best-effort:4", pid, "-q"}).output, "");
    const auto result = run_at_terminal({"set", "idle", pid});
    EXPECT_EQ(changes(result.output), label + "best-effort:4 -> idle\r\n");
    EXPECT_EQ(changes(run_at_terminal({"set", "none", pid}).output), label + "idle -> none\r\n");
}

TEST(Program, sets_several_processes_as_one_request_and_reports_one_line) {
    const Child first(1);
    const Child second(1);
    ASSERT_EQ(run({"set", "low", number(second.pid())}).status, 0);
    const auto threads = client::test::threads_of(first.pid()) + client::test::threads_of(second.pid());
    const auto result = run_at_terminal({"set", "idle", number(first.pid()), number(second.pid())});
    EXPECT_EQ(changes(result.output), "processes " + number(first.pid()) + ", " + number(second.pid()) +
                                          " (2 processes, " + std::to_string(threads) + " threads): mixed (" +
                                          std::to_string(threads / 2) + " best-effort:7, " +
                                          std::to_string(threads / 2) + " none) -> idle\r\n");
    EXPECT_EQ(priority_of(first.pid()), Priority::idle());
    EXPECT_EQ(priority_of(second.pid()), Priority::idle());
}

TEST(Program, shows_a_tree_as_its_processes) {
    const Child child(1);
    const auto result = run({"get", "--tree", number(::getpid())});
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_TRUE(names(result.output, number(::getpid()) + "  root"));
    EXPECT_TRUE(names(result.output, number(child.pid()) + "  root"));
    EXPECT_FALSE(names(run({"get", number(::getpid())}).output, number(child.pid()) + "  root"));
    EXPECT_EQ(run({"get", "--tree", "--user", "root"}).status, 2);
}

TEST(Program, lists_processes_that_have_a_priority_set) {
    const Child set(1);
    const Child other(0);
    ASSERT_EQ(run({"set", "best-effort:6", number(set.pid())}).status, 0);
    const auto result = run({"list"});
    EXPECT_EQ(result.status, 0);
    EXPECT_TRUE(names(result.output, number(set.pid()) + "  "));
    EXPECT_FALSE(names(result.output, number(other.pid()) + "  "));
}

TEST(Program, changes_nothing_in_a_dry_run) {
    const Child child(1);
    const auto pid = number(child.pid());
    const auto threads = std::to_string(client::test::threads_of(child.pid()));
    for (const auto& words :
         {std::vector<std::string>{"set", "--dry-run", "idle", pid}, {"--dry-run", "-c", "3", "-p", pid}}) {
        const auto result = run(words);
        EXPECT_EQ(result.status, 0) << result.errors;
        EXPECT_EQ(result.output, "would set " + pid + " (cli_test, " + threads +
                                     " threads): none -> idle; by the kernel, polkit would not be asked\n");
    }
    EXPECT_TRUE(names(run({"set", "none", "--dry-run", "--tree", pid}).output, "and its descendants (1 process"));
    EXPECT_TRUE(names(run({"set", "--dry-run", "idle", "--user", "root"}).output, "by the service"));
    EXPECT_TRUE(names(run({"set", "--dry-run", "--via=kernel", "idle", "--unit", "cron.service"}).output, "refuse"));
    EXPECT_EQ(run({"set", "--dry-run", "idle", number(nobody())}).status, 3);
    EXPECT_EQ(run({"-c", "3", "--dry-run", "echo", "ran"}).output, "");
    const auto explicit_kept = run({"set", "--dry-run", "--json=short", "--keep-explicit", "idle", pid}).output;
    EXPECT_TRUE(names(explicit_kept, R"("processes":null,"threads":null,"before":null)")) << explicit_kept;
    EXPECT_EQ(priority_of(child.pid()), Priority::none());
}

TEST(Program, says_with_verbose_who_made_the_change) {
    const Child child(0);
    const auto pid = number(child.pid());
    EXPECT_TRUE(names(run({"-v", "set", "low", pid}).output, "none -> best-effort:7, by the kernel\n"));
    EXPECT_TRUE(names(run({"-v", "-c", "3", "-p", pid}).output, "idle, by the kernel\n"));
    for (const auto& line :
         {std::vector<std::string>{"-v", "run", "idle", "true"}, std::vector<std::string>{"-v", "-c", "3", "true"}}) {
        const auto started = run(line);
        EXPECT_EQ(started.errors, "ioprioctl: idle, by the kernel\n");
        EXPECT_EQ(started.output, "") << "it is the command's";
    }
}

TEST(Program, prints_json) {
    const Child child(0);
    const auto pid = number(child.pid());
    EXPECT_EQ(run({"set", "idle", "--json=short", pid}).output,
              R"([{"target":"process )" + pid + R"(","processes":1,"threads":)" +
                  std::to_string(client::test::threads_of(child.pid())) +
                  R"(,"before":"none","after":"idle","left-alone":{},"by":"kernel"}])" + "\n");
    EXPECT_TRUE(names(run({"get", "-j", pid}).output, R"("pid":)" + pid + R"(,"user":"root","command":"cli_test")"));
    EXPECT_TRUE(names(run({"list", "-j"}).output, R"("pid":)" + pid + ","));
    EXPECT_TRUE(names(run({"check", "-j", "/proc"}).output, R"("effect":"nothing")"));
    EXPECT_EQ(run({"devices", "-j"}).output.find('['), 0U);
    const auto gone = run({"get", "-j", number(nobody())});
    EXPECT_EQ(gone.status, 3);
    EXPECT_TRUE(names(gone.output, R"("error":"org.example.IoPriority.Error.NoSuchProcess","message":"there is no )"));
}

TEST(Program, is_colored_at_a_terminal_only) {
    const auto self = number(::getpid());
    EXPECT_EQ(run({"get", self}).output.find('\x1b'), std::string::npos);
    ASSERT_EQ(::setenv("TERM", "xterm", 1), 0);
    EXPECT_TRUE(names(run_at_terminal({"get", self}).output, "\x1b[1m"));
    ASSERT_EQ(::setenv("NO_COLOR", "1", 1), 0);
    EXPECT_FALSE(names(run_at_terminal({"get", self}).output, "\x1b"));
    ::unsetenv("NO_COLOR");
    ASSERT_EQ(::setenv("TERM", "dumb", 1), 0);
    EXPECT_FALSE(names(run_at_terminal({"get", self}).output, "\x1b"));
    EXPECT_FALSE(names(run({"get", "--no-legend", self}).output, "PRIORITY"));
}

TEST(Program, shows_devices_help_and_version) {
    EXPECT_TRUE(names(run({"devices"}).output, "HONOURS"));
    EXPECT_TRUE(names(run({"--help"}).output, "monitor"));
    EXPECT_TRUE(names(run({"run", "--help"}).output, "127"));
    EXPECT_EQ(run({"--version"}).output.find("ioprioctl "), 0U);
}

TEST(Program, has_exit_statuses_for_what_it_cannot_check) {
    const auto gone = number(nobody());
    EXPECT_EQ(run({"check", gone}).status, 3);
    EXPECT_TRUE(names(run({"check", gone}).errors, gone));
    for (const std::string path : {"/nonexistent/file", "", "/dev/null"}) {
        const auto result = run({"check", path});
        EXPECT_EQ(result.status, 1);
        EXPECT_EQ(result.output, "");
        EXPECT_EQ(result.errors.find("ioprioctl: " + path), 0U) << result.errors;
    }
}

TEST(Program, says_that_a_priority_has_no_effect_without_a_disk) {
    const auto result = run({"check", "/proc"});
    EXPECT_EQ(result.status, 1);
    EXPECT_TRUE(names(result.output, "no effect here")) << result.output;
    EXPECT_EQ(result.errors, "");
    EXPECT_EQ(run({"check", "-q", "/proc"}).status, 1);
    EXPECT_EQ(run({"check", "-q", "/proc"}).output, "");
}

TEST(Program, prints_no_rule_if_none_helps) {
    const auto result = run({"check", "--udev-rule", "/proc"});
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(result.output, "");
    EXPECT_TRUE(names(result.errors, "no udev rule")) << result.errors;
}

TEST(Program, checks_what_a_process_has_open) {
    const Child child(0);
    const auto result = run({"check", number(child.pid())});
    EXPECT_TRUE(names(result.output, "Process " + number(child.pid()) + " (cli_test), priority none"));
    EXPECT_TRUE(names(result.output, "I/O priorities have")) << result.output;
    EXPECT_EQ(result.errors, "");
}

TEST(RunCommand, fails_with_125_after_a_failure_of_its_own) {
    for (const auto& words : {std::vector<std::string>{"run"},
                              {"run", "idle"},
                              {"run", "idle", "--"},
                              {"run", "9", "true"},
                              {"run", "idle", "--hold", "true"},
                              {"run", "--foo", "idle", "true"},
                              {"run", "--via=service", "idle", "true"}}) {
        EXPECT_EQ(run(words).status, 125);
    }
}

TEST(RunCommand, has_the_exit_statuses_of_env_if_it_cannot_be_run) {
    EXPECT_EQ(run({"run", "idle", "no-such-program-here"}).status, 127);
    EXPECT_EQ(run({"run", "idle", "/"}).status, 126);
}

TEST(RunCommand, is_not_run_without_the_priority) {
    EXPECT_EQ(run({"run", "--via=service", "idle", "echo", "ran"}).output, "");
}

TEST(RunCommand, passes_on_the_exit_status_the_signal_and_the_outputs) {
    const auto exits = run({"run", "idle", "--", "sh", "-c", "echo out; echo err >&2; exit 7"});
    EXPECT_EQ(exits.status, 7);
    EXPECT_EQ(exits.output, "out\n");
    EXPECT_EQ(exits.errors, "err\n");
    EXPECT_EQ(run({"run", "idle", "sh", "-c", "kill -TERM $$"}).status, 1000 + SIGTERM);
}

TEST(RunCommand, has_the_priority_from_its_beginning) {
    const std::string program = IOPRIORITYCTL;
    const auto result = run({"run", "best-effort:6", "--", program});
    EXPECT_EQ(result.output, "best-effort: prio 6\n") << result.errors;
}

TEST(RunCommand, passes_on_arguments_as_they_are) {
    EXPECT_EQ(run({"run", "idle", "--", "printf", "%s|", "--", "-q", "a b", ""}).output, "--|-q|a b||");
}

}  // namespace iopriority::cli::test
