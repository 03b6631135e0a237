// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// The end of the process that a hold is held on, and of the service that holds it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>

#include "cast.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

/// Makes the next process of this pid namespace have a number that is free.
void next_process_gets(pid_t pid) {
    std::ofstream file{"/proc/sys/kernel/ns_last_pid"};
    file << pid - 1 << std::flush;
    ASSERT_TRUE(file.good());
}

class HoldEnd : public testing::Test {
 protected:
    Client alice{"alice"};
};

TEST_F(HoldEnd, after_the_process_has_ended_is_an_end_like_any_other) {
    auto own = std::make_unique<Actor>("alice");
    const int hold = alice.hold(own->pid(), "idle");
    own->child().finish();
    EXPECT_EQ(holds(), 1U);
    alice.close(hold);
    EXPECT_TRUE(holds_become(0));
    EXPECT_EQ(alice.set(alice.pid(), "idle"), "ok 1 1");
}

TEST_F(HoldEnd, does_not_touch_another_process_that_has_the_number_now) {
    auto own = std::make_unique<Actor>("alice");
    const auto number = own->pid();
    const int hold = alice.hold(number, "idle");
    own->child().finish();
    next_process_gets(number);
    Actor another{"bob"};
    ASSERT_EQ(another.pid(), number);
    set_thread(number, "idle");
    alice.close(hold);
    ASSERT_TRUE(holds_become(0));
    EXPECT_EQ(another.priorities(), (Breakdown{{"idle", 1}}));
}

TEST_F(HoldEnd, on_a_number_that_is_used_again_does_not_end_the_next_ones_hold) {
    auto own = std::make_unique<Actor>("alice");
    const auto number = own->pid();
    const int first = alice.hold(number, "idle");
    own->child().finish();
    next_process_gets(number);
    Actor another{"alice"};
    ASSERT_EQ(another.pid(), number);
    set_thread(number, "best-effort:3");
    const int second = alice.hold(number, "idle");
    EXPECT_EQ(holds(), 2U);
    alice.close(first);
    ASSERT_TRUE(holds_become(1));
    EXPECT_EQ(another.priorities(), (Breakdown{{"idle", 1}}));
    alice.close(second);
    EXPECT_TRUE(becomes(number, {{"best-effort:3", 1}}));
    EXPECT_TRUE(holds_become(0));
}

TEST_F(HoldEnd, of_all_comes_in_order_when_the_service_is_stopped) {
    set_rules(rule(set_realtime, "YES"));
    const Target own{"alice", {"threads", "2"}};
    const Target other{"alice", {"threads", "2"}};
    set_all(own.pid(), "best-effort:6");
    const auto hold = alice.copy(alice.hold(own.pid(), "realtime:0"));
    alice.hold(own.pid(), "best-effort:1");
    alice.hold(other.pid(), "idle");
    EXPECT_EQ(told_by(hold), "");
    const auto daemon = daemon_pid().value();
    kill(daemon, SIGTERM);
    ASSERT_TRUE(wait_for_end(daemon));
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:6", 2}}));
    EXPECT_EQ(other.priorities(), (Breakdown{{"none", 2}}));
    EXPECT_EQ(told_by(hold), "lost");
    EXPECT_EQ(holds(), 0U);  // starts it again
}

/// Without systemd nobody keeps the descriptors: the service that is started again ends all holds.
TEST_F(HoldEnd, comes_when_the_service_that_was_killed_is_started_again) {
    set_rules(rule(set_realtime, "YES"));
    Actor own{"alice"};
    set_thread(own.pid(), "best-effort:6");
    const auto hold = alice.copy(alice.hold(own.pid(), "realtime:0"));
    const auto above = alice.copy(alice.hold(own.pid(), "idle"));
    own.thread();
    const Target other{"alice", {"threads", "2"}};
    alice.hold(other.pid(), "realtime:3");
    set_thread(threads_of(other.pid()).at(1), "best-effort:1");
    const auto daemon = daemon_pid().value();
    kill(daemon, SIGKILL);
    ASSERT_TRUE(wait_for_end(daemon));
    EXPECT_EQ(told_by(hold), "lost");  // the holder can tell
    EXPECT_EQ(told_by(above), "lost");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 2}}));
    EXPECT_TRUE(eventually([] { return daemon_pid() == std::nullopt; }));
    EXPECT_EQ(holds(), 0U);  // starts it again
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:6", 2}}));
    EXPECT_EQ(other.priorities(), (Breakdown{{"best-effort:1", 1}, {"none", 1}}));
    alice.hold(own.pid(), "idle");
    EXPECT_EQ(holds(), 1U);
}

TEST_F(HoldEnd, after_a_kill_does_not_touch_another_process_that_has_the_number_now) {
    auto own = std::make_unique<Actor>("alice");
    const auto number = own->pid();
    alice.hold(number, "idle");
    const auto daemon = daemon_pid().value();
    kill(daemon, SIGKILL);
    ASSERT_TRUE(wait_for_end(daemon));
    own->child().finish();
    // So that it has been started at another tick of the clock that tells processes of one number apart.
    const auto now = std::chrono::steady_clock::now();
    ASSERT_TRUE(eventually([now] { return std::chrono::steady_clock::now() - now > std::chrono::milliseconds{20}; }));
    next_process_gets(number);
    Actor another{"bob"};
    ASSERT_EQ(another.pid(), number);
    set_thread(number, "idle");
    EXPECT_EQ(holds(), 0U);
    EXPECT_EQ(another.priorities(), (Breakdown{{"idle", 1}}));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
