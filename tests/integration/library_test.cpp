// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// libiopriority, used by a program of an ordinary user.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/library_program.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const Command no_bus{"DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent"};

/// The forms of a call: each does the same.
class Library : public testing::TestWithParam<std::string> {
 protected:
    std::string call(const std::string& rest) { return program(GetParam() + ' ' + rest); }

    Target own{"alice", {"threads", "5"}};
    Target bobs{"bob", {"threads", "3"}};
    Breakdown untouched{{"none", 3}};
    LibraryProgram program;
};

TEST_P(Library, throws_what_the_service_answers) {
    EXPECT_THAT(call("kernel-first set " + bobs.id() + " idle"),
                StartsWith("NotAuthorized org.freedesktop.DBus.Error.InteractiveAuthorizationRequired "));
    EXPECT_THAT(call("service-only set 4194303 idle"),
                StartsWith("NoSuchProcess org.example.IoPriority.Error.NoSuchProcess "));
    set_rules(rule(set_other_users, "NO"));
    EXPECT_THAT(call("kernel-first set " + bobs.id() + " idle"),
                StartsWith("NotAuthorized org.freedesktop.DBus.Error.AccessDenied "));
    EXPECT_THAT(call("kernel-first set-user " + std::to_string(uid_of("bob")) + " idle"),
                StartsWith("NotAuthorized org.freedesktop.DBus.Error.AccessDenied "));
    EXPECT_EQ(bobs.priorities(), untouched);
}

TEST_P(Library, throws_what_the_kernel_answers) {
    EXPECT_THAT(call("kernel-only set " + bobs.id() + " idle"), StartsWith("NotAuthorized "));
    EXPECT_THAT(call("kernel-only set " + own.id() + " realtime:4"), StartsWith("NotAuthorized "));
    EXPECT_THAT(call("kernel-only set 4194303 idle"), StartsWith("NoSuchProcess "));
    EXPECT_THAT(call("kernel-only get 4194303"), StartsWith("NoSuchProcess "));
    EXPECT_EQ(bobs.priorities(), untouched);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 5}}));
}

TEST_P(Library, does_alone_what_the_caller_may_and_asks_polkit_nothing) {
    PolkitMonitor polkit;
    EXPECT_EQ(call("kernel-first set " + own.id() + " idle"), "ok 1 5 kernel");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
    EXPECT_EQ(call("kernel-first get " + own.id()), "ok idle");
    EXPECT_EQ(call("kernel-first get " + bobs.id()), "ok none");
    EXPECT_THAT(polkit.actions(), IsEmpty());
}

TEST_P(Library, asks_the_service_where_the_kernel_refuses) {
    set_rules(rule(set_other_users, "YES") + rule(set_realtime, "YES"));
    EXPECT_EQ(call("kernel-first set " + bobs.id() + " idle"), "ok 1 3 service");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_EQ(call("kernel-first set " + own.id() + " realtime:2"), "ok 1 5 service");
    EXPECT_EQ(own.priorities(), (Breakdown{{"realtime:2", 5}}));
    EXPECT_EQ(call("kernel-first set-user " + std::to_string(uid_of("bob")) + " best-effort:5"), "ok 1 3 service");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"best-effort:5", 3}}));
}

TEST_P(Library, can_be_made_to_ask_the_service_always) {
    EXPECT_EQ(call("service-only set " + own.id() + " best-effort:1"), "ok 1 5 service");
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:1", 5}}));
    EXPECT_EQ(call("service-only get " + own.id()), "ok best-effort:1");
}

TEST_P(Library, zero_is_the_calling_process_either_way) {
    EXPECT_THAT(call("kernel-first set 0 idle"), StartsWith("ok 1 "));
    for (const auto& [priority, threads] : priorities_of(program.pid())) {
        EXPECT_EQ(priority, "idle") << threads;
    }
    EXPECT_THAT(call("service-only set 0 best-effort:3"), StartsWith("ok 1 "));
    EXPECT_EQ(priorities_of(program.pid()).size(), 1U);
    EXPECT_EQ(priorities_of(program.pid()).begin()->first, "best-effort:3");
}

TEST_P(Library, waits_for_a_dialog) {
    Agent agent{{program.pid()}, {"--hold"}};
    program.send(GetParam() + " kernel-first interactive set " + bobs.id() + " realtime:0");
    EXPECT_EQ(agent.prompt().action, set_other_users_realtime);
    agent.type(password());
    EXPECT_EQ(program.answer(), "ok 1 3 service");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"realtime:0", 3}}));
    program.send(GetParam() + " kernel-first interactive set " + bobs.id() + " idle");
    EXPECT_EQ(agent.end(), "authorized");
    agent.prompt();
    agent.cancel();
    EXPECT_THAT(program.answer(), StartsWith("NotAuthorized org.example.IoPriority.Error.Dismissed "));
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"realtime:0", 3}}));
}

INSTANTIATE_TEST_SUITE_P(Forms, Library, testing::Values("blocking", "future", "callback"),
                         [](const auto& each) { return each.param; });

TEST(LibraryWithoutBus, says_so_where_it_is_needed_and_works_where_it_is_not) {
    const Target own{"alice", {"threads", "4"}};
    const Target bobs{"bob", {"threads", "2"}};
    LibraryProgram program{no_bus};
    EXPECT_THAT(program("blocking kernel-first set " + bobs.id() + " idle"), StartsWith("Unavailable "));
    EXPECT_THAT(program("blocking service-only get " + own.id()), StartsWith("Unavailable "));
    EXPECT_EQ(program("blocking kernel-first set " + own.id() + " idle"), "ok 1 4 kernel");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 4}}));
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 2}}));
}

TEST(LibraryWithoutBus, lowers_its_own_process) {
    LibraryProgram program{no_bus};
    EXPECT_EQ(program("lower-self"), "ok 1");
    EXPECT_EQ(priorities_of(program.pid()), (Breakdown{{"idle", 1}}));
    EXPECT_EQ(getpriority(PRIO_PROCESS, static_cast<id_t>(program.pid())), 19);
}

TEST(LibraryAsync, other_calls_are_answered_while_a_dialog_is_open) {
    const Target bobs{"bob", {"threads", "3"}};
    LibraryProgram program;
    Agent agent{{program.pid()}, {"--hold"}};
    program.send("future kernel-first interactive set " + bobs.id() + " idle");
    agent.prompt();
    EXPECT_EQ(program("callback service-only get " + bobs.id()), "ok none");
    agent.type(password());
    EXPECT_EQ(program.answer(), "ok 1 3 service");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
}

TEST(LibraryAsync, a_client_that_is_destroyed_ends_its_calls) {
    const Target bobs{"bob", {"threads", "3"}};
    LibraryProgram program;
    Agent agent{{program.pid()}, {"--hold"}};
    program.send("future kernel-first interactive set " + bobs.id() + " idle");
    agent.prompt();
    program.send("callback kernel-first interactive set " + bobs.id() + " idle");
    agent.prompt();
    program.send("drop");
    EXPECT_THAT(program.answer(), StartsWith("Unavailable "));
    EXPECT_THAT(program.answer(), StartsWith("Unavailable "));
    EXPECT_EQ(agent.end(), "withdrawn");
    EXPECT_EQ(agent.end(), "withdrawn");
    EXPECT_EQ(program.finish().status, 0);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 3}}));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
