// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/requests.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "service/answer.hpp"

namespace iopriority::service::test {
namespace {

using Places = std::vector<std::unique_ptr<Requests::Place>>;

bool take(Requests& requests, Places& places, uid_t uid) {
    auto place = requests.place(uid);
    if (place) {
        places.push_back(*std::move(place));
    }
    return place.has_value();
}

TEST(Requests_that_wait, are_refused_beyond_eight_of_a_user_while_others_have_theirs) {
    Requests requests([] {});
    Places places;
    for (unsigned i = 0; i < 8; ++i) {
        EXPECT_TRUE(take(requests, places, 1000));
    }
    EXPECT_FALSE(take(requests, places, 1000));
    EXPECT_TRUE(take(requests, places, 1001));
    places.erase(places.begin());
    EXPECT_TRUE(take(requests, places, 1000));
}

TEST(Requests_that_wait, are_refused_beyond_sixty_four_in_all) {
    Requests requests([] {});
    Places places;
    for (unsigned i = 0; i < 64; ++i) {
        EXPECT_TRUE(take(requests, places, 1000 + i / 8));
    }
    EXPECT_FALSE(take(requests, places, 2000));
    places.clear();
    EXPECT_TRUE(take(requests, places, 2000));
}

TEST(An_answer, is_sent_even_if_it_was_forgotten) {
    std::vector<ErrorCode> sent;
    {
        const Answer<int> forgotten([&](const Expected<int>& e) { sent.push_back(e.failure().code); });
    }
    EXPECT_EQ(sent, std::vector{ErrorCode::failed});
}

TEST(An_answer, is_sent_once) {
    int sent = 0;
    {
        Answer<int> answer([&](const Expected<int>&) { ++sent; });
        answer.send(1);
        answer.send(2);
    }
    EXPECT_EQ(sent, 1);
}

TEST(An_answer, to_a_caller_that_is_gone_harms_nobody) {
    Answer<int> answer([](const Expected<int>&) { throw 1; });
    EXPECT_NO_THROW(answer.send(1));
}

}  // namespace
}  // namespace iopriority::service::test
