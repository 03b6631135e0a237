// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/turns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace iopriority::service::test {
namespace {

using testing::ElementsAre;

class Turns_among_owners : public testing::Test {
 protected:
    std::vector<std::string> next(int number) {
        std::vector<std::string> served;
        while (number-- > 0) {
            served.push_back(turns.ready());
            turns.go_round(served.back());
        }
        return served;
    }
    Turns<std::string> turns;
};

TEST_F(Turns_among_owners, go_round_by_owner_and_by_work_of_each) {
    turns.add(1, "a1");
    turns.add(1, "a2");
    turns.add(2, "b1");
    EXPECT_THAT(next(3), ElementsAre("a1", "a2", "b1"));
    EXPECT_THAT(next(4), ElementsAre("a1", "b1", "a2", "b1"));
}

TEST_F(Turns_among_owners, come_soon_for_one_who_has_nothing_else_at_work) {
    for (unsigned owner = 1; owner <= 3; ++owner) {
        turns.add(owner, std::to_string(owner));
    }
    next(6);
    turns.add(4, "short");
    EXPECT_THAT(next(1), ElementsAre("short"));
    turns.add(4, "more of it");
    EXPECT_THAT(next(5), ElementsAre("1", "3", "2", "short", "1"));
}

TEST_F(Turns_among_owners, are_never_all_for_those_who_come_anew) {
    turns.add(1, "long");
    turns.add(2, "long, too");
    next(3);
    std::vector<std::string> served;
    for (unsigned owner = 10; owner < 16; ++owner) {
        turns.add(owner, "short");
        served.push_back(next(1).front());
        turns.remove("short");
    }
    turns.add(20, "short");
    turns.add(21, "another");
    EXPECT_THAT(served, ElementsAre("long", "short", "long, too", "short", "long", "short"));
    EXPECT_THAT(next(4), ElementsAre("long, too", "short", "long", "another"));
}

// Between the look at what is ready and its turn a message may bring somebody new.
TEST_F(Turns_among_owners, are_counted_for_the_work_that_had_them) {
    turns.add(1, "a");
    turns.add(2, "b");
    next(3);
    const auto ready = turns.ready();
    turns.add(3, "new");
    turns.go_round(ready);
    EXPECT_EQ(ready, "a");
    EXPECT_THAT(next(3), ElementsAre("new", "b", "a"));
}

TEST_F(Turns_among_owners, end_with_their_work) {
    turns.add(1, "a");
    turns.add(2, "b");
    turns.remove("a");
    EXPECT_EQ(turns.ready(), "b");
    turns.remove("b");
    EXPECT_TRUE(turns.empty());
}

}  // namespace
}  // namespace iopriority::service::test
