// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// How many refusals wait for the bus, whosever they are.
#include "service/outbox.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "bus/sd_bus.hpp"
#include "played_bus.hpp"

namespace iopriority::service::test {
namespace {

using namespace std::chrono_literals;

constexpr unsigned most_of_a_user = 32768;  // two have as many as may wait in all
constexpr uid_t alice = 61001;
constexpr uid_t bob = 61002;
constexpr uid_t carol = 61003;

int keep(sd_bus_message* message, void* kept, sd_bus_error* /*error*/) noexcept {
    *static_cast<sd_bus_message**>(kept) = sd_bus_message_ref(message);
    return 1;
}

class Refusals_that_wait : public testing::Test {
 protected:
    Refusals_that_wait() { require(sd_bus_add_filter(bus::raw(*connection), nullptr, &keep, &kept), "a filter"); }
    void TearDown() override { bus.close(); }

    /// A call as the service has it.
    Message call_of(uid_t user) {
        bus.send(bus.call("Get", "org.example.IoPriority", connection_of(user).c_str()));
        kept = nullptr;
        while (kept == nullptr) {
            bus::process_pending(*connection);
        }
        return {kept, &sd_bus_message_unref};
    }
    void refuse(uid_t user, unsigned times) {
        const auto call = call_of(user);
        for (unsigned i = 0; i < times; ++i) {
            outbox.refuse(user, call.get(), {ErrorCode::limits_exceeded, "no"});
        }
    }
    static std::string connection_of(uid_t user) { return ":1." + std::to_string(user); }
    /// Reads what has come: of each connection how many.
    void read() {
        while (bus::process_pending(*connection)) {
        }
        for (auto message = bus.next(); message; message = bus.next()) {
            ++come[sd_bus_message_get_destination(message.get())];
        }
    }

    Played_bus bus;
    std::unique_ptr<sdbus::IConnection> connection = bus.connect();
    sd_bus_message* kept = nullptr;
    Loop loop;
    Outbox outbox{loop, *connection};
    std::map<std::string, unsigned> come;
};

TEST_F(Refusals_that_wait, are_so_many_in_all_and_beyond_that_one_of_who_has_none) {
    refuse(alice, most_of_a_user);
    refuse(bob, most_of_a_user);
    refuse(alice, 5);
    refuse(bob, 5);
    refuse(carol, 5);
    read();
    EXPECT_TRUE(come.empty()) << "nothing is sent but in a turn";
    while (come[connection_of(alice)] < 20 || come[connection_of(bob)] < 20) {
        const auto end = loop.after(1ms, [this] { loop.quit(); });
        loop.run();
        read();
    }
    EXPECT_EQ(come[connection_of(carol)], 1U);
}

TEST_F(Refusals_that_wait, are_so_many_of_a_user_and_what_is_beyond_is_sent_at_once) {
    refuse(alice, most_of_a_user);
    read();
    EXPECT_TRUE(come.empty());
    refuse(alice, 5);
    read();
    EXPECT_EQ(come[connection_of(alice)], 5U);
}

}  // namespace
}  // namespace iopriority::service::test
