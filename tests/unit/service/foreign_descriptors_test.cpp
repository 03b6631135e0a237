// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/foreign_descriptors.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <thread>

#include "support/lingering.hpp"

namespace iopriority::service::test {
namespace {

using namespace std::chrono_literals;
using iopriority::test::Lingering;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t serial = 0x01020304;

/// A bus that sends, and what libsystemd does at the other end.
class Foreign_descriptors : public testing::Test {
 protected:
    Foreign_descriptors() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        bus.reset(ends[0]);
        ours.reset(ends[1]);
    }
    void send(const std::vector<int>& descriptors, char order = 'l') const {
        std::array<unsigned char, 32> bytes{static_cast<unsigned char>(order), 1, 0, 1};
        const std::array<unsigned char, 4> number{4, 3, 2, 1};
        for (std::size_t i = 0; i < 4; ++i) {
            bytes[8 + i] = order == 'l' ? number[i] : number[3 - i];
        }
        iovec data{bytes.data(), bytes.size()};
        alignas(cmsghdr) std::array<char, CMSG_SPACE(16 * sizeof(int))> control{};
        msghdr message{};
        message.msg_iov = &data;
        message.msg_iovlen = 1;
        if (!descriptors.empty()) {
            message.msg_control = control.data();
            message.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
            cmsghdr* part = CMSG_FIRSTHDR(&message);
            part->cmsg_level = SOL_SOCKET;
            part->cmsg_type = SCM_RIGHTS;
            part->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
            std::memcpy(CMSG_DATA(part), descriptors.data(), descriptors.size() * sizeof(int));
        }
        ASSERT_EQ(::sendmsg(bus.get(), &message, 0), static_cast<ssize_t>(bytes.size()));
    }
    /// So many bytes of what was sent, and the descriptors.
    std::vector<process::UniqueFd> read(std::size_t size) const {
        std::array<char, 64> bytes{};
        iovec data{bytes.data(), size};
        alignas(cmsghdr) std::array<char, CMSG_SPACE(16 * sizeof(int))> control{};
        msghdr message{};
        message.msg_iov = &data;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        EXPECT_EQ(::recvmsg(ours.get(), &message, MSG_CMSG_CLOEXEC), static_cast<ssize_t>(size));
        std::vector<process::UniqueFd> descriptors;
        if (const cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr) {
            std::vector<int> numbers((part->cmsg_len - CMSG_LEN(0)) / sizeof(int));
            std::memcpy(numbers.data(), CMSG_DATA(part), numbers.size() * sizeof(int));
            for (const int number : numbers) {
                descriptors.emplace_back(number);
            }
        }
        return descriptors;
    }
    static process::UniqueFd pidfd() {
        return process::UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));  // NOLINT(*-vararg)
    }

    process::UniqueFd bus;
    process::UniqueFd ours;
    Closer closer;
    ForeignDescriptors foreign{closer};
};

TEST_F(Foreign_descriptors, are_known_before_the_message_is_read_by_its_number) {
    for (const char order : {'l', 'B'}) {
        send({STDERR_FILENO}, order);
        foreign.look_ahead(ours.get());
        const auto received = read(32);
        EXPECT_FALSE(foreign.came_with(serial + 1));
        EXPECT_TRUE(foreign.came_with(serial));
        foreign.turn_ended();
        EXPECT_FALSE(foreign.came_with(serial));
    }
}

TEST_F(Foreign_descriptors, are_none_where_a_message_comes_with_pidfds_or_nothing) {
    const auto mine = pidfd();
    send({mine.get(), mine.get()});
    foreign.look_ahead(ours.get());
    read(32);
    EXPECT_FALSE(foreign.came_with(serial));
    send({});
    foreign.look_ahead(ours.get());
    read(32);
    EXPECT_FALSE(foreign.came_with(serial));
    foreign.look_ahead(ours.get());  // nothing there
    EXPECT_FALSE(foreign.came_with(serial));
}

TEST_F(Foreign_descriptors, are_known_among_pidfds) {
    const auto mine = pidfd();
    send({mine.get(), STDERR_FILENO});
    foreign.look_ahead(ours.get());
    read(32);
    EXPECT_TRUE(foreign.came_with(serial));
}

TEST_F(Foreign_descriptors, are_not_closed_for_the_last_time_by_who_reads_the_message) {
    Lingering socket;
    send({socket.get()});
    socket.give_away();
    const auto start = Clock::now();
    foreign.look_ahead(ours.get());
    read(32).clear();
    EXPECT_TRUE(foreign.came_with(serial));
    foreign.turn_ended();
    EXPECT_LT(Clock::now() - start, 5s);
}

TEST_F(Foreign_descriptors, are_kept_until_the_whole_message_has_been_read) {
    Lingering socket;
    send({socket.get()});
    socket.give_away();
    const auto start = Clock::now();
    foreign.look_ahead(ours.get());
    auto received = read(16);
    foreign.turn_ended();
    std::this_thread::sleep_for(50ms);  // a helper that had them would have closed them
    foreign.look_ahead(ours.get());
    read(16);
    EXPECT_TRUE(foreign.came_with(serial));
    received.clear();
    foreign.turn_ended();
    EXPECT_LT(Clock::now() - start, 5s);
}

TEST_F(Foreign_descriptors, that_were_looked_at_twice_are_known) {
    send({STDERR_FILENO});
    foreign.look_ahead(ours.get());
    foreign.turn_ended();  // libsystemd had something else to do
    foreign.look_ahead(ours.get());
    read(32);
    EXPECT_TRUE(foreign.came_with(serial));
}

TEST_F(Foreign_descriptors, of_many_messages_do_not_pile_up) {
    const auto lowest_free = [] { return process::UniqueFd(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)).get(); };
    const int lowest = lowest_free();
    const auto wait_for_at_most = [&](int most) {
        const auto end = Clock::now() + 5s;
        while (lowest_free() > most && Clock::now() < end) {
            std::this_thread::sleep_for(1ms);
        }
        return lowest_free() <= most;
    };
    constexpr int some = 256;  // the helper may be slower than this thread, which may have 1,024
    for (int i = 0; i < 5'000; ++i) {
        ASSERT_TRUE(wait_for_at_most(some));
        send({STDERR_FILENO, STDERR_FILENO, STDERR_FILENO, STDERR_FILENO});
        foreign.look_ahead(ours.get());
        read(32);
        EXPECT_TRUE(foreign.came_with(serial));
        foreign.turn_ended();
    }
    EXPECT_TRUE(wait_for_at_most(lowest));
}

TEST(A_pidfd, is_told_from_what_else_a_descriptor_can_be) {
    const process::UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));  // NOLINT(*-vararg)
    EXPECT_TRUE(is_pidfd(pidfd.get()));
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    EXPECT_FALSE(is_pidfd(ends[0]));
    ::close(ends[0]);
    ::close(ends[1]);
    EXPECT_FALSE(is_pidfd(ends[0]));
    EXPECT_FALSE(is_pidfd(-1));
}

}  // namespace
}  // namespace iopriority::service::test
