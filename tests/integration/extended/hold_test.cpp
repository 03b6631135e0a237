// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Holds: a priority for as long as a descriptor is open.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <functional>

#include "cast.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Hold : public testing::Test {
 protected:
    Client alice{"alice"};
    PolkitMonitor polkit;
};

TEST_F(Hold, on_anothers_process_is_refused_without_authorization) {
    const Target bobs{"bob", {"threads", "3"}};
    EXPECT_EQ(alice.try_hold(bobs.pid(), "idle"), error::interaction_required);
    EXPECT_EQ(alice.try_hold(bobs.pid(), "realtime:0"), error::interaction_required);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users, set_other_users_realtime));
    set_rules(rule(set_other_users, "NO"));
    EXPECT_EQ(alice.try_hold(bobs.pid(), "idle"), error::access_denied);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 3}}));
    EXPECT_EQ(holds(), 0U);
}

TEST_F(Hold, of_realtime_on_ones_own_process_is_refused_without_authorization) {
    const Target own{"alice", {"threads", "3"}};
    EXPECT_EQ(alice.try_hold(own.pid(), "realtime:0"), error::interaction_required);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_realtime));
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 3}}));
    EXPECT_EQ(holds(), 0U);
}

TEST_F(Hold, on_nobody_or_with_wrong_arguments_is_refused) {
    EXPECT_EQ(alice.try_hold(4194303, "idle"), error::no_such_process);
    EXPECT_EQ(alice.try_hold(alice.pid(), "idle:1"), error::invalid_args);
    EXPECT_EQ(alice.try_hold(On{"process", "u 2147483648"}, "idle"), error::invalid_args);
    EXPECT_EQ(holds(), 0U);
}

TEST_F(Hold, that_is_closed_gives_each_thread_what_it_had) {
    const Target own{"alice", {"threads", "3"}};
    set_thread(threads_of(own.pid()).at(1), "best-effort:2");
    set_thread(threads_of(own.pid()).at(2), "idle");
    const int hold = alice.hold(own.pid(), "idle");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_EQ(holds(), 1U);
    alice.close(hold);
    EXPECT_TRUE(becomes(own.pid(), {{"none", 1}, {"best-effort:2", 1}, {"idle", 1}}));
    EXPECT_EQ(priority_of_thread(own.pid()), "none");
    EXPECT_TRUE(holds_become(0));
    EXPECT_THAT(polkit.actions(), IsEmpty());
}

TEST_F(Hold, has_a_line_of_the_log_for_its_end_as_for_its_beginning) {
    const Target own{"alice", {"threads", "3"}};
    const auto who = "process " + own.id() + " (target) of alice (uid " + std::to_string(uid_of("alice")) + "): ";
    const auto first = alice.hold(own.pid(), "best-effort:2");
    const auto second = alice.hold(own.pid(), "idle");
    alice.close(second);
    EXPECT_TRUE(becomes(own.pid(), {{"best-effort:2", 3}}));
    alice.close(first);
    EXPECT_TRUE(becomes(own.pid(), {{"none", 3}}));
    EXPECT_TRUE(holds_become(0));
    const auto user = "alice (uid " + std::to_string(uid_of("alice"));
    const auto end = ", end of a hold of " + user + "), action -, 3 threads: ok\n";
    // Both are gone from the count before their last threads are, and in any order.
    for (const auto& line :
         {who + "idle -> best-effort:2" + end, who + "best-effort:2 -> what each thread had" + end}) {
        EXPECT_TRUE(eventually([&] { return daemon_log().find(line) != std::string::npos; })) << daemon_log();
    }
    EXPECT_THAT(daemon_log(), testing::ContainsRegex(
                                  "none -> best-effort:2, held by alice .uid [0-9]+, :[0-9.]+, [^ ]+, action -, 3"));
}

TEST_F(Hold, ends_with_its_holder) {
    const Target own{"alice", {"threads", "2"}};
    Client leaving{"alice"};
    leaving.hold(own.pid(), "idle");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 2}}));
    leaving.child().finish();
    EXPECT_TRUE(becomes(own.pid(), {{"none", 2}}));
}

TEST_F(Hold, ends_with_its_holder_who_is_killed) {
    const Target own{"alice", {"threads", "2"}};
    Client killed{"alice"};
    killed.hold(own.pid(), "idle");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 2}}));
    killed.child().signal(SIGKILL);
    EXPECT_TRUE(becomes(own.pid(), {{"none", 2}}));
    EXPECT_TRUE(holds_become(0));
}

TEST_F(Hold, goes_on_while_a_copy_of_its_descriptor_is_open) {
    const Target own{"alice", {"threads", "2"}};
    Client killed{"alice"};
    auto copy = killed.copy(killed.hold(own.pid(), "idle"));
    killed.leave_bus();
    killed.child().signal(SIGKILL);
    ASSERT_TRUE(wait_for_end(killed.child().pid()));
    alice.describe(0);  // by when the daemon has seen it, if there were something to see
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 2}}));
    EXPECT_EQ(holds(), 1U);
    copy.reset();
    EXPECT_TRUE(becomes(own.pid(), {{"none", 2}}));
}

TEST_F(Hold, of_one_who_left_the_bus_before_the_answer_ends) {
    const Target bobs{"bob", {"threads", "2"}};
    Client leaving{"alice"};
    Agent agent{{leaving.pid()}, {"--hold"}};
    leaving.send_hold(bobs.pid(), "idle", Dialog::allowed);
    agent.prompt();
    leaving.leave_bus();
    EXPECT_EQ(agent.end(), "withdrawn");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 2}}));
    EXPECT_EQ(holds(), 0U);
}

TEST_F(Hold, has_a_descriptor_to_read_from_that_tells_nothing_until_something_happens) {
    const Target own{"alice", {"threads", "2"}};
    const auto copy = alice.copy(alice.hold(own.pid(), "idle"));
    EXPECT_EQ(told_by(copy), "");
    EXPECT_EQ(fcntl(copy.get(), F_GETFL) & O_ACCMODE, O_RDONLY);
    char byte{};
    EXPECT_EQ(write(copy.get(), &byte, 1), -1);  // it is the reading end: nobody gives the service something to read
}

TEST_F(Hold, is_also_for_oneself) {
    const int hold = alice.hold(0, "idle");
    EXPECT_EQ(priorities_of(alice.pid()), (Breakdown{{"idle", 1}}));
    alice.close(hold);
    EXPECT_TRUE(becomes(alice.pid(), {{"none", 1}}));
}

TEST_F(Hold, of_realtime_is_gone_when_it_ends) {
    const Target own{"alice", {"threads", "3"}};
    set_rules(rule(set_realtime, "YES"));
    const int hold = alice.hold(own.pid(), "realtime:1");
    EXPECT_EQ(own.priorities(), (Breakdown{{"realtime:1", 3}}));
    alice.close(hold);
    EXPECT_TRUE(becomes(own.pid(), {{"none", 3}}));
}

TEST_F(Hold, gives_threads_born_meanwhile_what_the_process_had) {
    Actor own{"alice"};
    set_thread(own.pid(), "best-effort:6");
    const int hold = alice.hold(own.pid(), "idle");
    own.thread();
    own.thread();
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 3}}));
    alice.close(hold);
    EXPECT_TRUE(becomes(own.pid(), {{"best-effort:6", 3}}));
}

TEST_F(Hold, on_a_process_that_starts_threads_all_the_time_leaves_none_behind) {
    Target births{"alice", {"births", "30"}};
    const int hold = alice.hold(births.pid(), "idle");
    alice.close(hold);
    ASSERT_TRUE(holds_become(0));
    births.freeze();
    EXPECT_TRUE(eventually([&] { return births.priorities().size() == 1; }));
    EXPECT_EQ(births.priorities().count("none"), 1U);
}

TEST_F(Hold, leaves_alone_a_thread_that_somebody_changed_since) {
    const Target own{"alice", {"threads", "3"}};
    const int hold = alice.hold(own.pid(), "idle");
    set_thread(own.pid(), "best-effort:1");
    alice.close(hold);
    EXPECT_TRUE(becomes(own.pid(), {{"best-effort:1", 1}, {"none", 2}}));
}

TEST_F(Hold, is_not_enforced_against_a_change_of_its_owner) {
    const Target own{"alice", {"threads", "2"}};
    const int hold = alice.hold(own.pid(), "idle");
    EXPECT_EQ(alice.set(own.pid(), "best-effort:3"), "ok 1 2");
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:3", 2}}));
    alice.close(hold);
    ASSERT_TRUE(holds_become(0));
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:3", 2}}));
}

/// What somebody set for good while a hold was held stays, even where the values are alike.
struct Overruling {
    const char* by;
    std::function<On(pid_t)> target;
};
class OverruledHold : public Hold, public testing::WithParamInterface<Overruling> {};

TEST_P(OverruledHold, puts_nothing_back_and_says_so_with_one_byte) {
    Actor bobs{"bob"};
    bobs.does("group");
    bobs.thread();
    set_all(bobs.pid(), "best-effort:5");
    set_rules(rule(set_other_users, "YES"));
    const int hold = alice.hold(bobs.pid(), "idle");
    const auto copy = alice.copy(hold);
    Client admin{"admin"};
    EXPECT_EQ(admin.set(GetParam().target(bobs.pid()), "idle"), "ok 1 2");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 2}}));
    EXPECT_EQ(told_by(copy), "overruled");
    EXPECT_EQ(admin.set(GetParam().target(bobs.pid()), "idle"), "ok 1 2");
    int bytes = 0;
    EXPECT_EQ(ioctl(copy.get(), FIONREAD, &bytes), 0);
    EXPECT_EQ(bytes, 1);  // it is told once
    alice.close(hold);
    EXPECT_EQ(holds(), 1U);  // the copy
}

TEST_P(OverruledHold, leaves_what_was_set_at_its_end) {
    Actor bobs{"bob"};
    bobs.does("group");
    bobs.thread();
    set_all(bobs.pid(), "best-effort:5");
    set_rules(rule(set_other_users, "YES"));
    const int hold = alice.hold(bobs.pid(), "idle");
    EXPECT_EQ(Client{"admin"}.set(GetParam().target(bobs.pid()), "idle"), "ok 1 2");
    alice.end(hold);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 2}}));
}

INSTANTIATE_TEST_SUITE_P(By, OverruledHold,
                         testing::Values(Overruling{"process", on::process}, Overruling{"tree", on::tree},
                                         Overruling{"pidfd", on::pidfd},
                                         Overruling{"list",
                                                    [](pid_t pid) {
                                                        return on::processes({pid, pid});
                                                    }},
                                         Overruling{"group", on::group},
                                         Overruling{"user", [](pid_t) { return on::user("bob"); }}),
                         [](const auto& each) { return std::string{each.param.by}; });

TEST_F(Hold, is_overruled_only_by_a_change_that_was_made) {
    const Target bobs{"bob", {"threads", "2"}};
    set_rules(rule(set_other_users, "YES"));
    const int hold = alice.hold(bobs.pid(), "idle");
    Client carol{"carol"};
    EXPECT_EQ(carol.set(bobs.pid(), "realtime:0"), error::interaction_required);
    alice.close(hold);
    EXPECT_TRUE(becomes(bobs.pid(), {{"none", 2}}));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
