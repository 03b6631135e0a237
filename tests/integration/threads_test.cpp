// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// A process is all of its threads: those that were there, those that are born meanwhile, and none that is dead.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::HasSubstr;

class Threads : public testing::Test {
 protected:
    /// Sets a process that starts threads all the while. On an emulated machine they may start faster than they can be
    /// set: then the answer must say so, and what it advises must help.
    void set_restless(const Target& target, const std::string& io_class, unsigned level) {
        const auto answer = alice.set_process(target.pid(), io_class, level);
        if (is_emulated() && answer == error::partially_applied) {
            EXPECT_THAT(answer.text, HasSubstr("stop it (SIGSTOP), try again"));
            set_stopped(target, io_class, level);
        } else {
            EXPECT_TRUE(answer.words.starts_with("ok ")) << answer;
        }
    }

    void set_stopped(const Target& target, const std::string& io_class, unsigned level) {
        target.stop();
        const auto answer = alice.set_process(target.pid(), io_class, level);
        EXPECT_TRUE(answer.words.starts_with("ok ")) << answer;
        target.resume();
    }

    Caller alice{"alice"};
};

TEST_F(Threads, a_process_that_never_was_is_refused) {
    const auto answer = alice.set_process(4194303, "idle", 0);
    EXPECT_EQ(answer, error::no_such_process);
    EXPECT_THAT(answer.text, HasSubstr("4194303"));
    EXPECT_EQ(alice.get(4194303), error::no_such_process);
}

TEST_F(Threads, a_process_that_has_ended_is_refused) {
    Target target{"alice", {"threads", "2"}};
    target.end();
    EXPECT_EQ(alice.set_process(target.pid(), "idle", 0), error::no_such_process);
    EXPECT_EQ(alice.get(target.pid()), error::no_such_process);
}

TEST_F(Threads, a_zombie_is_refused_where_the_kernel_says_success_and_does_nothing) {
    const Target zombie{"alice", {"zombie"}};
    EXPECT_EQ(alice.set_process(zombie.pid(), "idle", 0), error::no_such_process);
    EXPECT_EQ(alice.get(zombie.pid()), error::no_such_process);
}

TEST_F(Threads, the_id_of_a_thread_is_not_that_of_a_process) {
    const Target target{"alice", {"threads", "3"}};
    auto threads = threads_of(target.pid());
    const auto thread = *std::max_element(threads.begin(), threads.end());
    ASSERT_NE(thread, target.pid());
    EXPECT_EQ(alice.set_process(thread, "idle", 0), error::no_such_process);
    EXPECT_EQ(target.priorities(), (Breakdown{{"none", 3}}));
}

TEST_F(Threads, all_five_of_five_are_set) {
    const Target target{"alice", {"threads", "5"}};
    EXPECT_EQ(alice.set_process(target.pid(), "best-effort", 7), "ok 5");
    EXPECT_EQ(target.priorities(), (Breakdown{{"best-effort:7", 5}}));
}

TEST_F(Threads, that_differ_are_made_alike) {
    const Target target{"alice", {"threads", "5"}};
    set_thread(target.pid(), "idle");
    set_thread(threads_of(target.pid()).back(), "best-effort:0");
    EXPECT_EQ(alice.set_process(target.pid(), "best-effort", 4), "ok 5");
    EXPECT_EQ(target.priorities(), (Breakdown{{"best-effort:4", 5}}));
}

TEST_F(Threads, of_which_the_highest_is_what_get_answers) {
    const Target target{"alice", {"threads", "3"}};
    const auto threads = threads_of(target.pid());
    set_all(target.pid(), "idle");
    EXPECT_EQ(alice.get(target.pid()), "ok idle 0");
    set_thread(threads[1], "best-effort:6");
    EXPECT_EQ(alice.get(target.pid()), "ok best-effort 6");
    set_thread(threads[2], "best-effort:2");
    EXPECT_EQ(alice.get(target.pid()), "ok best-effort 2");
    set_thread(threads[0], "realtime:7");
    EXPECT_EQ(alice.get(target.pid()), "ok realtime 7");
}

TEST_F(Threads, on_which_nothing_is_set_read_as_none) {
    const Target target{"alice", {"threads", "3"}};
    EXPECT_EQ(alice.get(target.pid()), "ok none 0");
}

TEST_F(Threads, a_stopped_process_is_set_all_the_same) {
    const Target target{"alice", {"threads", "4"}};
    kill(target.pid(), SIGSTOP);
    EXPECT_EQ(alice.set_process(target.pid(), "idle", 0), "ok 4");
    EXPECT_EQ(target.priorities(), (Breakdown{{"idle", 4}}));
}

TEST_F(Threads, a_leader_that_has_exited_does_not_hide_the_others) {
    const Target target{"alice", {"leaderless", "6"}};
    EXPECT_EQ(alice.set_process(target.pid(), "idle", 0), "ok 6");
    EXPECT_EQ(target.priorities(), (Breakdown{{"idle", 6}, {"none", 1}}));  // the dead one reads as none for ever
    EXPECT_EQ(alice.get(target.pid()), "ok idle 0");
}

TEST_F(Threads, fifty_with_one_born_every_millisecond_are_all_set) {
    for (int round = 0; round < 5; ++round) {
        Target target{"alice", {"births", "50"}};
        set_restless(target, "idle", 0);
        target.freeze();
        const auto after = target.priorities();
        EXPECT_EQ(after.size(), 1U) << testing::PrintToString(after);
        EXPECT_GE(after.at("idle"), 50);
    }
}

TEST_F(Threads, a_change_to_another_priority_reaches_them_as_well_as_the_first) {
    Target target{"alice", {"births", "50"}};
    for (const unsigned level : {0U, 7U, 3U}) {
        set_restless(target, "best-effort", level);
    }
    target.freeze();
    EXPECT_EQ(target.priorities().size(), 1U) << testing::PrintToString(target.priorities());
    EXPECT_EQ(target.priorities().begin()->first, "best-effort:3");
}

TEST_F(Threads, chains_in_which_each_starts_the_next_and_ends_do_not_escape) {
    for (int round = 0; round < 3; ++round) {
        Target target{"alice", {"chains", "32"}};
        set_restless(target, "idle", 0);
        target.freeze();
        EXPECT_EQ(target.priorities(), (Breakdown{{"idle", 33}}));
    }
}

TEST_F(Threads, chains_that_are_stopped_are_set_at_once_and_hand_it_on) {
    Target target{"alice", {"chains", "32"}};
    set_stopped(target, "idle", 0);
    target.freeze();
    EXPECT_EQ(target.priorities(), (Breakdown{{"idle", 33}}));
}

TEST_F(Threads, ten_thousand_are_set_while_others_are_served) {
    const Target crowd{"alice", {"threads", "10000"}};
    const Target small{"bob", {"threads", "2"}};
    Caller bob{"bob"};
    bob.get(small.pid());
    const int crowd_call = alice.send("SetProcess usu " + crowd.id() + " idle 0");
    int served = 0;
    const auto sent = std::chrono::steady_clock::now();
    auto longest = std::chrono::steady_clock::duration::zero();
    const auto call = [&] {
        const auto begin = std::chrono::steady_clock::now();
        EXPECT_EQ(bob.get(small.pid()), "ok none 0");
        longest = std::max(longest, std::chrono::steady_clock::now() - begin);
        ++served;
    };
    while (!alice.arrived(crowd_call)) {
        call();
    }
    const auto whole = std::chrono::steady_clock::now() - sent;
    EXPECT_EQ(alice.answer(crowd_call), "ok 10000");
    EXPECT_EQ(crowd.priorities(), (Breakdown{{"idle", 10000}}));
    EXPECT_GE(served, 3);
    // Not the whole crowd in one go; on a busy machine a call takes its time by itself.
    const std::chrono::steady_clock::duration bound = std::chrono::milliseconds{250};
    EXPECT_LT(longest, std::max(bound, whole / 2));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
