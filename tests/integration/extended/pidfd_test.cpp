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
using testing::StartsWith;

std::string set_call(const std::string& descriptor, const std::string& priority) {
    return "SetProcessByPidfd hsua " + descriptor + ' ' + words_of(priority) + " 0";
}

std::string describe_call(const std::string& descriptor) {
    return "DescribeProcessByPidfd h " + descriptor;
}

std::string pidfd(pid_t pid) {
    return "pidfd:" + std::to_string(pid);
}

class Pidfd : public testing::Test {
 protected:
    Client alice{"alice"};
    PolkitMonitor polkit;
};

TEST_F(Pidfd, of_anothers_process_is_refused_without_authorization) {
    const Target bobs{"bob", {"threads", "3"}};
    EXPECT_EQ(alice.call(set_call(pidfd(bobs.pid()), "idle")), error::interaction_required);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users));
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 3}}));
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(alice.call(set_call(pidfd(bobs.pid()), "idle")), "ok 1 3");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
}

TEST_F(Pidfd, of_ones_own_process_or_tree_is_set) {
    Actor own{"alice"};
    own.fork();
    EXPECT_EQ(alice.call(set_call(pidfd(own.pid()), "idle")), "ok 1 1");
    EXPECT_EQ(priorities_of_tree(own.pid()), (Breakdown{{"idle", 1}, {"none", 1}}));
    EXPECT_EQ(alice.call("SetProcessByPidfd hsua " + pidfd(own.pid()) + " best-effort 2 1 descendants b true"),
              "ok 2 2");
    EXPECT_EQ(priorities_of_tree(own.pid()), (Breakdown{{"best-effort:2", 2}}));
    EXPECT_THAT(polkit.actions(), IsEmpty());
    EXPECT_THAT(alice.call(describe_call(pidfd(own.pid()))).words, StartsWith("ok breakdown best-effort:2 1 "));
}

TEST_F(Pidfd, of_a_process_that_has_ended_is_refused) {
    EXPECT_EQ(alice.call(set_call("dead", "idle")), error::no_such_process);
    EXPECT_EQ(alice.call(describe_call("dead")), error::no_such_process);
    const Target zombie{"alice", {"zombie"}};
    EXPECT_EQ(alice.call(set_call(pidfd(zombie.pid()), "idle")), error::no_such_process);
}

TEST_F(Pidfd, that_is_something_else_is_refused) {
    for (const std::string other : {"file:/etc/passwd", "file:/proc", "file:/proc/self", "file:/dev/null", "pipe",
                                    "socket", "file:/proc/self/fdinfo/0", "file:/proc/self/stat"}) {
        const auto answer = alice.call(set_call(other, "idle"));
        EXPECT_EQ(answer, error::invalid_args) << other;
        EXPECT_THAT(answer.text, HasSubstr("pidfd_open")) << other;
        EXPECT_EQ(alice.call(describe_call(other)), error::invalid_args) << other;
    }
}

TEST_F(Pidfd, that_is_a_file_of_a_silent_file_system_is_refused_and_holds_nobody_up) {
    const MuteFile mute;
    Client root{"root"};
    EXPECT_EQ(root.call(set_call("file:" + mute.path(), "idle")), error::invalid_args);
    EXPECT_EQ(root.call(describe_call("file:" + mute.path())), error::invalid_args);
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
    for (const std::string call :
         {"SetProcess usua 1 idle 0 0", "SetProcess usua 1 idle 0 1 descendants b true", "HoldProcess usua 1 idle 0 0",
          "SetProcessGroup usua 1 idle 0 0", "DescribeProcess u 1", "DescribeProcessGroup u 1"}) {
        const auto answer = alice.call(call);
        EXPECT_EQ(answer, error::foreign_pid_namespace) << call;
        EXPECT_THAT(answer.text, HasSubstr("pidfd")) << call;
    }
    EXPECT_EQ(alice.set(own.pid(), "idle"), error::foreign_pid_namespace);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 3}}));
    EXPECT_EQ(priority_of_thread(1), "none");
}

TEST_F(ForeignCaller, is_understood_by_descriptor) {
    ASSERT_NE(alice.pid(), 1);
    EXPECT_EQ(alice.call(set_call("pidfd:1", "realtime:0")), error::interaction_required);
    EXPECT_EQ(priorities_of(alice.pid()), (Breakdown{{"none", 1}}));
    EXPECT_EQ(polkit.checks().at(0).details.at("pid"), std::to_string(alice.pid()));
    EXPECT_EQ(alice.call(set_call("pidfd:1", "idle")), "ok 1 1");
    EXPECT_EQ(priorities_of(alice.pid()), (Breakdown{{"idle", 1}}));
    EXPECT_EQ(priority_of_thread(1), "none");
    EXPECT_THAT(alice.call(describe_call("pidfd:1")).words, StartsWith("ok breakdown idle 1 "));
}

TEST_F(ForeignCaller, is_itself_by_zero) {
    EXPECT_EQ(alice.set(0, "best-effort:7"), "ok 1 1");
    EXPECT_EQ(priorities_of(alice.pid()), (Breakdown{{"best-effort:7", 1}}));
    EXPECT_THAT(alice.call("DescribeProcess u 0").words, StartsWith("ok breakdown best-effort:7 1 "));
    const int lease = alice.hold(0, "idle");
    EXPECT_EQ(priorities_of(alice.pid()), (Breakdown{{"idle", 1}}));
    alice.close(lease);
    EXPECT_TRUE(becomes(alice.pid(), {{"best-effort:7", 1}}));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
