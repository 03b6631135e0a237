// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Whose call is taken up when, on a bus that the test plays: it also says whose the connections are.
#include "service/call_limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "played_bus.hpp"
#include "service/arrivals.hpp"
#include "service/bus_reads.hpp"
#include "service/bus_source.hpp"
#include "service/closer.hpp"
#include "service/foreign_descriptors.hpp"

namespace iopriority::service::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr uid_t alice = 61001;
constexpr uid_t bob = 61002;
const std::string of_alice = ":1.7";
const std::string of_bob = ":1.8";

class Calls_that_wait : public testing::Test {
 protected:
    void TearDown() override { bus.close(); }  // else the service's end waits for what is never read
    void send(const std::string& sender, std::size_t numbers = 1) {
        const auto call = bus.call("Get", "org.example.IoPriority", sender.c_str());
        const std::vector<std::uint64_t> content(numbers);
        require(sd_bus_message_append_array(call.get(), 't', content.data(), numbers * sizeof content[0]), "content");
        bus.send(call);
    }
    void call(const std::string& sender, std::size_t numbers = 1) {
        send(sender, numbers);
        connection_does_its_part();
    }
    void connection_does_its_part() const {
        while (bus::process_pending(*connection)) {
        }
    }
    /// The bus says who asks, if it has been asked.
    void say_who_they_are() {
        connection_does_its_part();
        for (auto message = bus.next(); message; message = bus.next()) {
            connection_does_its_part();  // more may wait to be sent
            if (sd_bus_message_is_method_call(message.get(), nullptr, "GetConnectionCredentials") <= 0) {
                continue;
            }
            const char* name = nullptr;
            require(sd_bus_message_read(message.get(), "s", &name), "whom");  // NOLINT(*-vararg)
            // NOLINTNEXTLINE(*-vararg)
            require(sd_bus_reply_method_return(message.get(), "a{sv}", 1, "UnixUserID", "u", users.at(name)), "who");
        }
        connection_does_its_part();
    }
    /// Both are known before.
    void know_both() {
        callers.find(of_alice, [](const auto&) {});
        callers.find(of_bob, [](const auto&) {});
        say_who_they_are();
    }
    void run_for(std::chrono::milliseconds time) {
        const auto end = loop.after(time, [this] { loop.quit(); });
        loop.run();
    }
    std::size_t taken_of(const std::string& sender) const {
        return static_cast<std::size_t>(std::count(taken.begin(), taken.end(), sender));
    }
    /// A call is taken up: it stays under way.
    void take_up(sd_bus_message* call) {
        const std::string sender = sd_bus_message_get_sender(call);
        taken.push_back(sender);
        at_work.push_back(admission.admit(users.at(sender)).value());
    }

    std::map<std::string, uid_t> users{{of_alice, alice}, {of_bob, bob}};
    Played_bus bus;
    std::unique_ptr<sdbus::IConnection> connection = bus.connect();
    Loop loop;
    Requests requests{[] {}};
    Admission admission{Admission::requests};
    Outbox outbox{loop, *connection};
    BusCallers callers{loop, *connection, [](const std::string&) {}};
    RefusalLog log{loop, [](const RefusalLog::Line&) {}};
    std::vector<std::string> taken;
    std::deque<Admission::Place> at_work;
    Closer closer;
    ForeignDescriptors foreign{closer};
    CallLimits limits{loop, requests, admission, callers, outbox, log, [this](sd_bus_message* call) { take_up(call); }};
    CallGate gate{*connection, foreign, limits};
};

TEST_F(Calls_that_wait, are_not_taken_up_at_once_but_in_a_turn) {
    know_both();
    call(of_alice);
    EXPECT_THAT(taken, IsEmpty());
    run_for(20ms);
    EXPECT_THAT(taken, ElementsAre(of_alice));
}

TEST_F(Calls_that_wait, are_taken_up_while_sixteen_of_the_user_are_worked_on_and_no_more) {
    know_both();
    for (int i = 0; i < 30; ++i) {
        call(of_alice);
    }
    call(of_bob);
    run_for(50ms);
    EXPECT_EQ(taken_of(of_alice), CallLimits::most_at_work);
    EXPECT_EQ(taken_of(of_bob), 1U);
    at_work.pop_front();
    limits.go_on();
    run_for(50ms);
    EXPECT_EQ(taken_of(of_alice), CallLimits::most_at_work + 1);
}

TEST_F(Calls_that_wait, of_a_user_are_one_turn_among_the_users_however_much_others_do) {
    know_both();
    unsigned pieces = 0;
    std::vector<Source> work;
    for (unsigned i = 0; i < CallLimits::most_at_work; ++i) {
        work.push_back(loop.each_turn(alice, [&] {
            ++pieces;
            if (taken.size() == 4 || pieces > 1000) {
                loop.quit();
            }
        }));
    }
    for (int i = 0; i < 4; ++i) {
        call(of_bob);
    }
    loop.run();
    EXPECT_EQ(taken_of(of_bob), 4U);
    EXPECT_LE(pieces, 6U);
}

TEST_F(Calls_that_wait, do_so_while_the_bus_does_not_take_what_is_sent) {
    know_both();
    const std::string text(1000, 't');
    for (int i = 0; i < 300; ++i) {
        // NOLINTNEXTLINE(*-vararg)
        require(sd_bus_emit_signal(bus::raw(*connection), "/test", "test.Test", "Long", "s", text.c_str()), "a signal");
    }
    call(of_alice);
    run_for(30ms);
    EXPECT_THAT(taken, IsEmpty());
    for (int i = 0; i < 200 && taken.empty(); ++i) {
        say_who_they_are();  // for which both read
        run_for(5ms);
    }
    EXPECT_THAT(taken, ElementsAre(of_alice));
}

TEST_F(Calls_that_wait, of_connections_that_are_not_known_yet_are_bounded_in_all_but_for_a_first_short_one) {
    constexpr std::size_t numbers = 8000;
    constexpr auto fit = CallLimits::most_unknown / (numbers * sizeof(std::uint64_t) + 100);
    for (std::size_t i = 0; i < fit + 10; ++i) {
        const auto sender = ":2." + std::to_string(i);
        users.emplace(sender, alice);
        call(sender, numbers);
    }
    EXPECT_EQ(requests.count(), fit);
    call(":2.0", numbers / 2);  // what is left is short
    const auto before = requests.count();
    for (int i = 0; i < 100; ++i) {
        call(":2.0", CallLimits::size_of_short / sizeof(std::uint64_t) - 10);
    }
    const auto full = requests.count();
    EXPECT_LT(full, before + 100);
    call(of_bob);
    EXPECT_EQ(requests.count(), full + 1) << "there is room for a first one that is short";
    call(of_bob, CallLimits::size_of_short / sizeof(std::uint64_t));
    EXPECT_EQ(requests.count(), full + 1);
    say_who_they_are();
    call(of_bob, numbers);
    EXPECT_EQ(admission.of(bob), 2U) << "who is known does not wait for others";
}

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(Calls_that_wait, give_memory_back_once_many_have_been_worked_off) {
    const auto resident_kb = [] {
        std::size_t all = 0;
        std::size_t resident = 0;
        std::ifstream("/proc/self/statm") >> all >> resident;
        return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) / 1024;
    };
    know_both();
    for (unsigned i = 0; i < 2 * CallLimits::most_at_work; ++i) {
        call(of_alice);
    }
    const auto before = resident_kb();
    constexpr std::size_t blocks = 20'000;
    std::vector<std::unique_ptr<std::string>> freed(blocks);
    for (auto& each : freed) {
        each = std::make_unique<std::string>(1000, 'b');
    }
    freed.erase(freed.begin(), freed.end() - 1);  // the last one stays, above all others
    while (requests.count() > 0) {
        at_work.clear();
        limits.go_on();
        run_for(5ms);
    }
    limits.go_on();
    ASSERT_GT(resident_kb(), before + blocks / 2);
    run_for(1100ms);
    EXPECT_LT(resident_kb(), before + blocks / 2);
}
#endif

TEST_F(Calls_that_wait, have_their_turn_as_soon_as_they_were_read_where_nothing_else_is_at_work) {
    BusReads reads(connection->getEventLoopPollData().fd, foreign);
    Arrivals arrivals(foreign, [](const MessageHead&) { return false; });
    know_both();
    send(of_alice);
    const BusSource source(loop, *connection, arrivals, reads, [](const std::string& why) { FAIL() << why; });
    std::vector<std::string> taken_in_this_round;
    const auto next_event = loop.after(0ms, [&] {
        taken_in_this_round = taken;
        loop.quit();
    });
    loop.run();
    EXPECT_THAT(taken_in_this_round, ElementsAre(of_alice));
}

TEST_F(Calls_that_wait, are_read_before_work_goes_on_that_was_begun_earlier) {
    BusReads reads(connection->getEventLoopPollData().fd, foreign);
    Arrivals arrivals(foreign, [](const MessageHead&) { return false; });
    know_both();
    constexpr unsigned calls = 60;
    for (unsigned i = 0; i < calls; ++i) {
        send(of_bob);
    }
    const BusSource source(loop, *connection, arrivals, reads, [](const std::string& why) { FAIL() << why; });
    unsigned pieces = 0;
    const auto work = loop.each_turn(alice, [&] {
        ++pieces;
        if (admission.of(bob) == calls || pieces > calls) {
            loop.quit();
        }
    });
    loop.run();
    EXPECT_EQ(admission.of(bob), calls);
    EXPECT_LT(pieces, calls / 2);
}

}  // namespace
}  // namespace iopriority::service::test
