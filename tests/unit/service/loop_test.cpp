// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/loop.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <vector>

namespace iopriority::service::test {
namespace {

using namespace std::chrono_literals;

TEST(A_loop, does_one_piece_of_work_between_two_events_however_much_there_is) {
    Loop loop;
    int pieces = 0;
    std::vector<Source> work;
    for (int i = 0; i < 100; ++i) {
        work.push_back(loop.each_turn(0, [&pieces] { ++pieces; }));
    }
    constexpr int most = 50;
    int events = 0;
    Source event;
    std::function<void()> next = [&] {
        if (++events == most) {
            loop.quit();
        } else {
            event = loop.after(0ms, next);
        }
    };
    event = loop.after(0ms, next);
    loop.run();
    EXPECT_LE(pieces, 3 * most);
    EXPECT_GE(pieces, most / 3);
}

TEST(A_loop, gives_each_work_its_turn) {
    Loop loop;
    std::deque<int> order;
    std::vector<Source> work;
    for (int i = 0; i < 3; ++i) {
        work.push_back(loop.each_turn(0, [&, i] {
            order.push_back(i);
            if (order.size() == 9) {
                loop.quit();
            }
        }));
    }
    loop.run();
    EXPECT_EQ(order, (std::deque<int>{0, 1, 2, 0, 1, 2, 0, 1, 2}));
}

TEST(A_loop, goes_round_by_owner_however_much_work_one_has) {
    Loop loop;
    std::deque<char> order;
    std::vector<Source> work;
    for (const char owner : {'a', 'a', 'a', 'b', 'c'}) {
        work.push_back(loop.each_turn(static_cast<std::uint64_t>(owner), [&, owner] {
            order.push_back(owner);
            if (order.size() == 12) {
                loop.quit();
            }
        }));
    }
    loop.run();
    order.erase(order.begin(), order.begin() + 6);  // those that came with nothing else at work had theirs in between
    EXPECT_EQ(order, (std::deque<char>{'a', 'c', 'b', 'a', 'c', 'b'}));
}

TEST(A_loop, goes_on_when_work_ends_in_its_own_turn_or_in_anothers) {
    Loop loop;
    std::vector<Source> work(3);
    int last = 0;
    work[0] = loop.each_turn(0, [&] { work[0] = Source(); });
    work[1] = loop.each_turn(0, [&] {
        work[1] = Source();
        work[0] = Source();
    });
    work[2] = loop.each_turn(0, [&] {
        if (++last == 3) {
            loop.quit();
        }
    });
    loop.run();
    EXPECT_EQ(last, 3);
}

}  // namespace
}  // namespace iopriority::service::test
