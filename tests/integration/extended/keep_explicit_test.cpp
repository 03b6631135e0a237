// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// The option that leaves what was chosen deliberately, for every kind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "cast.hpp"
#include "scene.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class KeepExplicit : public testing::Test {
 protected:
    Reply set_keeping(const std::string& user, const std::string& priority) {
        return alice.set(on::user(user).with("keep-explicit"), priority);
    }

    Client alice{"alice"};
    PolkitMonitor polkit;
};

TEST_F(KeepExplicit, is_refused_for_another_user_without_authorization) {
    const Target bobs{"bob", {"threads", "3"}};
    EXPECT_EQ(set_keeping("bob", "idle"), error::interaction_required);
    EXPECT_EQ(set_keeping("bob", "realtime:1"), error::interaction_required);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users, set_other_users_realtime));
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 3}}));
}

TEST_F(KeepExplicit, leaves_each_thread_that_has_a_priority_of_its_own) {
    const Target mixed{"bob", {"threads", "4"}};
    const Target chosen{"bob", {"threads", "2"}};
    const Target nothing_set{"bob", {"threads", "3"}};
    set_thread(threads_of(mixed.pid()).at(0), "best-effort:1");
    set_thread(threads_of(mixed.pid()).at(3), "realtime:7");
    set_all(chosen.pid(), "best-effort:0");
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(set_keeping("bob", "idle"), "ok 3 5");
    EXPECT_EQ(mixed.priorities(), (Breakdown{{"best-effort:1", 1}, {"idle", 2}, {"realtime:7", 1}}));
    EXPECT_EQ(chosen.priorities(), (Breakdown{{"best-effort:0", 2}}));
    EXPECT_EQ(nothing_set.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users));
}

TEST_F(KeepExplicit, that_is_false_flattens_as_without) {
    const Target own{"alice", {"threads", "2"}};
    set_thread(own.pid(), "best-effort:1");
    EXPECT_EQ(alice.set(on::user("alice").with("keep-explicit", false), "idle"), "ok 2 3");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 2}}));
    set_thread(own.pid(), "best-effort:1");
    EXPECT_EQ(alice.set(on::user("alice"), "none"), "ok 2 3");
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
}

TEST_F(KeepExplicit, covers_ones_own_setuid_programs_without_asking_polkit) {
    const Target setuid{"root", {"uids", std::to_string(uid_of("alice")), "0"}};
    EXPECT_EQ(set_keeping("alice", "idle"), "ok 2 2");
    EXPECT_EQ(setuid.priorities(), (Breakdown{{"idle", 1}}));
    EXPECT_THAT(polkit.actions(), IsEmpty());
}

TEST_F(KeepExplicit, sets_what_is_born_meanwhile) {
    Actor storm{"alice"};
    storm.does("storm 2");
    const auto answer = set_keeping("alice", "idle");
    EXPECT_TRUE(answer.words.starts_with("ok ")) << answer;
    storm.does("calm");
    const auto all = priorities_of_tree(storm.pid());
    EXPECT_EQ(all.size(), 1U) << testing::PrintToString(all);
}

TEST_F(KeepExplicit, leaves_kernel_threads_and_process_one_alone) {
    const Target roots{"root", {"threads", "2"}};
    set_rules(rule(set_other_users, "YES"));
    EXPECT_TRUE(set_keeping("root", "best-effort:6").words.starts_with("ok "));
    EXPECT_EQ(roots.priorities(), (Breakdown{{"best-effort:6", 2}}));
    EXPECT_EQ(priority_of_thread(1), "none");
    set_all(getpid(), "none");  // what the tests after this inherit
}

TEST_F(KeepExplicit, takes_what_a_thread_has_from_a_hold_not_for_its_own) {
    const Target own{"alice", {"threads", "2"}};
    const auto chosen = threads_of(own.pid()).at(1);
    set_thread(chosen, "best-effort:4");
    const auto on_own = on::process(own.pid()).with("keep-explicit");
    const int hold = alice.hold(own.pid(), "idle");
    EXPECT_EQ(Client{"bob"}.set(on_own, "best-effort:7"), error::interaction_required);
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 2}}));
    const auto reply = alice.set(on_own, "best-effort:7");
    EXPECT_EQ(reply, "ok 1 1");
    EXPECT_EQ(reply.counts("left-alone"), (Breakdown{{"explicit", 1}}));
    EXPECT_EQ(priority_of_thread(own.pid()), "best-effort:7");
    EXPECT_EQ(priority_of_thread(chosen), "idle");
    alice.end(hold);
    EXPECT_TRUE(becomes(own.pid(), {{"best-effort:4", 1}, {"best-effort:7", 1}}));
    EXPECT_EQ(priority_of_thread(chosen), "best-effort:4");
}

TEST_F(KeepExplicit, of_a_hold_above_another_holds_what_had_nothing_of_its_own) {
    const Target own{"alice", {"threads", "3"}};
    const auto chosen = threads_of(own.pid()).at(2);
    set_thread(chosen, "best-effort:4");
    const int below = alice.hold(own.pid(), "idle");
    const auto reply = alice.try_hold(on::process(own.pid()).with("keep-explicit"), "best-effort:1");
    EXPECT_EQ(reply, "ok 1 2");
    EXPECT_EQ(reply.counts("left-alone"), (Breakdown{{"explicit", 1}}));
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:1", 2}, {"idle", 1}}));
    alice.end(below);
    EXPECT_TRUE(becomes(own.pid(), {{"best-effort:1", 2}, {"best-effort:4", 1}}));
    alice.end(reply.hold.value());
    EXPECT_TRUE(becomes(own.pid(), {{"none", 2}, {"best-effort:4", 1}}));
}

TEST_F(KeepExplicit, leaves_what_somebody_set_on_a_held_thread) {
    const Target own{"alice", {"threads", "2"}};
    const int hold = alice.hold(own.pid(), "idle");
    set_thread(own.pid(), "best-effort:2");
    const auto reply = alice.set(on::process(own.pid()).with("keep-explicit"), "best-effort:7");
    EXPECT_EQ(reply, "ok 1 1");
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:2", 1}, {"best-effort:7", 1}}));
    alice.end(hold);
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:2", 1}, {"best-effort:7", 1}}));
}

/// With every kind of target, as with users.
class KeepExplicitOfEveryKind : public testing::TestWithParam<KindOfTarget> {
 protected:
    const Scene bobs{"bob"};
    const On target = GetParam().target(bobs).with("keep-explicit");
    /// One of its three threads has nothing of its own.
    [[nodiscard]] RawPriorities with_one_set(const std::string& priority) const {
        auto wanted = bobs.before();
        for (auto& [tid, value] : wanted) {
            value = value == 0 ? raw(priority) : value;
        }
        return wanted;
    }
    Client alice{"alice"};
};

TEST_P(KeepExplicitOfEveryKind, is_refused_without_a_rule) {
    EXPECT_EQ(alice.set(target, "idle"), error::interaction_required);
    EXPECT_EQ(alice.try_hold(target, "idle"), error::interaction_required);
    EXPECT_EQ(bobs.raw(), bobs.before());
}

TEST_P(KeepExplicitOfEveryKind, sets_and_holds_what_has_nothing_of_its_own) {
    set_rules(rule(set_other_users, "YES"));
    const auto held = alice.try_hold(target, "best-effort:1");
    EXPECT_EQ(held, "ok 1 1");
    EXPECT_EQ(held.counts("left-alone"), (Breakdown{{"explicit", 2}}));
    EXPECT_EQ(bobs.raw(), with_one_set("best-effort:1"));
    alice.end(held.hold.value());
    EXPECT_TRUE(eventually([&] { return bobs.raw() == bobs.before(); }));
    const auto set = alice.set(target, "idle");
    EXPECT_EQ(set, "ok 1 1");
    EXPECT_EQ(set["before"], "none");
    EXPECT_EQ(set.counts("left-alone"), (Breakdown{{"explicit", 2}}));
    EXPECT_EQ(bobs.raw(), with_one_set("idle"));
}

INSTANTIATE_TEST_SUITE_P(Kinds, KeepExplicitOfEveryKind, testing::ValuesIn(every_kind()),
                         [](const auto& each) { return name_of(each.param); });

TEST_F(KeepExplicit, for_nobody_is_refused) {
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(alice.set(on::user(54321).with("keep-explicit"), "idle"), error::no_such_process);
    EXPECT_EQ(alice.set(on::user(4294967295U).with("keep-explicit"), "idle"), error::invalid_args);
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
