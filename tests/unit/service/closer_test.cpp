// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/closer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "support/lingering.hpp"

namespace iopriority::service::test {
namespace {

using namespace std::chrono_literals;
using iopriority::test::Lingering;
using Clock = std::chrono::steady_clock;

/// A pipe whose reading end tells when the last copy of the writing end is closed.
class Told {
 public:
    Told() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        reading_.reset(ends[0]);
        writing_.reset(ends[1]);
    }
    process::UniqueFd writing_end() { return std::move(writing_); }
    [[nodiscard]] bool closed_within(std::chrono::milliseconds time) const {
        pollfd end{reading_.get(), POLLIN, 0};
        return ::poll(&end, 1, static_cast<int>(time.count())) == 1;
    }

 private:
    process::UniqueFd reading_;
    process::UniqueFd writing_;
};

/// Sockets that linger, and with them what tells of their end: descriptors are closed in the order of their numbers.
std::vector<process::UniqueFd> batch(std::vector<Lingering>& sockets, Told& told) {
    std::vector<process::UniqueFd> descriptors;
    for (auto& each : sockets) {
        descriptors.emplace_back(each.release());
    }
    const auto end = told.writing_end();
    descriptors.emplace_back(::fcntl(end.get(), F_DUPFD_CLOEXEC, 500));  // NOLINT(*-vararg)
    return descriptors;
}

TEST(Lingering_sockets, take_long_to_close) {
    Lingering socket;
    const linger short_time{1, 1};
    ASSERT_EQ(::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &short_time, sizeof short_time), 0);
    const auto start = Clock::now();
    ::close(socket.release());
    EXPECT_GE(Clock::now() - start, 900ms);  // else the other tests show nothing
}

TEST(A_closer, closes_at_once_what_lingers) {
    Closer closer;
    std::vector<Lingering> sockets(20);
    Told told;
    const auto start = Clock::now();
    closer.close(batch(sockets, told));
    EXPECT_LT(Clock::now() - start, 1s);
    EXPECT_TRUE(told.closed_within(5s));
}

TEST(A_closer, is_not_kept_busy_by_what_lingers) {
    Closer closer;
    for (unsigned i = 0; i < 4 * Closer::most_helpers; ++i) {
        std::vector<Lingering> sockets(1);
        Told told;
        closer.close(batch(sockets, told));
        ASSERT_TRUE(told.closed_within(5s)) << i;
    }
}

TEST(A_closer, closes_what_comes_in_very_many_pieces) {
    Closer closer;
    Told told;
    auto end = told.writing_end();
    for (int i = 0; i < 10'000; ++i) {
        std::vector<process::UniqueFd> one;
        one.emplace_back(::fcntl(end.get(), F_DUPFD_CLOEXEC, 0));  // NOLINT(*-vararg)
        ASSERT_TRUE(one.front());
        closer.close(std::move(one));
    }
    EXPECT_FALSE(told.closed_within(0s));
    end.reset();
    EXPECT_TRUE(told.closed_within(5s));
}

TEST(A_closer, may_end_while_it_closes) {
    std::vector<Lingering> sockets(1);
    Told told;
    {
        Closer closer;
        closer.close(batch(sockets, told));
    }
    EXPECT_TRUE(told.closed_within(5s));
}

}  // namespace
}  // namespace iopriority::service::test
