// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// One user does his worst with each method: the others are served, and nothing grows beyond its bound.
//
// IOPRIORITY_SOAK=SECONDS takes that long, with more connections and processes, and prints what it has measured.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "crowd.hpp"
#include "support/kernel.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr long most_memory_kb = 64L * 1024;

milliseconds soak() {
    const char* seconds = std::getenv("IOPRIORITY_SOAK");  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
    return std::chrono::seconds{seconds != nullptr ? std::atoi(seconds) : 0};
}

long soft_limit_of_descriptors(pid_t pid) {
    std::ifstream limits{"/proc/" + std::to_string(pid) + "/limits"};
    for (std::string line; std::getline(limits, line);) {
        if (line.starts_with("Max open files")) {
            return std::stol(line.substr(sizeof "Max open files"));
        }
    }
    throw std::runtime_error("no limit of descriptors");
}

/// The most memory that a process has had since the last call.
long peak_memory_kb(pid_t pid) {
    const long peak = std::stol(status_field(pid, "VmHWM"));
    std::ofstream{"/proc/" + std::to_string(pid) + "/clear_refs"} << 5;
    return peak;
}

void print(const std::string& what, const Measured& measured) {
    if (soak().count() > 0) {
        std::printf("%-44s %6zu calls, 99%% within: Ping %7.1f ms, Get %7.1f ms, SetProcess %7.1f ms\n", what.c_str(),
                    measured.get.milliseconds.size() + measured.set.milliseconds.size(), measured.ping.percentile(0.99),
                    measured.get.percentile(0.99), measured.set.percentile(0.99));
        std::fflush(stdout);
    }
}

std::string in_words(const Call& call, Manner manner) {
    return call.name + (manner.replies ? ", " : " without replies, ") + std::to_string(manner.connections) +
           (manner.connections == 1 ? " connection" : " connections");
}

/// The bound of the figures in docs/security.md, and what the rest of a machine may do meanwhile.
struct Bound {
    double times_of_ping = soak().count() > 0 ? 2 : 4;
    double more_milliseconds = soak().count() > 0 ? 20 : 1000;
};

void expect_served(const std::string& user, const Measured& measured, const Bound& bound) {
    const double most = bound.times_of_ping * measured.ping.percentile(0.99) + bound.more_milliseconds;
    EXPECT_EQ(measured.failures, 0) << user;
    EXPECT_FALSE(measured.set.milliseconds.empty()) << user;
    EXPECT_LE(measured.get.percentile(0.99), most) << user;
    EXPECT_LE(measured.set.percentile(0.99), most) << user;
}

class Bounded : public testing::Test {
 protected:
    /// Measures while somebody floods.
    void measure(const std::string& what, milliseconds time, const Bound& bound = {}) {
        SCOPED_TRACE(what);
        long descriptors = 0;
        peak_memory_kb(daemon);
        const Prober bob{"bob", time};
        const Prober root{"root", time};
        while (!bob.done() || !root.done()) {
            descriptors = std::max(descriptors, footprint(daemon).descriptors);
            pause_between_looks();
        }
        print(what + ", bob:", bob.result());
        print(what + ", root:", root.result());
        expect_served("bob", bob.result(), bound);
        expect_served("root", root.result(), bound);
        EXPECT_LT(peak_memory_kb(daemon), most_memory_kb);
        EXPECT_LT(descriptors, soft_limit_of_descriptors(daemon) / 4);
    }

    /// Each call in each manner, one after the other.
    void flood_with_all(const Crowd& crowd, const std::vector<Manner>& manners, milliseconds time) {
        const auto calls = all_calls(uid_of("alice"), crowd.pid());
        for (std::size_t i = 0; i < calls.size(); ++i) {
            for (std::size_t j = 0; j < manners.size(); ++j) {
                // Where there is no time for all, each call has another one.
                const auto& manner = manners.at(j);
                if (soak().count() > 0 || (i + j) % manners.size() == 0) {
                    {
                        const Flooder flooder{"alice", calls.at(i), manner};
                        measure(in_words(calls.at(i), manner), time);
                        EXPECT_TRUE(flooder.goes_on()) << calls.at(i).name;
                    }
                    wait_for_the_bus();
                }
            }
        }
    }
    /// Nothing of a flood is left in the bus, which may have kept megabytes: else the next one would be measured with
    /// it.
    void wait_for_the_bus() {
        settle();
        const auto bus = open_system_bus();
        static_cast<void>(eventually([&] {
            const auto start = Clock::now();
            sd_bus_call_method(bus.get(), IdleService::name, "/", "org.freedesktop.DBus.Peer", "Ping", nullptr, nullptr,
                               "");
            return Clock::now() - start < milliseconds{10};
        }));
    }
    void expect_as_before(const Footprint& before) {
        constexpr long some_kb = 16384;  // a quarter of the bound
        EXPECT_TRUE(eventually([&] { return footprint(daemon).descriptors <= before.descriptors + 4; }));
        EXPECT_TRUE(eventually([&] { return footprint(daemon).memory_kb <= before.memory_kb + some_kb; }))
            << footprint(daemon).memory_kb << " kB, before " << before.memory_kb;
        EXPECT_EQ(daemon_pid(), daemon);
    }

    /// A flood may have asked the bus to start it more often than the bus does at once.
    bool is_started() {
        try {
            daemon = running_daemon();
            return true;
        } catch (const std::runtime_error&) {
            return false;
        }
    }

    pid_t daemon = running_daemon();
    IdleService idle;
};

constexpr Manner one_with_replies{true, 1};
constexpr Manner one_without{false, 1};
constexpr Manner many_with_replies{true, 16};
constexpr Manner many_without{false, 16};

TEST_F(Bounded, floods_of_each_call_leave_the_others_their_turn_and_nothing_else) {
    const Crowd crowd{"alice", 600};
    const auto before = footprint(daemon);
    if (soak().count() == 0) {
        flood_with_all(crowd, {many_with_replies, many_without, one_with_replies, one_without}, milliseconds{800});
    } else {
        const std::vector<Manner> manners{one_with_replies, one_without, {true, 64}, {false, 64}};
        flood_with_all(crowd, manners, soak() / 2 / all_calls(0, 0).size() / manners.size());
    }
    expect_as_before(before);
}

// Short floods of these have shown nothing: it takes a second until the answers have filled what carries them.
TEST_F(Bounded, calls_that_need_no_work_wait_for_their_turn_like_all_others) {
    const Crowd crowd{"alice", 60};
    const auto before = footprint(daemon);
    constexpr Bound tight{3, 200};
    const std::vector<std::pair<std::string, Manner>> floods{{"a property", one_with_replies},
                                                             {"a property", {true, 64}},
                                                             {"Introspect", one_with_replies},
                                                             {"a wrong class", {true, 64}}};
    for (const auto& [name, manner] : floods) {
        const auto call = call_named(name, uid_of("alice"), crowd.pid());
        {
            const Flooder flooder{"alice", call, manner};
            ASSERT_TRUE(wait_for_end(Prober("bob", milliseconds{300}).pid()));  // it is under way
            measure(in_words(call, manner), std::max(milliseconds{1500}, soak() / 60), tight);
        }
        wait_for_the_bus();
    }
    expect_as_before(before);
}

// The service does not know yet whose connections they are, and it has no room for so many requests of one user.
TEST_F(Bounded, first_calls_of_many_connections_are_refused_in_turn) {
    const Crowd crowd{"alice", 60};
    const auto call = call_named("HoldPriority", uid_of("alice"), crowd.pid());
    for (int i = 0; i < 3; ++i) {
        const Flooder sets{"alice", call_named("SetProcess", uid_of("alice"), crowd.pid()), one_without};
        const Flooder flooder{"alice", call, {true, 64}};
        measure(in_words(call, {true, 64}), milliseconds{700});
    }
}

TEST_F(Bounded, floods_over_three_thousand_processes_leave_the_others_their_turn) {
    const Crowd crowd{"alice", 3000};
    const auto before = footprint(daemon);
    for (const auto* const name : {"DescribePriority of a user", "SetPriority of a tree"}) {
        const auto call = call_named(name, uid_of("alice"), crowd.pid());
        const Flooder flooder{"alice", call, many_with_replies};
        measure(in_words(call, many_with_replies), std::max(milliseconds{1000}, soak() / 16));
    }
    expect_as_before(before);
}

TEST_F(Bounded, the_ends_of_holds_on_many_threads_leave_the_others_their_turn) {
    const Target many{"alice", {"threads", "3000"}};
    const auto before = footprint(daemon);
    const auto call = call_named("HoldPriority", uid_of("alice"), many.pid());
    {
        const Flooder flooder{"alice", call, one_with_replies};
        measure("HoldPriority of 3,000 threads", std::max(milliseconds{1000}, soak() / 16));
    }
    EXPECT_TRUE(eventually([&] { return many.priorities() == Breakdown{{"none", 3000}}; }));
    expect_as_before(before);
}

TEST_F(Bounded, floods_of_sixteen_user_ids_in_one_hand_leave_the_others_their_turn) {
    const auto users = make_users(16);
    const auto before = footprint(daemon);
    std::vector<std::unique_ptr<Crowd>> crowds;
    std::vector<std::unique_ptr<Flooder>> flooders;
    const Manner manner{true, soak().count() > 0 ? 4 : 1};
    for (const auto& user : users) {
        crowds.push_back(std::make_unique<Crowd>(user, 60));
        flooders.push_back(std::make_unique<Flooder>(
            user, call_named("DescribePriority of a user", uid_of(user), crowds.back()->pid()), manner));
    }
    measure("DescribePriority of a user, of 16 user ids", std::max(milliseconds{2000}, soak() / 8));
    flooders.clear();
    expect_as_before(before);
}

TEST_F(Bounded, a_stop_is_obeyed_within_a_second_whatever_is_under_way) {
    const Crowd crowd{"alice", 600};
    for (const auto* const name : {"DescribePriority of a user", "SetUser", "HoldPriority", "Ping"}) {
        SCOPED_TRACE(name);
        for (const auto& manner : {many_with_replies, many_without}) {
            ASSERT_TRUE(eventually([this] { return is_started(); }));
            const Flooder flooder{"alice", call_named(name, uid_of("alice"), crowd.pid()), manner};
            const Prober bob{"bob", milliseconds{200}};
            ASSERT_TRUE(wait_for_end(bob.pid()));  // it is under way
            const auto start = Clock::now();
            kill(daemon, SIGTERM);
            EXPECT_TRUE(wait_for_end(daemon));
            EXPECT_LT(Clock::now() - start, std::chrono::seconds{1});
        }
    }
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
