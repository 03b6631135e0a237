// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// <iopriority.h>, used by a program of an ordinary user in C. (Python: tests/python.)
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iopriority.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// As text at the end of a line.
std::string with(unsigned flags) {
    return ' ' + std::to_string(flags);
}

class CLibrary : public testing::Test {
 protected:
    CLibrary() { EXPECT_EQ(program.read_line(), "ready"); }

    std::string call(const std::string& line) {
        program.write_line(line);
        return program.read_line();
    }

    Target own{"alice", {"threads", "5"}};
    Target bobs{"bob", {"threads", "3"}};
    Breakdown untouched{{"none", 3}};
    Child program{"alice", {tool("c_user")}};
};

TEST_F(CLibrary, says_by_errno_code_name_and_text_why_it_was_refused) {
    EXPECT_THAT(call("set " + bobs.id() + " idle 0"),
                AllOf(StartsWith("error EACCES 3 org.freedesktop.DBus.Error.InteractiveAuthorizationRequired "),
                      HasSubstr(bobs.id()), HasSubstr(set_other_users)));
    EXPECT_THAT(call("hold-process " + bobs.id() + " idle 0"),
                StartsWith("error EACCES 3 org.freedesktop.DBus.Error.InteractiveAuthorizationRequired "));
    EXPECT_THAT(call("set 4194303 idle" + with(IOPRIORITY_SERVICE_ONLY)),
                StartsWith("error ESRCH 6 org.example.IoPriority.Error.NoSuchProcess "));
    EXPECT_THAT(call("set " + bobs.id() + " idle" + with(IOPRIORITY_KERNEL_ONLY)),
                StartsWith("error EACCES 2 org.freedesktop.DBus.Error.AccessDenied "));
    set_rules(rule(set_other_users, "NO"));
    for (const auto& line :
         {"set " + bobs.id(), "set-process " + bobs.id(), "set-pidfd " + bobs.id(),
          "set-processes " + own.id() + ',' + bobs.id(), "set-pidfds " + bobs.id(),
          "set-group " + std::to_string(getpgid(bobs.pid())), "set-user " + std::to_string(uid_of("bob"))}) {
        EXPECT_THAT(call(line + " idle 0"), StartsWith("error EACCES 2 org.freedesktop.DBus.Error.AccessDenied "));
    }
    EXPECT_EQ(bobs.priorities(), untouched);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 5}}));
}

TEST_F(CLibrary, is_told_by_errno_that_a_list_makes_no_sense_or_has_ended) {
    std::string seventeen = own.id();
    for (int i = 0; i < 16; ++i) {
        seventeen += ',' + own.id();
    }
    EXPECT_THAT(call("set-pidfds " + seventeen + " idle 0"), StartsWith("error EINVAL 1 "));
    EXPECT_THAT(call("set-processes 4194302,4194303 idle 0"), StartsWith("error ESRCH 6 "));
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 5}}));
}

TEST_F(CLibrary, does_alone_what_the_caller_may_and_asks_polkit_nothing) {
    PolkitMonitor polkit;
    EXPECT_EQ(call("set " + own.id() + " best-effort:6 0"), "ok 5");
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:6", 5}}));
    EXPECT_EQ(call("get " + own.id() + " - 0"), "ok best-effort 6");
    EXPECT_EQ(call("set-pidfd " + own.id() + " idle" + with(IOPRIORITY_DESCENDANTS)), "ok 5");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
    EXPECT_EQ(call("get " + bobs.id() + " - 0"), "ok none 0");
    EXPECT_THAT(polkit.actions(), IsEmpty());
}

TEST_F(CLibrary, asks_the_service_where_the_kernel_refuses) {
    set_rules(rule(set_other_users, "YES") + rule(set_realtime, "YES"));
    EXPECT_EQ(call("set " + bobs.id() + " idle 0"), "ok 3");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_EQ(call("set " + own.id() + " realtime:2 0"), "ok 5");
    EXPECT_EQ(own.priorities(), (Breakdown{{"realtime:2", 5}}));
    EXPECT_EQ(call("set-user " + std::to_string(uid_of("bob")) + " best-effort:5 0"), "ok 3");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"best-effort:5", 3}}));
    EXPECT_EQ(call("set-user " + std::to_string(uid_of("bob")) + " idle" + with(IOPRIORITY_KEEP_EXPLICIT)), "ok 0");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"best-effort:5", 3}}));
}

TEST_F(CLibrary, sets_a_list_as_one_request_and_says_what_was_before_and_what_was_left_alone) {
    set_rules(rule(set_other_users, "YES"));
    set_all(bobs.pid(), "best-effort:1");
    EXPECT_EQ(call("set-processes " + own.id() + ',' + bobs.id() + ",4194303 idle 0"), "ok 8");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
    EXPECT_EQ(call("last"), "before: 3xbest-effort:1 5xnone, left alone: 1xended 2 8 service");
    EXPECT_EQ(call("set-pidfds " + own.id() + " low 0"), "ok 5");
    EXPECT_EQ(call("last"), "before idle 0 1 5 kernel");
}

TEST_F(CLibrary, describes_a_list_with_its_members) {
    set_all(bobs.pid(), "best-effort:1");
    const auto list = own.id() + ',' + bobs.id() + ",4194303";
    const auto all = "ok best-effort:1 best-effort:1 (set) mixed 2 8 3xbest-effort:1 5xnone " +
                     std::to_string(uid_of("alice")) + ' ' + std::to_string(uid_of("bob")) + " target, " + own.id() +
                     " none, " + bobs.id() + " best-effort, 4194303 ended";
    EXPECT_EQ(call("describe-processes " + list + " - 0"), all);
    EXPECT_EQ(call("describe-processes " + list + " -" + with(IOPRIORITY_SERVICE_ONLY)), all);
}

TEST_F(CLibrary, zero_is_the_calling_process) {
    EXPECT_THAT(call("set 0 idle 0"), StartsWith("ok "));
    EXPECT_EQ(priorities_of(program.pid()).begin()->first, "idle");
    EXPECT_EQ(call("get 0 - 0"), "ok idle 0");
}

TEST_F(CLibrary, lowers_its_own_process) {
    EXPECT_EQ(call("lower-self"), "ok 1");
    EXPECT_EQ(priorities_of(program.pid()), (Breakdown{{"idle", 1}}));
    EXPECT_EQ(getpriority(PRIO_PROCESS, static_cast<id_t>(program.pid())), 19);
}

TEST_F(CLibrary, cannot_find_a_unit_where_there_is_no_systemd) {
    EXPECT_THAT(call("set-unit borgmatic.service idle 0"), StartsWith("error "));
    EXPECT_THAT(call("set-user-unit borgmatic.service idle 0"), StartsWith("error "));
}

TEST_F(CLibrary, waits_for_a_dialog_only_if_it_is_told_to) {
    Agent agent{{program.pid()}, {"--hold"}};
    EXPECT_THAT(call("set " + bobs.id() + " idle 0"), StartsWith("error EACCES 3 "));
    program.write_line("set " + bobs.id() + " realtime:0" + with(IOPRIORITY_INTERACTIVE));
    EXPECT_EQ(agent.prompt().action, set_other_users_realtime);
    agent.type(password());
    EXPECT_EQ(program.read_line(), "ok 3");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"realtime:0", 3}}));
    EXPECT_EQ(agent.end(), "authorized");
    program.write_line("set " + bobs.id() + " idle" + with(IOPRIORITY_INTERACTIVE));
    agent.prompt();
    agent.cancel();
    EXPECT_THAT(program.read_line(), StartsWith("error ECANCELED 4 org.example.IoPriority.Error.Dismissed "));
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"realtime:0", 3}}));
}

TEST_F(CLibrary, waits_for_a_dialog_no_longer_than_it_is_told_to) {
    Agent agent{{program.pid()}, {"--hold"}};
    EXPECT_EQ(call("timeout 300"), "ok 0");
    EXPECT_THAT(call("set " + bobs.id() + " idle" + with(IOPRIORITY_INTERACTIVE)), StartsWith("error ETIMEDOUT 11 "));
    EXPECT_EQ(bobs.priorities(), untouched);
}

TEST_F(CLibrary, holds_until_the_descriptor_is_closed) {
    EXPECT_THAT(call("hold-process " + own.id() + " idle" + with(IOPRIORITY_KERNEL_ONLY)),
                StartsWith("error EINVAL 1 "));
    EXPECT_EQ(call("hold-process " + own.id() + " idle 0"), "ok 5");
    EXPECT_EQ(call("last"), "before none 0 1 5 service");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
    EXPECT_EQ(call("active"), "yes");
    EXPECT_EQ(call("release"), "ok 0");
    EXPECT_TRUE(eventually([this] { return own.priorities() == Breakdown{{"none", 5}}; }));
    EXPECT_EQ(call("hold-pidfds " + own.id() + " idle 0"), "ok 5");
    kill(daemon_pid().value(), SIGTERM);
    EXPECT_TRUE(eventually([this] { return call("active") == "no"; }));
}

TEST_F(CLibrary, sees_that_its_hold_is_overruled) {
    EXPECT_EQ(call("hold-process " + own.id() + " idle 0"), "ok 5");
    EXPECT_EQ(call("overruled"), "no");
    EXPECT_EQ(call("set " + own.id() + " best-effort:3" + with(IOPRIORITY_SERVICE_ONLY)), "ok 5");
    EXPECT_TRUE(eventually([this] { return call("overruled") == "yes"; }));
    EXPECT_EQ(call("active"), "yes");
    EXPECT_EQ(call("release"), "ok 0");
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:3", 5}})) << "what somebody has set stays";
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
