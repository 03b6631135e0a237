// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// The Python module iopriority in a program of an ordinary user: with Debian's Python, and with one without site
// packages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

struct Interpreter {
    const char* name;
    Command command;

    friend std::ostream& operator<<(std::ostream& stream, const Interpreter& each) { return stream << each.name; }
};

/// Python itself has not been built with the sanitizer that the library may have been.
Command program_of(const Interpreter& interpreter) {
    auto command = interpreter.command;
#ifdef __SANITIZE_ADDRESS__
    const Command environment{"env", "LD_PRELOAD=libasan.so.8 libubsan.so.1", "ASAN_OPTIONS=detect_leaks=0"};
    command.insert(command.begin(), environment.begin(), environment.end());
#endif
    command.push_back(tool("python_user.py"));
    return command;
}

/// How the line of an error begins.
std::string failure(const std::string& kind, int number, std::string_view name) {
    return kind + ' ' + std::to_string(number) + ' ' + std::string{name} + ' ';
}

class Python : public testing::TestWithParam<Interpreter> {
 protected:
    Python() { EXPECT_EQ(program.read_line(), "ready"); }

    std::string python(const std::string& line) {
        program.write_line(line);
        return program.read_line();
    }
    /// The priorities of a target's threads come to be these.
    static bool becomes(const Target& target, const Breakdown& wanted) {
        return eventually([&] { return target.priorities() == wanted; });
    }
    /// Every way to name a process.
    static std::vector<std::string> all_names_of(const Target& target) {
        return {target.id(), '[' + target.id() + ']', "Target.pidfd(os.pidfd_open(" + target.id() + "))",
                "Target.pidfds([os.pidfd_open(" + target.id() + ")])"};
    }

    const Interpreter& interpreter = GetParam();
    Target own{"alice", {"threads", "5"}};
    Target bobs{"bob", {"threads", "3"}};
    std::string all_of_bob = "Target.user(" + std::to_string(uid_of("bob")) + ')';
    Breakdown untouched{{"none", 3}};
    std::string needs_a_person = failure("InteractionRequired", EACCES, error::interaction_required);
    std::string denied = failure("AccessDenied", EACCES, error::access_denied);
    Child program{"alice", program_of(interpreter)};
};

TEST_P(Python, says_by_class_errno_name_and_text_why_it_was_refused) {
    EXPECT_THAT(python("iopriority.set(" + bobs.id() + ", 'idle')"),
                AllOf(StartsWith(needs_a_person), HasSubstr(bobs.id()), HasSubstr(set_other_users)));
    EXPECT_THAT(python("iopriority.hold(" + bobs.id() + ", 'idle')"), StartsWith(needs_a_person));
    EXPECT_THAT(python("iopriority.ionice(" + bobs.id() + ", 3)"), StartsWith(needs_a_person));
    EXPECT_THAT(python("Client(route=Route.KERNEL_ONLY).set(" + bobs.id() + ", 'idle')"), StartsWith(denied));
    for (const std::string call :
         {"set(4194303, 'idle')", "get(4194303)", "describe(4194303)", "hold(4194303, 'idle')"}) {
        EXPECT_THAT(python("Client(route=Route.SERVICE_ONLY)." + call),
                    StartsWith(failure("NoSuchProcess", ESRCH, error::no_such_process)));
    }
    EXPECT_EQ(bobs.priorities(), untouched);
}

TEST_P(Python, is_refused_by_a_rule_however_the_target_is_named) {
    set_rules(rule(set_other_users, "NO"));
    for (const auto& name : all_names_of(bobs)) {
        EXPECT_THAT(python("iopriority.set(" + name + ", 'idle')"), StartsWith(denied)) << name;
        EXPECT_THAT(python("iopriority.hold(" + name + ", 'idle')"), StartsWith(denied)) << name;
    }
    const auto group = "Target.group(" + std::to_string(getpgid(bobs.pid())) + ')';
    for (const auto& name : {group, all_of_bob}) {
        EXPECT_THAT(python("iopriority.set(" + name + ", 'idle')"), StartsWith(denied)) << name;
    }
    EXPECT_THAT(python("iopriority.set([" + own.id() + ", " + bobs.id() + "], 'idle')"), StartsWith(denied));
    EXPECT_EQ(bobs.priorities(), untouched);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 5}}));
}

TEST_P(Python, is_told_that_a_list_makes_no_sense_or_has_ended) {
    const auto seventeen = "Target.pidfds([os.pidfd_open(" + own.id() + ")] * 17)";
    EXPECT_THAT(python("iopriority.set(" + seventeen + ", 'idle')"),
                StartsWith(failure("InvalidArgument", EINVAL, error::invalid_args)));
    EXPECT_THAT(python("iopriority.set([4194302, 4194303], 'idle')"),
                StartsWith(failure("NoSuchProcess", ESRCH, error::no_such_process)));
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 5}}));
}

TEST_P(Python, is_refused_in_asyncio) {
    EXPECT_THAT(python("asyncio.run(aio.set(" + bobs.id() + ", 'idle'))"), StartsWith(needs_a_person));
    EXPECT_THAT(python("asyncio.run(held(" + bobs.id() + ", 'idle'))"), StartsWith(needs_a_person));
    EXPECT_THAT(python("asyncio.run(aio.get(4194303))"),
                StartsWith(failure("NoSuchProcess", ESRCH, error::no_such_process)));
    EXPECT_EQ(bobs.priorities(), untouched);
}

TEST_P(Python, cannot_find_a_unit_where_there_is_no_systemd) {
    EXPECT_THAT(python("iopriority.set(Target.unit('borgmatic.service'), 'idle')"),
                HasSubstr(" org.freedesktop.DBus.Error.Failed "));
}

TEST_P(Python, does_alone_what_the_caller_may_and_asks_polkit_nothing) {
    PolkitMonitor polkit;
    python("changed = iopriority.set(" + own.id() + ", 'best-effort:6')");
    EXPECT_EQ(python("changed.threads, changed.processes, changed.by_service, str(changed.before)"),
              "(5, 1, False, 'none')");
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:6", 5}}));
    EXPECT_EQ(python("iopriority.get(" + own.id() + ")"), "best-effort:6");
    for (const auto& name : all_names_of(own)) {
        set_all(own.pid(), "none");
        EXPECT_EQ(python("iopriority.set(" + name + ", 'idle').threads"), "5") << name;
        EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}})) << name;
    }
    EXPECT_EQ(python("iopriority.get(" + bobs.id() + ")"), "none");
    EXPECT_THAT(polkit.actions(), IsEmpty());
}

TEST_P(Python, asks_the_service_where_the_kernel_refuses) {
    set_rules(rule(set_other_users, "YES") + rule(set_realtime, "YES"));
    for (const auto& name : all_names_of(bobs)) {
        set_all(bobs.pid(), "best-effort:3");
        python("changed = iopriority.set(" + name + ", 'idle')");
        EXPECT_EQ(python("changed.threads, changed.by_service, str(changed.before)"), "(3, True, 'best-effort:3')")
            << name;
        EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}})) << name;
    }
    EXPECT_EQ(python("iopriority.set(" + own.id() + ", Priority.realtime(2)).threads"), "5");
    EXPECT_EQ(own.priorities(), (Breakdown{{"realtime:2", 5}}));
    EXPECT_EQ(python("iopriority.set(" + all_of_bob + ", 'best-effort:5').threads"), "3");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"best-effort:5", 3}}));
}

TEST_P(Python, sets_a_list_of_several_users_by_one_request) {
    set_rules(rule(set_other_users, "YES"));
    PolkitMonitor polkit;
    python("changed = iopriority.set([" + own.id() + ", " + bobs.id() + ", 4194303], 'idle')");
    EXPECT_EQ(python("changed.threads, changed.processes, changed.left_alone"), "(8, 2, {'ended': 1})");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_EQ(polkit.actions(), (std::vector<std::string>{set_other_users}));
}

TEST_P(Python, tells_what_was_set_before_where_threads_differed) {
    set_rules(rule(set_other_users, "YES"));
    set_thread(bobs.pid(), "best-effort:5");
    python("changed = iopriority.set(" + bobs.id() + ", 'idle')");
    EXPECT_EQ(python("changed.before, sorted(changed.before_breakdown.items())"),
              "(None, [('best-effort:5', 1), ('none', 2)])");
}

TEST_P(Python, tells_what_was_left_alone) {
    set_rules(rule(set_other_users, "YES"));
    set_thread(bobs.pid(), "best-effort:5");
    python("changed = iopriority.set(" + all_of_bob + ", 'idle', keep_explicit=True)");
    EXPECT_EQ(python("changed.threads, changed.left_alone"), "(2, {'explicit': 1})");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"best-effort:5", 1}, {"idle", 2}}));
}

TEST_P(Python, sets_the_descendants_of_a_process_and_a_group) {
    Child tree{"alice", {"setsid", "sh", "-c", "sleep infinity & echo $!; wait"}};
    const auto child = std::stoi(tree.read_line());
    EXPECT_EQ(python("iopriority.set(" + std::to_string(tree.pid()) + ", 'idle', descendants=True).processes"), "2");
    EXPECT_EQ(priorities_of(child), (Breakdown{{"idle", 1}}));
    EXPECT_EQ(python("iopriority.describe(" + std::to_string(tree.pid()) + ", descendants=True).breakdown"),
              "{'idle': 2}");
    EXPECT_EQ(python("iopriority.set(Target.group(" + std::to_string(tree.pid()) + "), 'none').processes"), "2");
    EXPECT_EQ(priorities_of(child), (Breakdown{{"none", 1}}));
    kill(child, SIGKILL);
}

TEST_P(Python, describes_each_member_of_a_list) {
    set_all(own.pid(), "idle");
    python("details = Client(route=Route.SERVICE_ONLY).describe([" + own.id() + ", 4194303, " + bobs.id() + "])");
    EXPECT_EQ(python("details.processes, details.threads, details.uniform, details.each_cut"), "(2, 8, False, False)");
    EXPECT_EQ(python("sorted(details.breakdown.items()), details.users, details.programs"),
              "([('idle', 5), ('none', 3)], (" + std::to_string(uid_of("alice")) + ", " +
                  std::to_string(uid_of("bob")) + "), ('target',))");
    EXPECT_EQ(python("[(pid, details and (str(details.set), details.threads)) for pid, details in details.each]"),
              "[(" + own.id() + ", ('idle', 5)), (4194303, None), (" + bobs.id() + ", ('none', 3))]");
}

TEST_P(Python, lists_the_devices_that_the_service_sees) {
    EXPECT_EQ(python("Client(route=Route.SERVICE_ONLY).devices() == Client(route=Route.KERNEL_ONLY).devices()"),
              "True");
}

TEST_P(Python, zero_is_the_calling_process) {
    EXPECT_EQ(python("iopriority.set(0, 'idle').processes"), "1");
    EXPECT_EQ(priorities_of(program.pid()).begin()->first, "idle");
    EXPECT_EQ(python("iopriority.get(0)"), "idle");
    EXPECT_EQ(python("Client(route=Route.SERVICE_ONLY).describe(0).programs[0][:6]"), "python");
}

TEST_P(Python, lowers_its_own_process) {
    EXPECT_EQ(python("iopriority.lower_self()"), "1");
    EXPECT_EQ(priorities_of(program.pid()), (Breakdown{{"idle", 1}}));
    EXPECT_EQ(getpriority(PRIO_PROCESS, static_cast<id_t>(program.pid())), 19);
}

TEST_P(Python, sets_by_ionice_what_the_kernel_alone_would_refuse) {
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(python("iopriority.ionice(" + bobs.id() + ", iopriority.IOPRIO_CLASS_BE, 7)"), "None");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"best-effort:7", 3}}));
    EXPECT_EQ(python("iopriority.ionice(" + bobs.id() + ") == (2, 7)"), "True");
}

TEST_P(Python, waits_for_a_dialog_only_if_it_is_told_to) {
    Agent agent{{program.pid()}, {"--hold"}};
    EXPECT_THAT(python("iopriority.set(" + bobs.id() + ", 'idle')"), StartsWith(needs_a_person));
    program.write_line("iopriority.set(" + bobs.id() + ", 'realtime:0', interactive=True).threads");
    EXPECT_EQ(agent.prompt().action, set_other_users_realtime);
    agent.type(password());
    EXPECT_EQ(program.read_line(), "3");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"realtime:0", 3}}));
    EXPECT_EQ(agent.end(), "authorized");
    program.write_line("iopriority.set(" + bobs.id() + ", 'idle', interactive=True)");
    agent.prompt();
    agent.cancel();
    EXPECT_THAT(program.read_line(), StartsWith(failure("Dismissed", ECANCELED, error::dismissed)));
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"realtime:0", 3}}));
}

TEST_P(Python, waits_for_a_dialog_no_longer_than_it_is_told_to) {
    Agent agent{{program.pid()}, {"--hold"}};
    EXPECT_THAT(python("Client(timeout=0.3).set(" + bobs.id() + ", 'idle', interactive=True)"),
                StartsWith("TimedOut " + std::to_string(ETIMEDOUT) + ' '));
    EXPECT_EQ(bobs.priorities(), untouched);
}

TEST_P(Python, holds_until_the_block_ends) {
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(
        python("with iopriority.hold(" + bobs.id() + ", 'idle') as hold: during = iopriority.get(" + bobs.id() + ")"),
        "ok");
    EXPECT_EQ(python("during, hold.changed.threads, hold.active"),
              "(Priority(io_class=<IoClass.IDLE: 3>, level=0), 3, False)");
    EXPECT_TRUE(becomes(bobs, untouched));
}

TEST_P(Python, holds_until_it_is_released_or_forgotten_or_its_program_ends) {
    for (const auto* end : {"hold.release()", "del hold"}) {
        EXPECT_EQ(python("hold = iopriority.hold(" + own.id() + ", 'idle')"), "ok");
        EXPECT_EQ(python("hold.active, hold.overruled"), "(True, False)");
        EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
        python(end);
        EXPECT_TRUE(becomes(own, {{"none", 5}})) << end;
    }
    python("hold = iopriority.hold(" + own.id() + ", 'idle')");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
    program.signal(SIGKILL);
    EXPECT_TRUE(becomes(own, {{"none", 5}}));
}

TEST_P(Python, sees_that_a_hold_is_overruled_and_that_it_is_lost) {
    python("hold = iopriority.hold(" + own.id() + ", 'idle')");
    EXPECT_EQ(Caller{"alice"}.set_process(own.pid(), "best-effort", 2), "ok 5");
    EXPECT_TRUE(eventually([&] { return python("hold.active, hold.overruled") == "(True, True)"; }));
    kill(daemon_pid().value(), SIGTERM);
    EXPECT_TRUE(eventually([&] { return python("hold.active") == "False"; }));
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:2", 5}}));
    python("hold.release()");
    EXPECT_EQ(python("hold.active, hold.overruled"), "(False, True)") << "as it was at the release";
    EXPECT_EQ(python("error_of(hold.__enter__)"), "ValueError");
    EXPECT_EQ(python("error_of(lambda: copy.copy(hold))"), "TypeError");
}

TEST_P(Python, does_in_asyncio_what_it_does_without) {
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(python("asyncio.run(aio.set(" + bobs.id() + ", 'best-effort:1')).threads"), "3");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"best-effort:1", 3}}));
    EXPECT_EQ(python("asyncio.run(held(" + bobs.id() + ", 'idle'))"), "idle 3");
    EXPECT_TRUE(becomes(bobs, {{"best-effort:1", 3}}));
    EXPECT_EQ(python("asyncio.run(aio.describe([" + bobs.id() + "])).breakdown"), "{'best-effort:1': 3}");
    EXPECT_EQ(python("asyncio.run(aio.devices()) == iopriority.devices()"), "True");
}

TEST_P(Python, releases_a_hold_that_begins_after_it_was_cancelled) {
    Agent agent{{program.pid()}, {"--hold"}};
    program.write_line("asyncio.run(cancelled_when_told(aio.hold(" + bobs.id() + ", 'idle', interactive=True)))");
    agent.prompt();
    program.write_line("cancel it");
    agent.type(password());
    EXPECT_EQ(agent.end(), "authorized");
    EXPECT_TRUE(eventually([&] { return daemon_log().find(bobs.id()) != std::string::npos; }));
    EXPECT_TRUE(becomes(bobs, untouched));
    program.write_line("go on");
    EXPECT_EQ(program.read_line(), "cancelled");
}

TEST_P(Python, goes_on_in_a_child_of_fork) {
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(python("iopriority.set(" + bobs.id() + ", 'idle').threads"), "3");
    EXPECT_EQ(python("in_child(lambda: iopriority.set(" + bobs.id() + ", 'best-effort:5').threads)"), "3");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"best-effort:5", 3}}));
    EXPECT_EQ(python("iopriority.set(" + bobs.id() + ", 'idle').threads"), "3");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
}

INSTANTIATE_TEST_SUITE_P(All, Python,
                         testing::Values(Interpreter{"debian", {"/usr/bin/python3"}},
                                         Interpreter{"bare", {"/usr/bin/python3", "-I", "-S"}}),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
