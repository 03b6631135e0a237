// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// A daemon that leaves when idle stays while a hold is held.
#include <gtest/gtest.h>

#include <chrono>

#include "cast.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* idle_seconds = "0.05";

TEST(IdleDaemon, does_not_leave_while_a_hold_is_held_and_leaves_after) {
    Client alice{"alice"};
    const Target own{"alice", {"threads", "2"}};
    const int first = alice.hold(own.pid(), "idle");
    const auto daemon = daemon_pid().value();
    const int second = alice.hold(own.pid(), "best-effort:7");
    EXPECT_FALSE(wait_for_end(daemon, 500ms));
    alice.close(first);
    EXPECT_FALSE(wait_for_end(daemon, 300ms));
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:7", 2}}));
    alice.close(second);
    EXPECT_TRUE(wait_for_end(daemon));
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
}

TEST(IdleDaemon, leaves_after_the_end_of_a_hold_on_a_process_that_has_ended) {
    Client alice{"alice"};
    auto own = std::make_unique<Actor>("alice");
    const int hold = alice.hold(own->pid(), "idle");
    const auto daemon = daemon_pid().value();
    own->child().finish();
    EXPECT_FALSE(wait_for_end(daemon, 300ms));
    alice.close(hold);
    EXPECT_TRUE(wait_for_end(daemon));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv, {"--idle-timeout", iopriority::test::idle_seconds});
}
