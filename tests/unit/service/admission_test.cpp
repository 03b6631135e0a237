// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/admission.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>
#include <memory>
#include <utility>
#include <vector>

namespace iopriority::service::test {
namespace {

using testing::HasSubstr;

class An_admission : public testing::Test {
 protected:
    /// As many as there are places for.
    unsigned fill(uid_t uid) {
        unsigned taken = 0;
        while (take(uid)) {
            ++taken;
        }
        return taken;
    }
    bool take(uid_t uid) {
        auto place = admission.admit(uid);
        if (place) {
            places.push_back(*std::move(place));
        }
        return place.has_value();
    }

    Admission admission;
    std::list<Admission::Place> places;
};

TEST_F(An_admission, hands_a_place_over_also_where_there_would_be_no_other) {
    EXPECT_EQ(fill(1000), Admission::requests.of_user);
    auto place = std::move(places.front());
    places.pop_front();
    admission.hand_over(std::move(place), [this] {
        EXPECT_FALSE(take(1000) && take(1000));
        EXPECT_EQ(admission.of(1000), Admission::requests.of_user);
    });
    EXPECT_EQ(admission.of(1000), Admission::requests.of_user);
    places.pop_front();
    place = std::move(places.front());
    places.pop_front();
    admission.hand_over(std::move(place), [] {});
    EXPECT_EQ(admission.of(1000), Admission::requests.of_user - 2) << "nobody has taken it";
}

TEST_F(An_admission, is_refused_to_a_user_beyond_its_bound_and_says_how_many_there_are) {
    EXPECT_EQ(fill(1000), Admission::requests.of_user);
    const auto refused = admission.admit(1000);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.failure().code, ErrorCode::limits_exceeded);
    EXPECT_THAT(refused.failure().message, HasSubstr("128 requests of user 1000"));
    places.pop_front();
    EXPECT_TRUE(take(1000));
    EXPECT_FALSE(take(1000));
}

TEST_F(An_admission, is_refused_beyond_the_bound_of_all_but_not_to_root) {
    uid_t user = 20'000;
    while (take(user)) {
        ++user;
    }
    EXPECT_EQ(admission.in_all(), Admission::requests.in_all);
    const auto refused = admission.admit(1000);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.failure().message, HasSubstr("1024 requests of all users"));
    EXPECT_EQ(fill(0), Admission::requests.of_user);
}

TEST_F(An_admission, counts_root_apart) {
    EXPECT_EQ(fill(0), Admission::requests.of_user);
    EXPECT_EQ(fill(1000), Admission::requests.of_user);
}

TEST_F(An_admission, leaves_a_newcomer_places_whatever_sixteen_users_take) {
    for (int round = 0; round < 3; ++round) {  // in turns, as one who holds them all would
        for (uid_t user = 20'000; user < 20'016; ++user) {
            fill(user);
        }
    }
    EXPECT_LT(admission.in_all(), Admission::requests.in_all * 7 / 8);
    EXPECT_GE(fill(1000), 8U);
}

TEST_F(An_admission, of_a_share_says_why_it_is_small) {
    for (uid_t user = 20'000; user < 20'032; ++user) {
        fill(user);
    }
    const unsigned mine = fill(1000);
    EXPECT_LT(mine, Admission::requests.of_user);
    const auto refused = admission.admit(1000);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.failure().message, HasSubstr("fewer while 32 other users have some"));
}

TEST_F(An_admission, is_one_at_least_while_any_place_is_free) {
    for (uid_t user = 20'000; user < 20'000 + Admission::requests.in_all - 1; ++user) {
        EXPECT_TRUE(take(user));
    }
    EXPECT_TRUE(take(1000));
    EXPECT_FALSE(take(1001));
}

TEST_F(An_admission, leaves_half_of_all_places_to_who_is_no_subordinate_user) {
    uid_t user = 100'000;
    while (take(user)) {
        ++user;
    }
    EXPECT_EQ(admission.in_all(), Admission::requests.in_all / 2);
    const auto refused = admission.admit(user);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.failure().message, HasSubstr("512 requests of all users with ids from 65536 on"));
    EXPECT_EQ(fill(1000), Admission::requests.of_user) << "nor is its share smaller";
    EXPECT_EQ(fill(0), Admission::requests.of_user);
}

TEST_F(An_admission, is_as_before_when_all_places_are_given_back) {
    for (uid_t user = 0; user < 100; ++user) {
        fill(user);
    }
    places.clear();
    EXPECT_EQ(admission.in_all(), 0U);
    EXPECT_EQ(fill(1000), Admission::requests.of_user);
}

TEST_F(An_admission, is_given_back_once_though_its_place_moves) {
    {
        auto first = admission.admit(1000);
        auto second = admission.admit(1000);
        ASSERT_TRUE(first && second);
        Admission::Place moved(*std::move(first));
        EXPECT_EQ(admission.of(1000), 2U);
        moved = *std::move(second);
        EXPECT_EQ(admission.of(1000), 1U);
    }
    EXPECT_EQ(admission.of(1000), 0U);
}

TEST(Requests_that_wait, are_refused_beyond_eight_of_a_user_while_others_have_theirs) {
    Admission questions(Admission::questions);
    std::vector<Admission::Place> places;
    const auto take = [&](uid_t uid) {
        auto place = questions.admit(uid);
        if (place) {
            places.push_back(*std::move(place));
        }
        return place.has_value();
    };
    for (unsigned i = 0; i < 8; ++i) {
        EXPECT_TRUE(take(1000));
    }
    EXPECT_FALSE(take(1000));
    EXPECT_TRUE(take(1001));
    places.erase(places.begin());
    EXPECT_TRUE(take(1000));
}

TEST(Requests_that_wait, are_refused_beyond_sixty_four_in_all) {
    Admission questions(Admission::questions);
    std::vector<Admission::Place> places;
    for (uid_t user = 1000; user < 1064; ++user) {
        auto place = questions.admit(user);
        ASSERT_TRUE(place) << user;
        places.push_back(*std::move(place));
    }
    EXPECT_FALSE(questions.admit(2000));
    EXPECT_TRUE(questions.refuses(2000));
    places.clear();
    EXPECT_TRUE(questions.admit(2000));
    EXPECT_FALSE(questions.refuses(2000));
}

TEST(The_place_of_a_request, may_outlive_the_admission) {
    auto admission = std::make_unique<Admission>();
    const auto place = admission->admit(1000);
    admission.reset();
    EXPECT_TRUE(place);
}

}  // namespace
}  // namespace iopriority::service::test
