// SPDX-License-Identifier: LGPL-2.1-or-later
// Leases: a priority for as long as a descriptor is open.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "cast.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Lease : public testing::Test {
 protected:
    Client alice{"alice"};
    PolkitMonitor polkit;
};

TEST_F(Lease, on_anothers_process_is_refused_without_authorization) {
    const Target bobs{"bob", {"threads", "3"}};
    EXPECT_EQ(alice.try_hold(bobs.pid(), "idle"), error::interaction_required);
    EXPECT_EQ(alice.try_hold(bobs.pid(), "realtime:0"), error::interaction_required);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users, set_other_users_realtime));
    set_rules(rule(set_other_users, "NO"));
    EXPECT_EQ(alice.try_hold(bobs.pid(), "idle"), error::access_denied);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 3}}));
    EXPECT_EQ(leases(), 0U);
}

TEST_F(Lease, of_realtime_on_ones_own_process_is_refused_without_authorization) {
    const Target own{"alice", {"threads", "3"}};
    EXPECT_EQ(alice.try_hold(own.pid(), "realtime:0"), error::interaction_required);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_realtime));
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 3}}));
    EXPECT_EQ(leases(), 0U);
}

TEST_F(Lease, on_nobody_or_with_wrong_arguments_is_refused) {
    EXPECT_EQ(alice.try_hold(4194303, "idle"), error::no_such_process);
    EXPECT_EQ(alice.try_hold(alice.pid(), "idle:1"), error::invalid_args);
    EXPECT_EQ(alice.call("HoldProcess usua 2147483648 idle 0 0"), error::invalid_args);
    EXPECT_EQ(leases(), 0U);
}

TEST_F(Lease, that_is_closed_gives_each_thread_what_it_had) {
    const Target own{"alice", {"threads", "3"}};
    set_thread(threads_of(own.pid()).at(1), "best-effort:2");
    set_thread(threads_of(own.pid()).at(2), "idle");
    const int lease = alice.hold(own.pid(), "idle");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_EQ(leases(), 1U);
    alice.close(lease);
    EXPECT_TRUE(becomes(own.pid(), {{"none", 1}, {"best-effort:2", 1}, {"idle", 1}}));
    EXPECT_EQ(priority_of_thread(own.pid()), "none");
    EXPECT_TRUE(leases_become(0));
    EXPECT_THAT(polkit.actions(), IsEmpty());
}

TEST_F(Lease, has_a_line_of_the_log_for_its_end_as_for_its_beginning) {
    const Target own{"alice", {"threads", "3"}};
    const auto who = "process " + own.id() + " (target) of user " + std::to_string(uid_of("alice")) + ": ";
    const auto first = alice.hold(own.pid(), "best-effort:2");
    const auto second = alice.hold(own.pid(), "idle");
    alice.close(second);
    EXPECT_TRUE(becomes(own.pid(), {{"best-effort:2", 3}}));
    alice.close(first);
    EXPECT_TRUE(becomes(own.pid(), {{"none", 3}}));
    EXPECT_TRUE(leases_become(0));
    const auto end = " for user " + std::to_string(uid_of("alice")) + " (the end of a hold), action -, 3 threads: ok\n";
    EXPECT_THAT(daemon_log(), HasSubstr(who + "idle -> best-effort:2" + end));
    EXPECT_THAT(daemon_log(), HasSubstr(who + "best-effort:2 -> what each thread had" + end));
}

TEST_F(Lease, ends_with_its_holder) {
    const Target own{"alice", {"threads", "2"}};
    Client leaving{"alice"};
    leaving.hold(own.pid(), "idle");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 2}}));
    leaving.child().finish();
    EXPECT_TRUE(becomes(own.pid(), {{"none", 2}}));
}

TEST_F(Lease, ends_with_its_holder_who_is_killed) {
    const Target own{"alice", {"threads", "2"}};
    Client killed{"alice"};
    killed.hold(own.pid(), "idle");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 2}}));
    killed.child().signal(SIGKILL);
    EXPECT_TRUE(becomes(own.pid(), {{"none", 2}}));
    EXPECT_TRUE(leases_become(0));
}

TEST_F(Lease, goes_on_while_a_copy_of_its_descriptor_is_open) {
    const Target own{"alice", {"threads", "2"}};
    Client killed{"alice"};
    auto copy = killed.copy(killed.hold(own.pid(), "idle"));
    killed.leave_bus();
    killed.child().signal(SIGKILL);
    ASSERT_TRUE(wait_for_end(killed.child().pid()));
    alice.call("DescribeProcess u 0");  // by when the daemon has seen it, if there were something to see
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 2}}));
    EXPECT_EQ(leases(), 1U);
    copy.reset();
    EXPECT_TRUE(becomes(own.pid(), {{"none", 2}}));
}

TEST_F(Lease, of_one_who_left_the_bus_before_the_answer_ends) {
    const Target bobs{"bob", {"threads", "2"}};
    Client leaving{"alice"};
    Agent agent{{leaving.pid()}, {"--hold"}};
    leaving.send("HoldProcess usua " + bobs.id() + " idle 0 0", Dialog::allowed);
    agent.prompt();
    leaving.leave_bus();
    EXPECT_EQ(agent.end(), "withdrawn");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 2}}));
    EXPECT_EQ(leases(), 0U);
}

TEST_F(Lease, has_a_descriptor_that_tells_nothing_until_it_is_lost_and_closes_on_exec) {
    const Target own{"alice", {"threads", "2"}};
    const auto copy = alice.copy(alice.hold(own.pid(), "idle"));
    pollfd event{copy.get(), POLLIN, 0};
    EXPECT_EQ(poll(&event, 1, 0), 0);
}

TEST_F(Lease, is_also_for_oneself) {
    const int lease = alice.hold(0, "idle");
    EXPECT_EQ(priorities_of(alice.pid()), (Breakdown{{"idle", 1}}));
    alice.close(lease);
    EXPECT_TRUE(becomes(alice.pid(), {{"none", 1}}));
}

TEST_F(Lease, of_realtime_is_gone_when_it_ends) {
    const Target own{"alice", {"threads", "3"}};
    set_rules(rule(set_realtime, "YES"));
    const int lease = alice.hold(own.pid(), "realtime:1");
    EXPECT_EQ(own.priorities(), (Breakdown{{"realtime:1", 3}}));
    alice.close(lease);
    EXPECT_TRUE(becomes(own.pid(), {{"none", 3}}));
}

TEST_F(Lease, gives_threads_born_meanwhile_what_the_process_had) {
    Actor own{"alice"};
    set_thread(own.pid(), "best-effort:6");
    const int lease = alice.hold(own.pid(), "idle");
    own.thread();
    own.thread();
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 3}}));
    alice.close(lease);
    EXPECT_TRUE(becomes(own.pid(), {{"best-effort:6", 3}}));
}

TEST_F(Lease, on_a_process_that_starts_threads_all_the_time_leaves_none_behind) {
    Target births{"alice", {"births", "30"}};
    const int lease = alice.hold(births.pid(), "idle");
    alice.close(lease);
    ASSERT_TRUE(leases_become(0));
    births.freeze();
    EXPECT_TRUE(eventually([&] { return births.priorities().size() == 1; }));
    EXPECT_EQ(births.priorities().count("none"), 1U);
}

TEST_F(Lease, leaves_alone_a_thread_that_somebody_changed_since) {
    const Target own{"alice", {"threads", "3"}};
    const int lease = alice.hold(own.pid(), "idle");
    set_thread(own.pid(), "best-effort:1");
    alice.close(lease);
    EXPECT_TRUE(becomes(own.pid(), {{"best-effort:1", 1}, {"none", 2}}));
}

TEST_F(Lease, is_not_enforced_against_a_change_of_its_owner) {
    const Target own{"alice", {"threads", "2"}};
    const int lease = alice.hold(own.pid(), "idle");
    EXPECT_EQ(alice.set(own.pid(), "best-effort:3"), "ok 1 2");
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:3", 2}}));
    alice.close(lease);
    ASSERT_TRUE(leases_become(0));
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:3", 2}}));
}

/// What somebody set for good while a lease was held stays, even where the values are alike.
class OverruledLease : public Lease, public testing::WithParamInterface<const char*> {};

TEST_P(OverruledLease, puts_nothing_back) {
    Actor bobs{"bob"};
    bobs.thread();
    set_all(bobs.pid(), "best-effort:5");
    set_rules(rule(set_other_users, "YES"));
    const int lease = alice.hold(bobs.pid(), "idle");
    Client admin{"admin"};
    std::string call = GetParam();
    call.replace(call.find('@'), 1, std::to_string(call.starts_with("SetUser") ? uid_of("bob") : uid_t(bobs.pid())));
    const auto answer = admin.call(call);
    ASSERT_TRUE(answer.words.starts_with("ok ")) << answer;
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 2}}));
    alice.close(lease);
    ASSERT_TRUE(leases_become(0));
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 2}}));
}

INSTANTIATE_TEST_SUITE_P(By, OverruledLease,
                         testing::Values("SetProcess usua @ idle 0 0", "SetProcess usua @ idle 0 1 descendants b true",
                                         "SetProcessByPidfd hsua pidfd:@ idle 0 0", "SetUser usua @ idle 0 0"));

TEST_F(Lease, is_overruled_only_by_a_change_that_was_made) {
    const Target bobs{"bob", {"threads", "2"}};
    set_rules(rule(set_other_users, "YES"));
    const int lease = alice.hold(bobs.pid(), "idle");
    Client carol{"carol"};
    EXPECT_EQ(carol.set(bobs.pid(), "realtime:0"), error::interaction_required);
    alice.close(lease);
    EXPECT_TRUE(becomes(bobs.pid(), {{"none", 2}}));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
