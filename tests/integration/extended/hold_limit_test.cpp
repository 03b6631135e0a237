// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// How many holds there can be, and that all can end at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>

#include "cast.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::HasSubstr;

constexpr unsigned of_a_user = 16;
constexpr unsigned in_all = 256;

TEST(HoldLimit, is_16_of_a_user_and_refuses_before_anything_is_changed) {
    Client alice{"alice"};
    Client again{"alice"};
    Client bob{"bob"};
    const Target own{"alice", {"threads", "2"}};
    const Target other{"alice", {"threads", "2"}};
    int last = 0;
    for (unsigned i = 0; i < of_a_user; ++i) {
        last = alice.hold(own.pid(), "best-effort:" + std::to_string(i % 8));
    }
    for (auto* const client : {&alice, &again}) {
        const auto answer = client->try_hold(other.pid(), "idle");
        EXPECT_EQ(answer, error::limits_exceeded);
        EXPECT_THAT(answer.text, HasSubstr("16"));
    }
    EXPECT_EQ(other.priorities(), (Breakdown{{"none", 2}}));
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:7", 2}}));
    EXPECT_EQ(holds(), of_a_user);
    const int bobs = bob.hold(bob.pid(), "idle");  // another user has another count
    alice.close(last);
    ASSERT_TRUE(holds_become(of_a_user));
    EXPECT_GE(again.hold(other.pid(), "idle"), 0);
    bob.close(bobs);
}

TEST(HoldLimit, counts_when_the_hold_begins_and_takes_the_change_back) {
    set_rules(rule(set_other_users, "AUTH_ADMIN"));
    Client alice{"alice"};
    const Target bobs{"bob", {"threads", "2"}};
    Agent agent{{alice.pid()}, {"--hold"}};
    const int call = alice.send_hold(bobs.pid(), "idle", Dialog::allowed);
    agent.prompt();
    for (unsigned i = 0; i < of_a_user; ++i) {
        alice.hold(0, "idle");
    }
    agent.type(password());
    EXPECT_EQ(alice.answer(call), error::limits_exceeded);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 2}}));
}

/// As many holds on one process as 32,768 recorded threads are enough for: 15 of 16.
class RecordedThreads : public testing::Test {
 protected:
    static constexpr unsigned threads = 2100;
    static constexpr unsigned recorded = 32768;
    static constexpr unsigned most = recorded / threads;
    static_assert(most < of_a_user);

    RecordedThreads() {
        for (unsigned i = 0; i < most; ++i) {
            last = alice.hold(large.pid(), "best-effort:" + std::to_string(i % 8));
        }
    }
    void expect_refused(const On& target) {
        const auto answer = alice.try_hold(target, "idle");
        EXPECT_EQ(answer, error::limits_exceeded);
        EXPECT_THAT(answer.text, HasSubstr(std::to_string(recorded)));
        EXPECT_EQ(large.priorities(), (Breakdown{{"best-effort:6", threads}}));
        EXPECT_EQ(small.priorities(), (Breakdown{{"none", 3}}));
        EXPECT_EQ(holds(), most);
    }

    const Target large{"alice", {"threads", std::to_string(threads)}};
    const Target small{"alice", {"threads", "3"}};
    Client alice{"alice"};
    int last = 0;
};

TEST_F(RecordedThreads, of_a_user_are_bounded_and_beyond_nothing_is_set) {
    expect_refused(large.pid());
    expect_refused(on::processes({small.pid(), large.pid()}));
    expect_refused(on::user("alice"));
}

TEST_F(RecordedThreads, leave_room_for_what_is_small_for_others_and_after_an_end) {
    alice.end(alice.hold(small.pid(), "idle"));
    Client bob{"bob"};
    const Target bobs{"bob", {"threads", std::to_string(threads)}};
    bob.end(bob.hold(bobs.pid(), "idle"));
    alice.end(last);  // what is recorded stays until what was born late has been looked for
    EXPECT_TRUE(eventually([&] { return alice.try_hold(on::processes({small.pid(), large.pid()}), "idle").is_ok(); }));
    EXPECT_EQ(large.priorities(), (Breakdown{{"idle", threads}}));
}

/// The bus lets only users connect that have a name.
void make_users() {
    std::ofstream users{"/etc/passwd", std::ios::app};
    for (unsigned user = 0; user < in_all / of_a_user; ++user) {
        users << "holder" << user << ":x:" << 50000 + user << ":20001::/:/bin/sh\n";
    }
}

/// All holds that 16 users get who want 16 each.
class AllHolds : public testing::Test {
 protected:
    AllHolds() {
        make_users();
        for (unsigned user = 0; user < in_all / of_a_user; ++user) {
            const auto name = "holder" + std::to_string(user);
            holders.push_back(std::make_unique<Client>(name));
            targets.push_back(std::make_unique<Target>(name, Command{"threads", "3"}));
            unsigned got = 0;
            while (got < of_a_user && holders.back()->try_hold(targets.back()->pid(), "best-effort:7").is_ok()) {
                ++got;
            }
            EXPECT_GE(got, 1U) << user;  // whatever those before have taken
            held += got;
        }
    }

    std::vector<std::unique_ptr<Client>> holders;
    std::vector<std::unique_ptr<Target>> targets;
    unsigned held = 0;
};

TEST_F(AllHolds, leave_room_for_one_more_and_for_root_and_end_all_at_once) {
    EXPECT_EQ(holds(), held);
    EXPECT_LT(held, in_all);
    EXPECT_GT(held, in_all / 2);
    const auto answer = holders.front()->try_hold(targets.front()->pid(), "idle");
    EXPECT_EQ(answer, error::limits_exceeded);
    EXPECT_THAT(answer.text, HasSubstr("of at most 16"));
    EXPECT_GE(Client{"root"}.hold(0, "idle"), 0);
    EXPECT_GE(Client{"alice"}.hold(0, "idle"), 0);
    for (const auto& holder : holders) {
        EXPECT_EQ(targets.at(static_cast<std::size_t>(&holder - &holders.front()))->priorities(),
                  (Breakdown{{"best-effort:7", 3}}));
        holder->child().signal(SIGKILL);
    }
    ASSERT_TRUE(holds_become(0));
    for (const auto& target : targets) {
        EXPECT_TRUE(becomes(target->pid(), {{"none", 3}}));
    }
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
