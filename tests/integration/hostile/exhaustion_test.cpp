// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// No descriptors left, no memory left: an error, and the service lives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <optional>
#include <sstream>

#include "extended/cast.hpp"
#include "hostile.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

const Breakdown untouched{{"none", 2}};
constexpr long reserve = 64;  // of the daemon, for its libraries

long mapped_bytes(pid_t pid) {
    std::istringstream size{status_field(pid, "VmSize")};
    long kilobytes = 0;
    size >> kilobytes;
    return kilobytes * 1024;
}

/// What a daemon has that has served one call, and has asked polkit or not.
struct Usual {
    long descriptors;
    long bytes;
};

class Exhausted : public testing::Test {
 protected:
    std::string set_root() const { return "SetProcess usu " + roots.id() + " idle 0"; }

    /// Enough for a call or two, not for many targets.
    static constexpr long some = 12;

    Usual usual(bool with_polkit) {
        const auto activated = running_daemon();
        settle();  // it has the name before it has opened everything
        if (with_polkit) {
            EXPECT_EQ(alice.call(set_root()), error::interaction_required);
        }
        Usual usual{footprint(activated).descriptors, mapped_bytes(activated)};
        for (int i = 0; i < 3; ++i) {  // a reply can be there before its request has closed everything
            settle();
            usual.descriptors = std::min(usual.descriptors, footprint(activated).descriptors);
        }
        kill(activated, SIGTERM);
        EXPECT_TRUE(wait_for_end(activated));
        return usual;
    }
    /// Starts the daemon with a limit, in the words of prlimit(1).
    void start(const std::string& limit) {
        daemon.emplace("root", Command{"prlimit", limit, "/usr/libexec/iopriorityd"});
        ASSERT_TRUE(eventually([&] { return daemon_pid() == daemon->pid(); }));
    }
    void start_with_descriptors(long most) { start("--nofile=" + std::to_string(most)); }

    Target roots{"root", {"threads", "2"}};
    Target own{"alice", {"threads", "2"}};
    Caller alice{"alice"};
    Client client{"alice"};
    std::optional<Child> daemon;
};

TEST_F(Exhausted, of_twenty_descriptors_refuses_and_lives) {
    start_with_descriptors(20);
    for (int i = 0; i < 20; ++i) {
        const auto refused = alice.set_process(own.pid(), "idle", 0);
        EXPECT_EQ(refused, error::failed);
        EXPECT_THAT(refused.text, testing::HasSubstr("Too many open files"));
        EXPECT_EQ(alice.call(set_root()), error::failed);
        EXPECT_EQ(alice.get(own.pid()), error::failed);
        EXPECT_EQ(client.describe(own.pid()), error::failed);
        EXPECT_EQ(alice.call("SetUser usu " + std::to_string(uid_of("alice")) + " idle 0"), error::failed);
    }
    EXPECT_EQ(own.priorities(), untouched);
    EXPECT_EQ(daemon_pid(), daemon->pid());
}

TEST_F(Exhausted, of_descriptors_answers_every_call_and_works_again_when_there_are_some) {
    start_with_descriptors(usual(true).descriptors + reserve + some);
    EXPECT_EQ(alice.call(set_root()), error::interaction_required);  // the connection to polkit is made
    Stopped polkit{running_polkit()};
    std::vector<int> calls;
    for (int i = 0; i < 8; ++i) {  // each that waits holds descriptors of its target
        calls.push_back(alice.send(set_root()));
    }
    const auto refused = alice.get(own.pid());
    EXPECT_EQ(refused, error::failed);
    EXPECT_THAT(refused.text, testing::HasSubstr("Too many open files"));
    EXPECT_EQ(client.describe(own.pid()), error::failed);
    Caller bob{"bob"};  // not yet known, and not to be remembered as one who cannot be seen
    EXPECT_EQ(bob.get(own.pid()), error::failed);
    EXPECT_EQ(alice.call("SetUser usu " + std::to_string(uid_of("alice")) + " idle 0"), error::partially_applied);
    polkit.resume();
    for (const int call : calls) {
        EXPECT_FALSE(alice.answer(call).words.starts_with("ok"));
    }
    EXPECT_EQ(alice.set_process(own.pid(), "best-effort", 3), "ok 2");
    EXPECT_EQ(bob.get(own.pid()), "ok best-effort 3");
    EXPECT_EQ(roots.priorities(), untouched);
    EXPECT_EQ(daemon_pid(), daemon->pid());
}

/// A tree, and descriptors for one process, but not for another one beside it.
TEST_F(Exhausted, of_descriptors_does_not_take_a_part_for_the_whole) {
    constexpr long for_one = 3;
    start_with_descriptors(usual(false).descriptors + reserve + for_one);
    const Forked parent{"alice", [](const auto& ready) {
                            for (int i = 0; i < 20; ++i) {
                                if (fork() == 0) {
                                    pause();
                                }
                            }
                            ready();
                            pause();
                        }};
    const auto refused = client.set(on::tree(parent.pid()), "idle");
    EXPECT_EQ(refused, error::failed);
    EXPECT_THAT(refused.text, testing::HasSubstr("Too many open files"));
    EXPECT_EQ(priorities_of(parent.pid()), (Breakdown{{"none", 1}}));
    EXPECT_EQ(client.describe(on::user("alice")), error::failed);
    EXPECT_EQ(daemon_pid(), daemon->pid());
    kill(daemon->pid(), SIGTERM);
    ASSERT_TRUE(wait_for_end(daemon->pid()));
    start_with_descriptors(usual(false).descriptors + reserve + some);
    EXPECT_EQ(alice.set_process(own.pid(), "idle", 0), "ok 2");
    EXPECT_EQ(client.set(on::tree(parent.pid()), "idle"), "ok 21 21");  // one at a time
    EXPECT_EQ(daemon_pid(), daemon->pid());
}

TEST_F(Exhausted, of_descriptors_at_the_first_question_lives) {
    const auto usually = usual(false).descriptors;
    bool asked = false;
    for (long spare = 1; spare < 12; ++spare) {
        start_with_descriptors(usually + reserve + spare);
        const auto answer = alice.call(set_root());  // GLib would end the daemon, were there none for it
        EXPECT_TRUE(answer == error::failed || answer == error::interaction_required) << spare << ": " << answer;
        asked = asked || answer == error::interaction_required;
        EXPECT_EQ(daemon_pid(), daemon->pid()) << spare;
        kill(daemon->pid(), SIGTERM);
        EXPECT_EQ(daemon->finish().status, 0) << spare;
    }
    EXPECT_TRUE(asked);
    EXPECT_EQ(roots.priorities(), untouched);
}

TEST_F(Exhausted, of_descriptors_says_so_where_a_hold_cannot_be_kept) {
    const auto usually = usual(false).descriptors;
    bool refused = false;
    bool held = false;
    for (long spare = 1; spare < 12; ++spare) {
        start_with_descriptors(usually + reserve + spare);
        const auto answer = client.try_hold(own.pid(), "idle");
        refused = refused || answer == error::failed;
        held = held || answer.words.starts_with("ok");
        EXPECT_TRUE(answer == error::failed || answer.words.starts_with("ok")) << spare << ": " << answer;
        EXPECT_TRUE(answer.words.starts_with("ok") || own.priorities() == untouched) << spare;
        kill(daemon->pid(), SIGTERM);
        EXPECT_EQ(daemon->finish().status, 0) << spare;
        EXPECT_EQ(own.priorities(), untouched) << spare;
    }
    EXPECT_TRUE(refused);
    EXPECT_TRUE(held);
}

/// Whoever could keep the daemon short of descriptors could keep what was only held.
TEST_F(Exhausted, of_descriptors_takes_back_what_was_held) {
    start_with_descriptors(usual(true).descriptors + reserve + 12);
    const int hold = client.hold(own.pid(), "idle");
    EXPECT_EQ(alice.call(set_root()), error::interaction_required);
    Stopped polkit{running_polkit()};
    std::vector<int> calls;
    for (int i = 0; i < 8; ++i) {
        calls.push_back(alice.send(set_root()));
    }
    EXPECT_EQ(alice.get(own.pid()), error::failed);
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 2}}));
    client.close(hold);
    EXPECT_TRUE(eventually([&] { return own.priorities() == untouched; }));
    polkit.resume();
    for (const int call : calls) {
        EXPECT_FALSE(alice.answer(call).words.starts_with("ok"));
    }
}

/// A call with a text of so many bytes.
std::string error_of_large_call(sd_bus* bus, std::size_t bytes) {
    sd_bus_message* raw = nullptr;
    check(sd_bus_message_new_method_call(bus, &raw, interface, object_path, interface, "SetProcess"), "new call");
    const Message call{raw};
    append(raw, "usu", {"0", std::string(bytes, 'x'), "0"});
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_call(bus, raw, 0, &error, nullptr);
    const std::string name = error.name != nullptr ? error.name : "";
    sd_bus_error_free(&error);
    return name;
}

TEST_F(Exhausted, of_memory_answers_what_it_cannot_even_read_and_the_next_call_works) {
    start("--as=" + std::to_string(usual(true).bytes + 12'000'000));
    const auto bus = open_system_bus();
    EXPECT_NE(error_of_large_call(bus.get(), 1'000'000), "");
    EXPECT_EQ(alice.set_process(own.pid(), "idle", 0), "ok 2");
    EXPECT_NE(error_of_large_call(bus.get(), 30'000'000), "");  // more than it can have
    EXPECT_EQ(alice.set_process(own.pid(), "none", 0), "ok 2");
    EXPECT_EQ(alice.call(set_root()), error::interaction_required);
    EXPECT_EQ(roots.priorities(), untouched);
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
