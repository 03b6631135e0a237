// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/requests.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "service/reply.hpp"

namespace iopriority::service::test {
namespace {

TEST(A_reply, is_sent_even_if_it_was_forgotten) {
    std::vector<ErrorCode> sent;
    {
        const Reply<int> forgotten([&](const Expected<int>& e) { sent.push_back(e.failure().code); });
    }
    EXPECT_EQ(sent, std::vector{ErrorCode::failed});
}

TEST(A_reply, is_sent_once) {
    int sent = 0;
    {
        Reply<int> reply([&](const Expected<int>&) { ++sent; });
        reply.send(1);
        reply.send(2);
    }
    EXPECT_EQ(sent, 1);
}

TEST(A_reply, to_a_caller_that_is_gone_harms_nobody) {
    Reply<int> reply([](const Expected<int>&) { throw 1; });
    EXPECT_NO_THROW(reply.send(1));
}

}  // namespace
}  // namespace iopriority::service::test
