// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// What is set, what comes of it, and where it comes from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>

#include "cast.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::IsEmpty;

constexpr const char* unset_process =
    "ok breakdown none 1 effective-class best-effort effective-level 4 io-class none level 0 processes 1 source nice 0 "
    "threads 1 uniform 1";

/// "ok breakdown idle 1 none 2 ...": a dictionary's name once, before its first key.
std::string text_of(const Reply& reply) {
    std::string text = "ok";
    std::string dictionary;
    for (const auto& [place, value] : reply.values) {
        const auto name = place.substr(0, place.find('/'));
        if (name == "users" || name == "programs") {
            continue;
        }
        const bool within = place != name;
        text += within && name == dictionary ? "" : ' ' + name;
        text += (within ? ' ' + place.substr(name.size() + 1) : "") + ' ' + value;
        dictionary = within ? name : "";
    }
    return text;
}

class Describe : public testing::Test {
 protected:
    Answer process(pid_t pid) { return described(on::process(pid)); }
    /// Keys and values one after the other, without the users and programs.
    Answer described(const On& target) {
        const auto reply = alice.describe(target);
        Answer answer = reply;
        if (reply.is_ok()) {
            answer.words = text_of(reply);
        }
        return answer;
    }

    Client alice{"alice"};
    PolkitMonitor polkit;
};

TEST_F(Describe, is_open_to_all_and_does_not_ask_polkit) {
    Actor bobs{"bob"};
    const auto group = bobs.does("group").at(0);
    EXPECT_EQ(process(bobs.pid()), unset_process);
    EXPECT_EQ(described(on::group(group)), unset_process);
    EXPECT_EQ(described(on::user("bob")), unset_process);
    EXPECT_EQ(described(on::pidfd(bobs.pid())), unset_process);
    EXPECT_EQ(process(0), unset_process);
    EXPECT_EQ(process(1), unset_process);
    EXPECT_THAT(polkit.actions(), IsEmpty());
}

TEST_F(Describe, shows_what_was_set) {
    const Target target{"bob", {"threads", "3"}};
    set_all(target.pid(), "best-effort:6");
    EXPECT_EQ(process(target.pid()),
              "ok breakdown best-effort:6 3 effective-class best-effort effective-level 6 io-class best-effort level 6 "
              "processes 1 source set threads 3 uniform 1");
    set_all(target.pid(), "idle");
    EXPECT_EQ(process(target.pid()),
              "ok breakdown idle 3 effective-class idle effective-level 0 io-class idle level 0 processes 1 source set "
              "threads 3 uniform 1");
}

TEST_F(Describe, shows_that_an_unset_priority_follows_the_nice_value) {
    Actor actor{"root"};
    const auto with = [](const std::string& level, const std::string& nice) {
        return "ok breakdown none 1 effective-class best-effort effective-level " + level +
               " io-class none level 0 processes 1 source nice " + nice + " threads 1 uniform 1";
    };
    actor.does("nice 10");
    EXPECT_EQ(process(actor.pid()), with("6", "10"));
    actor.does("nice 19");
    EXPECT_EQ(process(actor.pid()), with("7", "19"));
    actor.does("nice -20");
    EXPECT_EQ(process(actor.pid()), with("0", "-20"));
    actor.does("nice -1");
    EXPECT_EQ(process(actor.pid()), with("3", "-1"));
}

TEST_F(Describe, shows_that_an_unset_priority_follows_the_cpu_policy) {
    Actor actor{"root"};
    actor.does("policy " + std::to_string(SCHED_IDLE));
    EXPECT_EQ(process(actor.pid()),
              "ok breakdown none 1 effective-class idle effective-level 0 io-class none level 0 processes 1 source cpu "
              "policy idle threads 1 uniform 1");
    set_thread(actor.pid(), "best-effort:2");
    EXPECT_EQ(process(actor.pid()),
              "ok breakdown best-effort:2 1 effective-class best-effort effective-level 2 io-class best-effort level 2 "
              "processes 1 source set threads 1 uniform 1");
}

TEST_F(Describe, takes_a_mixture_apart) {
    const Target target{"bob", {"threads", "6"}};
    const auto threads = threads_of(target.pid());
    set_thread(threads.at(1), "idle");
    set_thread(threads.at(2), "idle");
    set_thread(threads.at(3), "best-effort:1");
    set_thread(threads.at(5), "best-effort:7");
    EXPECT_EQ(
        process(target.pid()),
        "ok breakdown best-effort:1 1 best-effort:7 1 idle 2 none 2 effective-class best-effort effective-level 1 "
        "io-class best-effort level 1 processes 1 source set threads 6 uniform 0");
    set_thread(threads.at(4), "realtime:7");
    EXPECT_EQ(process(target.pid()),
              "ok breakdown best-effort:1 1 best-effort:7 1 idle 2 none 1 realtime:7 1 effective-class realtime "
              "effective-level 7 io-class realtime level 7 processes 1 source set threads 6 uniform 0");
}

TEST_F(Describe, agrees_with_get_on_what_is_highest) {
    const Target target{"bob", {"threads", "2"}};
    set_thread(target.pid(), "best-effort:7");  // the other one follows nice 0, which is higher
    EXPECT_EQ(Caller{"alice"}.get(target.pid()), "ok none 0");
    EXPECT_EQ(process(target.pid()),
              "ok breakdown best-effort:7 1 none 1 effective-class best-effort effective-level 4 io-class none level 0 "
              "processes 1 source nice 0 threads 2 uniform 0");
}

TEST_F(Describe, counts_the_processes_of_a_group_and_of_a_user) {
    Actor actor{"bob"};
    const auto group = actor.does("group").at(0);
    const auto child = actor.fork();
    actor.thread();
    set_thread(child, "idle");
    const std::string wanted =
        "ok breakdown idle 1 none 2 effective-class best-effort effective-level 4 io-class none level 0 processes 2 "
        "source nice 0 threads 3 uniform 0";
    EXPECT_EQ(described(on::group(group)), wanted);
    EXPECT_EQ(described(on::user("bob")), wanted);
}

TEST_F(Describe, names_the_users_and_programs_in_order) {
    Actor roots{"root"};
    roots.fork_as("bob");
    roots.fork_as("alice");
    roots.fork_as("alice");
    const auto reply = alice.describe(on::tree(roots.pid()));
    EXPECT_EQ(reply, "ok 4 4");
    EXPECT_EQ(reply["users/0"], "0");
    const auto [first, second] = std::minmax({uid_of("alice"), uid_of("bob")});
    EXPECT_EQ(reply["users/1"], std::to_string(first));
    EXPECT_EQ(reply["users/2"], std::to_string(second));
    EXPECT_EQ(reply.counts("users").size(), 3U);
    EXPECT_EQ(reply["programs/0"], "actor");
    EXPECT_FALSE(reply.values.contains("programs/1"));
}

TEST_F(Describe, of_nobody_is_refused) {
    const Target zombie{"bob", {"zombie"}};
    EXPECT_EQ(process(zombie.pid()), error::no_such_process);
    EXPECT_EQ(process(4194303), error::no_such_process);
    EXPECT_EQ(alice.describe(On{"process", "u 2147483648"}), error::invalid_args);
    EXPECT_EQ(alice.describe(on::group(4194303)), error::no_such_process);
    EXPECT_EQ(alice.describe(On{"group", "u 4294967295"}), error::invalid_args);
    EXPECT_EQ(alice.describe(on::user(54321)), error::no_such_process);
    EXPECT_EQ(alice.describe(on::user(4294967295U)), error::invalid_args);
    const Target own{"alice", {"threads", "2"}};
    for (const auto thread : threads_of(own.pid())) {
        EXPECT_EQ(process(thread).words.starts_with("ok"), thread == own.pid()) << "a thread is no process";
    }
}

TEST_F(Describe, reads_every_thread_of_a_process_without_a_leader) {
    const Target target{"bob", {"leaderless", "3"}};
    const auto answer = process(target.pid());
    EXPECT_TRUE(answer.words.starts_with("ok breakdown none ")) << answer;
    EXPECT_TRUE(answer.words.ends_with(" uniform 1")) << answer;
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
