// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What comes from the bus: dropped unread, or left for libsystemd, wherever a message begins.
#include "service/arrivals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <vector>

#include "message.hpp"

namespace iopriority::service::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Arrivals_from_the_bus : public testing::Test {
 protected:
    Arrivals_from_the_bus() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
        bus.reset(ends[0]);
        ours.reset(ends[1]);
    }
    void send(std::string_view bytes) const {
        ASSERT_EQ(::send(bus.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    }
    [[nodiscard]] static std::string call(std::uint32_t serial, bool wanted, std::size_t body = 0) {
        return MessageToWrite{
            .flags = static_cast<char>(wanted ? 0 : 1), .serial = serial, .body = std::string(body, 'x')}
            .bytes();
    }
    [[nodiscard]] std::string read(std::size_t size) const {
        std::string bytes(size, 0);
        const ssize_t got = ::recv(ours.get(), bytes.data(), size, 0);
        bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return bytes;
    }
    /// What libsystemd does: reads one message, as much of it as is there. Its serial, 0 if it is not whole.
    std::uint32_t read_one() {
        constexpr std::size_t fixed = 16;
        partial += read(partial.size() < fixed ? fixed - partial.size() : 0);
        const auto size = size_of_message(partial);
        partial += size ? read(*size - partial.size()) : "";
        const auto head = parse_head(partial);
        if (head) {
            partial.clear();
            EXPECT_FALSE(foreign.came_with(head->serial));
        }
        return head ? head->serial : 0;
    }
    /// Turns of the loop until there is nothing; the serials that libsystemd has seen.
    std::vector<std::uint32_t> turns() {
        std::vector<std::uint32_t> serials;
        while (arrivals.look_ahead(ours.get())) {
            const auto serial = read_one();
            arrivals.turn_ended(true);
            if (serial == 0) {
                break;
            }
            serials.push_back(serial);
        }
        return serials;
    }
    /// A first message: before it, nobody knows where one begins.
    void begin() {
        send(call(1, true));
        ASSERT_THAT(turns(), ElementsAre(1));
    }

    process::UniqueFd bus;
    process::UniqueFd ours;
    Closer closer;
    ForeignDescriptors foreign{closer};
    Arrivals arrivals{foreign, [](const MessageHead& head) { return !head.wants_reply; }};
    std::string partial;
};

TEST_F(Arrivals_from_the_bus, are_all_left_until_it_is_known_where_a_message_begins) {
    send(call(1, false) + call(2, false));
    EXPECT_THAT(turns(), ElementsAre(1)) << "the second one is dropped";
}

TEST_F(Arrivals_from_the_bus, that_are_to_be_dropped_are_not_seen_and_all_others_are_in_their_order) {
    begin();
    send(call(2, false) + call(3, true) + call(4, false) + call(5, false) + call(6, true) + call(7, false));
    EXPECT_THAT(turns(), ElementsAre(3, 6));
    send(call(8, true));
    EXPECT_THAT(turns(), ElementsAre(8));
}

TEST_F(Arrivals_from_the_bus, that_are_to_be_dropped_are_dropped_by_the_hundred) {
    begin();
    std::string many;
    for (std::uint32_t serial = 2; serial < 402; ++serial) {
        many += call(serial, false);
    }
    send(many + call(402, true));
    EXPECT_THAT(turns(), ElementsAre(402));
}

TEST_F(Arrivals_from_the_bus, are_all_seen_once_the_last_that_was_there_has_been_read) {
    const auto read_next = [this](bool nothing_queued) {
        ASSERT_TRUE(arrivals.look_ahead(ours.get()));
        ASSERT_NE(read_one(), 0U);
        arrivals.turn_ended(nothing_queued);
    };
    send(call(1, true));
    read_next(true);
    EXPECT_FALSE(arrivals.all_seen()) << "nothing was seen: it was not known where a message begins";
    send(call(2, true) + call(3, true) + call(4, false));
    read_next(true);
    EXPECT_FALSE(arrivals.all_seen());
    read_next(true);
    EXPECT_FALSE(arrivals.all_seen()) << "one is still to be dropped";
    send(call(5, true) + call(6, true).substr(0, 20));
    read_next(true);
    EXPECT_FALSE(arrivals.all_seen()) << "a part of one has come";
    send(call(6, true).substr(20));
    read_next(false);
    EXPECT_FALSE(arrivals.all_seen()) << "libsystemd has another";
    send(call(7, true));
    read_next(true);
    EXPECT_TRUE(arrivals.all_seen());
}

TEST_F(Arrivals_from_the_bus, that_come_in_parts_are_left_whole) {
    begin();
    for (const bool wanted : {true, false}) {
        const auto bytes = call(2, wanted, 100);
        for (std::size_t part = 1; part < bytes.size(); ++part) {
            send(std::string_view(bytes).substr(0, part));
            EXPECT_THAT(turns(), IsEmpty()) << part;
            send(std::string_view(bytes).substr(part));
            EXPECT_THAT(turns(), ElementsAre(2)) << part << ": its beginning had been read";
        }
        send(call(3, false) + call(4, true));
        EXPECT_THAT(turns(), ElementsAre(4));
    }
}

TEST_F(Arrivals_from_the_bus, that_are_larger_than_what_is_looked_at_are_left_whole) {
    begin();
    constexpr std::size_t large = 100000;
    send(call(2, false, large));
    EXPECT_THAT(turns(), ElementsAre(2));
    send(call(3, false) + call(4, true));
    EXPECT_THAT(turns(), ElementsAre(4));
}

TEST_F(Arrivals_from_the_bus, that_were_read_behind_its_back_are_not_taken_for_others) {
    begin();
    send(call(2, true) + call(3, true) + call(4, false) + call(5, true));
    ASSERT_TRUE(arrivals.look_ahead(ours.get()));
    EXPECT_EQ(read_one(), 2U);
    static_cast<void>(read(call(3, true).size()));  // as a call that waits for its reply does
    arrivals.turn_ended(true);
    EXPECT_THAT(turns(), testing::Contains(5)) << "nothing but what is to be dropped may be missing";
}

}  // namespace
}  // namespace iopriority::service::test
