// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/requests.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "service/answer.hpp"

namespace iopriority::service::test {
namespace {

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
