// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// A bus that dies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "hostile.hpp"
#include "support/kernel.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::HasSubstr;

constexpr const char* daemon_path = "/usr/libexec/iopriorityd";
constexpr int failed = 1;  // what Restart=on-failure means
constexpr const char* socket_path = "/run/dbus/system_bus_socket";

/// Ends the private bus as a crash would, and starts another in its place.
Child renewed_bus() {
    const auto bus = owner_of("org.freedesktop.DBus").value();
    kill(bus, SIGKILL);
    EXPECT_TRUE(wait_for_end(bus));
    std::filesystem::remove(socket_path);
    Child fresh{"root", {"dbus-daemon", "--system", "--nofork", "--nopidfile", "--print-address"}};
    fresh.read_line();
    return fresh;
}

TEST(ABusThatDies, ends_the_daemon_so_that_systemd_starts_it_again_and_the_next_bus_starts_another) {
    const Target own{"alice", {"threads", "2"}};
    Child daemon{"root", {daemon_path}};
    ASSERT_TRUE(eventually([] { return daemon_pid().has_value(); }));
    ASSERT_EQ(daemon_pid(), daemon.pid());
    const auto fresh = renewed_bus();
    const auto result = daemon.finish();
    EXPECT_EQ(result.status, failed) << result.err;
    EXPECT_THAT(result.err, HasSubstr("the bus is gone"));
    Caller alice{"alice"};
    EXPECT_EQ(alice.set_process(own.pid(), "idle", 0), "ok 2");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 2}}));
}

TEST(ABusThatDies, with_a_dialog_open_changes_nothing) {
    const Target roots{"root", {"threads", "2"}};
    Child daemon{"root", {daemon_path}};
    ASSERT_TRUE(eventually([] { return daemon_pid().has_value(); }));
    Caller alice{"alice"};
    Agent agent{{alice.pid()}, {"--hold"}};
    alice.send("SetProcess usu " + roots.id() + " idle 0", Dialog::allowed);
    agent.prompt();
    const auto fresh = renewed_bus();
    const auto result = daemon.finish();
    EXPECT_EQ(result.status, failed) << result.err;
    EXPECT_EQ(roots.priorities(), (Breakdown{{"none", 2}}));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
