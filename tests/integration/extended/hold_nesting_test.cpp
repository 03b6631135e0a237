// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Several holds on one process, begun and ended in every order.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "cast.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

class Nesting : public testing::Test {
 protected:
    Client alice{"alice"};
};

TEST_F(Nesting, of_three_ends_in_any_order_with_what_the_newest_wants) {
    std::vector<int> order{0, 1, 2};
    const std::vector<std::string> priorities{"best-effort:1", "idle", "best-effort:6"};
    do {
        Actor own{"alice"};
        set_thread(own.pid(), "best-effort:3");
        std::map<int, int> held;
        for (int i = 0; i < 3; ++i) {
            held[i] = alice.hold(own.pid(), priorities.at(static_cast<std::size_t>(i)));
            own.thread();  // born under it
        }
        for (const int each : order) {
            alice.end(held.extract(each).mapped());
            const auto in_force =
                held.empty() ? "best-effort:3" : priorities.at(static_cast<std::size_t>(held.rbegin()->first));
            EXPECT_EQ(own.priorities(), (Breakdown{{in_force, 4}})) << testing::PrintToString(order);
        }
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(Nesting, of_two_holders_gives_realtime_no_longer_than_it_was_granted) {
    set_rules(rule(set_other_users, "YES") + rule(set_other_users_realtime, "YES"));
    Client carol{"carol"};
    const Target bobs{"bob", {"threads", "3"}};
    const int realtime = alice.hold(bobs.pid(), "realtime:0");
    const int idle = carol.hold(bobs.pid(), "idle");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
    alice.end(realtime);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
    carol.close(idle);
    EXPECT_TRUE(becomes(bobs.pid(), {{"none", 3}}));
}

TEST_F(Nesting, gives_realtime_to_no_thread_that_was_born_under_it) {
    set_rules(rule(set_realtime, "YES"));
    Actor own{"alice"};
    const int realtime = alice.hold(own.pid(), "realtime:0");
    own.thread();
    const int idle = alice.hold(own.pid(), "idle");
    own.thread();
    alice.end(realtime);
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 3}}));
    alice.end(idle);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 3}}));
}

TEST_F(Nesting, below_another_ends_without_touching_what_somebody_set_since) {
    const Target own{"alice", {"threads", "2"}};
    const int below = alice.hold(own.pid(), "best-effort:2");
    const int above = alice.hold(own.pid(), "idle");
    alice.end(below);
    set_thread(own.pid(), "best-effort:2");  // as the hold that has just ended wanted it: but it is somebody's choice
    const Breakdown chosen{{"best-effort:2", 1}, {"idle", 1}};
    EXPECT_FALSE(eventually([&] { return own.priorities() != chosen; }, std::chrono::milliseconds{100}));
    alice.end(above);
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:2", 1}, {"none", 1}}));
}

TEST_F(Nesting, begun_anew_after_somebody_set_the_process_for_good_restores_that) {
    const Target own{"alice", {"threads", "2"}};
    const int old = alice.hold(own.pid(), "idle");
    EXPECT_EQ(alice.set(own.pid(), "best-effort:5"), "ok 1 2");
    const int fresh = alice.hold(own.pid(), "best-effort:0");
    alice.end(old);
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:0", 2}}));
    alice.end(fresh);
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:5", 2}}));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
