// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// A daemon that nobody calls leaves, and no call is lost at that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* idle_seconds = "0.003";

TEST(IdleDaemon, does_not_leave_while_a_dialog_is_open) {
    const Target bobs{"bob", {"threads", "2"}};
    Caller alice{"alice"};
    Agent agent{{alice.pid()}, {"--hold"}};
    const int call = alice.send("SetProcess usu " + bobs.id() + " idle 0", Dialog::allowed);
    agent.prompt();
    if (const auto daemon = daemon_pid()) {  // else the call came as it was leaving: it has no name, and must answer
        EXPECT_FALSE(wait_for_end(*daemon, 500ms));
    }
    agent.type(password());
    EXPECT_EQ(alice.answer(call), "ok 2");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 2}}));
}

TEST(IdleDaemon, leaves_and_is_started_again_by_the_next_call) {
    const Target own{"alice", {"threads", "2"}};
    Caller alice{"alice"};
    EXPECT_EQ(alice.get(own.pid()), "ok none 0");
    const auto first = daemon_pid();
    if (first) {  // else it has left already, as it should
        EXPECT_TRUE(wait_for_end(*first));
    }
    EXPECT_TRUE(eventually([] { return daemon_pid() == std::nullopt; }));
    EXPECT_EQ(alice.set_process(own.pid(), "idle", 0), "ok 2");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 2}}));
    const auto second = daemon_pid();
    EXPECT_TRUE(!second || second != first);
}

TEST(IdleDaemon, loses_no_call_that_comes_as_it_leaves) {
    Caller alice{"alice"};
    Caller bob{"bob"};
    for (int i = 0; i < 100; ++i) {
        const Target target{"alice", {"threads", "2"}};  // takes about as long as the daemon waits
        const int first = alice.send("SetProcess usu " + target.id() + " idle 0");
        EXPECT_TRUE(bob.get(target.pid()).words.starts_with("ok ")) << i;
        EXPECT_EQ(alice.answer(first), "ok 2") << i;
        EXPECT_EQ(target.priorities(), (Breakdown{{"idle", 2}}));
    }
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv, {"--idle-timeout", iopriority::test::idle_seconds});
}
