// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Processes named by a descriptor, and callers whose numbers mean other processes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cast.hpp"
#include "mute_file.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Pidfd : public testing::Test {
 protected:
    Client alice{"alice"};
    PolkitMonitor polkit;
};

TEST_F(Pidfd, of_anothers_process_is_refused_without_authorization) {
    const Target bobs{"bob", {"threads", "3"}};
    EXPECT_EQ(alice.set(on::pidfd(bobs.pid()), "idle"), error::interaction_required);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users));
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 3}}));
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(alice.set(on::pidfd(bobs.pid()), "idle"), "ok 1 3");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
}

TEST_F(Pidfd, of_ones_own_process_or_tree_is_set) {
    Actor own{"alice"};
    own.fork();
    EXPECT_EQ(alice.set(on::pidfd(own.pid()), "idle"), "ok 1 1");
    EXPECT_EQ(priorities_of_tree(own.pid()), (Breakdown{{"idle", 1}, {"none", 1}}));
    EXPECT_EQ(alice.set(on::pidfd(own.pid()).with("descendants"), "best-effort:2"), "ok 2 2");
    EXPECT_EQ(priorities_of_tree(own.pid()), (Breakdown{{"best-effort:2", 2}}));
    EXPECT_THAT(polkit.actions(), IsEmpty());
    EXPECT_EQ(alice.describe(on::pidfd(own.pid()))["breakdown/best-effort:2"], "1");
}

TEST_F(Pidfd, of_a_process_that_has_ended_is_refused) {
    EXPECT_EQ(alice.set(on::descriptor("dead"), "idle"), error::no_such_process);
    EXPECT_EQ(alice.describe(on::descriptor("dead")), error::no_such_process);
    const Target zombie{"alice", {"zombie"}};
    EXPECT_EQ(alice.set(on::pidfd(zombie.pid()), "idle"), error::no_such_process);
}

TEST_F(Pidfd, that_is_something_else_is_refused) {
    for (const std::string other : {"file:/etc/passwd", "file:/proc", "file:/proc/self", "file:/dev/null", "pipe",
                                    "socket", "file:/proc/self/fdinfo/0", "file:/proc/self/stat"}) {
        const auto answer = alice.set(on::descriptor(other), "idle");
        EXPECT_EQ(answer, error::invalid_args) << other;
        EXPECT_THAT(answer.text, HasSubstr("pidfd_open")) << other;
        EXPECT_EQ(alice.describe(on::descriptor(other)), error::invalid_args) << other;
    }
}

TEST_F(Pidfd, that_is_a_file_of_a_silent_file_system_is_refused_and_holds_nobody_up) {
    const MuteFile mute;
    Client root{"root"};
    EXPECT_EQ(root.set(on::descriptor("file:" + mute.path()), "idle"), error::invalid_args);
    EXPECT_EQ(root.describe(on::descriptor("file:" + mute.path())), error::invalid_args);
    EXPECT_EQ(alice.set(alice.pid(), "idle"), "ok 1 1");
}

/// A caller in a pid namespace of its own, in which it is process 1.
class ForeignCaller : public testing::Test {
 protected:
    Client alice{
        "root",
        {"unshare", "--pid", "--fork", "--kill-child", "setpriv", "--reuid=alice", "--regid=alice", "--init-groups"}};
    PolkitMonitor polkit;
};

TEST_F(ForeignCaller, is_refused_numbers) {
    const Target own{"alice", {"threads", "3"}};
    for (const auto& target : {on::process(1), on::tree(1), on::processes({1}), on::group(1)}) {
        for (const auto& reply : {alice.set(target, "idle"), alice.try_hold(target, "idle"), alice.describe(target)}) {
            EXPECT_EQ(reply, error::foreign_pid_namespace) << target.target();
            EXPECT_THAT(reply.text, HasSubstr("pidfd")) << target.target();
        }
    }
    EXPECT_EQ(alice.set(own.pid(), "idle"), error::foreign_pid_namespace);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 3}}));
    EXPECT_EQ(priority_of_thread(1), "none");
}

TEST_F(ForeignCaller, is_understood_by_descriptor) {
    ASSERT_NE(alice.pid(), 1);
    EXPECT_EQ(alice.set(on::descriptor("pidfd:1"), "realtime:0"), error::interaction_required);
    EXPECT_EQ(priorities_of(alice.pid()), (Breakdown{{"none", 1}}));
    EXPECT_EQ(polkit.checks().at(0).details.at("pid"), std::to_string(alice.pid()));
    EXPECT_EQ(alice.set(on::descriptor("pidfd:1"), "idle"), "ok 1 1");
    EXPECT_EQ(priorities_of(alice.pid()), (Breakdown{{"idle", 1}}));
    EXPECT_EQ(priority_of_thread(1), "none");
    EXPECT_EQ(alice.describe(on::descriptor("pidfd:1"))["breakdown/idle"], "1");
}

TEST_F(ForeignCaller, is_itself_by_zero) {
    EXPECT_EQ(alice.set(0, "best-effort:7"), "ok 1 1");
    EXPECT_EQ(priorities_of(alice.pid()), (Breakdown{{"best-effort:7", 1}}));
    EXPECT_EQ(alice.describe(0)["breakdown/best-effort:7"], "1");
    const int hold = alice.hold(0, "idle");
    EXPECT_EQ(priorities_of(alice.pid()), (Breakdown{{"idle", 1}}));
    alice.close(hold);
    EXPECT_TRUE(becomes(alice.pid(), {{"best-effort:7", 1}}));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
