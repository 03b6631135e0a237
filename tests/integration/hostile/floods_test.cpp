// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Callers that ask for all there is: others are served meanwhile, and nothing piles up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "extended/client.hpp"
#include "hostile.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr int most_of_a_user = 8;
constexpr int most_in_all = 64;

class Flood : public testing::Test {
 protected:
    std::string set_root() const { return "SetProcess usu " + roots.id() + " idle 0"; }
    void TearDown() override { EXPECT_EQ(daemon_pid(), daemon); }

    Target roots{"root", {"threads", "2"}};
    pid_t daemon = running_daemon();
};

TEST_F(Flood, of_questions_is_cut_off_at_eight_of_a_user_and_leaves_room_for_others) {
    Caller alice{"alice"};
    EXPECT_EQ(alice.call(set_root()), error::interaction_required);  // the connection to polkit is made
    std::vector<Caller> callers;
    std::vector<std::pair<Caller*, int>> waiting;
    callers.reserve(most_in_all / most_of_a_user + 1);
    {
        std::ofstream users{"/etc/passwd", std::ios::app};
        for (int uid = 31000; uid < 31000 + most_in_all / most_of_a_user; ++uid) {
            users << 'u' << uid << ":x:" << uid << ':' << uid << "::/:/bin/sh\n";
        }
    }
    Stopped polkit{running_polkit()};
    for (int user = 0; user < most_in_all / most_of_a_user; ++user) {
        callers.emplace_back("u" + std::to_string(31000 + user));
        for (int i = 0; i < most_of_a_user; ++i) {
            waiting.emplace_back(&callers.back(), callers.back().send(set_root()));
        }
        EXPECT_EQ(callers.back().get(roots.pid()), "ok none 0");  // all that was sent before has been looked at
        if (user == 0) {
            Caller again{"u31000"};  // another connection, the same user
            EXPECT_EQ(again.call(set_root()), error::limits_exceeded);
        }
    }
    const auto refused = callers.front().call(set_root());
    EXPECT_EQ(refused, error::limits_exceeded);
    EXPECT_THAT(refused.text, HasSubstr("8 requests"));
    waiting.emplace_back(&alice, alice.send(set_root()));  // however many others ask
    EXPECT_EQ(alice.set_process(0, "idle", 0), "ok 1");
    EXPECT_FALSE(alice.arrived(waiting.back().second));
    EXPECT_EQ(callers.front().get(roots.pid()), "ok none 0");
    polkit.resume();
    for (const auto& [caller, call] : waiting) {
        EXPECT_FALSE(caller->answer(call).words.starts_with("ok"));
    }
    EXPECT_EQ(alice.call(set_root()), error::interaction_required);  // there is room again
    EXPECT_EQ(roots.priorities(), (Breakdown{{"none", 2}}));
}

TEST_F(Flood, of_callers_who_leave_while_polkit_is_asked_leaves_nothing_behind) {
    const auto polkit_process = running_polkit();
    Caller alice{"alice"};
    const auto ask_and_leave = [&](int times) {
        for (int i = 0; i < times; ++i) {
            Stopped polkit{polkit_process};
            const Forked caller{"alice", [&](const auto& ready) {
                                    const auto own = open_system_bus();
                                    sd_bus_message* raw = nullptr;
                                    check(sd_bus_message_new_method_call(own.get(), &raw, interface, object_path,
                                                                         interface, "SetProcess"),
                                          "new call");
                                    append(raw, "usu", {roots.id(), "idle", "0"});
                                    std::uint64_t serial = 0;
                                    check(sd_bus_send(own.get(), raw, &serial), "send");
                                    check(sd_bus_flush(own.get()), "flush");
                                    ready();
                                }};
        }
        settle();
        // Until polkit has come to what was taken back, there is no room.
        EXPECT_TRUE(eventually([&] { return alice.call(set_root()) == error::interaction_required; }));
        return footprint(daemon);
    };
    const auto early = ask_and_leave(400);  // from the very first question on, for which polkit is connected to
    const auto late = ask_and_leave(400);
    constexpr auto some = 4;  // GLib's own, that come and go; 400 callers came since
    EXPECT_TRUE(eventually([&] { return footprint(daemon).descriptors <= early.descriptors + some; }));
    EXPECT_LT(late.memory_kb, early.memory_kb + 200);
    EXPECT_EQ(roots.priorities(), (Breakdown{{"none", 2}}));
}

TEST_F(Flood, of_questions_cannot_be_kept_up_by_leaving) {
    Caller alice{"alice"};
    EXPECT_EQ(alice.call(set_root()), error::interaction_required);  // the connection to polkit is made
    Stopped polkit{running_polkit()};
    for (int i = 0; i < 100; ++i) {
        Caller hasty{"alice"};
        hasty.send(set_root());
        hasty.get(roots.pid());  // it has been looked at
        hasty.leave();
    }
    EXPECT_EQ(alice.call(set_root()), error::limits_exceeded);
    Caller bob{"bob"};
    const int call = bob.send(set_root());
    EXPECT_EQ(bob.get(roots.pid()), "ok none 0");
    EXPECT_FALSE(bob.arrived(call));
    polkit.resume();
    EXPECT_EQ(bob.answer(call), error::interaction_required);  // the bus has taken his question
    EXPECT_TRUE(eventually([&] { return alice.call(set_root()) == error::interaction_required; }));
}

TEST_F(Flood, a_callers_credentials_are_asked_for_once_and_forgotten_with_its_name) {
    Wire wire{{"type='method_call',member='GetConnectionCredentials'"}};
    const Target own{"alice", {"threads", "2"}};
    for (int i = 0; i < 3; ++i) {
        Caller alice{"alice"};
        Caller second{"alice"};
        for (int call = 0; call < 20; ++call) {
            EXPECT_TRUE(alice.get(own.pid()).words.starts_with("ok"));
            EXPECT_TRUE(second.set_process(own.pid(), "idle", 0).words.starts_with("ok"));
        }
    }
    EXPECT_THAT(wire.all(), SizeIs(6));
}

TEST_F(Flood, of_callers_who_come_and_go_leaves_nothing_behind) {
    const auto come_and_go = [&](int times) {
        for (int i = 0; i < times; ++i) {
            const auto bus = open_system_bus();
            check(sd_bus_call_method(bus.get(), interface, object_path, interface, "Get", nullptr, nullptr, "u", 0U),
                  "Get");
        }
        settle();
    };
    come_and_go(200);
    const auto early = footprint(daemon);
    come_and_go(4000);
    EXPECT_LT(footprint(daemon).memory_kb, early.memory_kb + 200);
    // Less, if the last to leave was still seen then. (A reply can be there before its request has closed everything.)
    EXPECT_TRUE(eventually([&] { return footprint(daemon).descriptors <= early.descriptors; }));
}

/// As fast as the bus lets them: calls of one member, always as many under way as the bus allows.
void flood(sd_bus* bus, int calls, const std::function<Message()>& next) {
    struct Count {
        int answered = 0;
    } count;
    const auto on_answer = [](sd_bus_message*, void* data, sd_bus_error*) -> int {
        ++static_cast<Count*>(data)->answered;
        return 0;
    };
    for (int sent = 0; count.answered < calls;) {
        for (; sent < calls && sent - count.answered < 100; ++sent) {
            check(sd_bus_call_async(bus, nullptr, next().get(), on_answer, &count, UINT64_MAX), "call");
        }
        if (check(sd_bus_process(bus, nullptr), "process") == 0) {
            ASSERT_GT(sd_bus_wait(bus, patience_usec), 0) << "a call without an answer";
        }
    }
}

Message call_of(sd_bus* bus, const char* of, const char* member, const char* signature,
                const std::vector<std::string>& arguments) {
    sd_bus_message* raw = nullptr;
    check(sd_bus_message_new_method_call(bus, &raw, interface, object_path, of, member), "new call");
    Message message{raw};
    append(raw, signature, arguments);
    return message;
}

Message describe_call(sd_bus* bus, pid_t pid) {
    auto message = call_of(bus, "org.example.IoPriority.Extended1", "DescribePriority", "s", {"process"});
    check(sd_bus_message_append(message.get(), "va{sv}", "u", static_cast<std::uint32_t>(pid), 0), "append");
    return message;
}

TEST_F(Flood, of_a_hundred_thousand_calls_leaves_what_a_thousand_leave) {
    const auto bus = open_system_bus();
    const Target own{"root", {"threads", "2"}};
    int number = 0;
    const auto next = [&] {
        const auto kind = ++number % 4;
        const std::string level = std::to_string(number % 8);
        return kind == 0   ? call_of(bus.get(), interface, "SetProcess", "usu", {own.id(), "best-effort", level})
               : kind == 1 ? describe_call(bus.get(), own.pid())
               : kind == 2 ? call_of(bus.get(), interface, "SetProcess", "usu", {own.id(), "idle", level})
                           : call_of(bus.get(), interface, "Get", "u", {own.id()});
    };
    flood(bus.get(), 1000, next);
    EXPECT_TRUE(eventually([&] { return footprint(daemon).descriptors < 32; }));  // the late looks are over
    const auto early = footprint(daemon);
    flood(bus.get(), 99'000, next);
    constexpr auto some = 4;  // GLib's own, that come and go; 270 callers came since
    EXPECT_TRUE(eventually([&] { return footprint(daemon).descriptors <= early.descriptors + some; }));
    EXPECT_LT(footprint(daemon).memory_kb, early.memory_kb + 300);
}

TEST_F(Flood, of_refused_calls_writes_no_line) {
    const auto before = daemon_log();
    const auto bus = open_system_bus();
    const std::vector<std::vector<std::string>> refused{
        {"4000000000", "idle", "0"}, {"4194303", "idle", "0"}, {"1", "Idle", "0"}, {"1", "idle", "9"}};
    std::size_t number = 0;
    flood(bus.get(), 2000,
          [&] { return call_of(bus.get(), interface, "SetProcess", "usu", refused[++number % refused.size()]); });
    Caller alice{"alice"};
    for (int i = 0; i < 200; ++i) {
        EXPECT_EQ(alice.call(set_root()), error::interaction_required);
    }
    EXPECT_EQ(daemon_log(), before);
}

TEST_F(Flood, of_long_work_of_one_does_not_keep_others_waiting_for_its_end) {
    const Target crowd{"alice", {"threads", "5000"}};
    Caller bob{"bob"};
    EXPECT_TRUE(bob.get(0).words.starts_with("ok"));
    Client alice{"alice"};
    std::vector<int> calls(100);
    for (auto& call : calls) {
        call = alice.send_describe(crowd.pid());
    }
    EXPECT_EQ(bob.set_process(0, "idle", 0), "ok 1");
    EXPECT_FALSE(alice.arrived(calls.back()));
    for (const int call : calls) {
        EXPECT_EQ(alice.answer(call), "ok 1 5000");
    }
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
