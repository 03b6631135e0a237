// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/requests.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
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

class Waiting_request final : public Request {
 public:
    [[nodiscard]] const std::string& bus_name() const override { return name_; }
    void give_up(const Failure& /*why*/) override {}

 private:
    std::string name_ = ":1.7";
};

TEST(Requests, that_have_ended_or_were_dropped_are_not_taken_out_again) {
    int changes = 0;
    Requests requests([&] { ++changes; });
    std::vector<std::shared_ptr<Waiting_request>> all;
    for (int i = 0; i < 3; ++i) {
        requests.add(all.emplace_back(std::make_shared<Waiting_request>()));
    }
    requests.remove(*all[1]);
    requests.remove(*all[1]);
    EXPECT_EQ(requests.count(), 2U);
    EXPECT_EQ(changes, 4);
    requests.drop_all();
    requests.remove(*all[0]);
    requests.remove(*all[2]);
    EXPECT_EQ(requests.count(), 0U);
    EXPECT_EQ(changes, 4);
    EXPECT_FALSE(requests.add(all[0])) << "the service has ended";
    EXPECT_EQ(requests.count(), 0U);
}

TEST(Requests, that_are_many_end_in_any_order_without_a_search) {
    constexpr std::size_t many = 200'000;  // with a search for each this takes minutes
    Requests requests([] {});
    std::vector<std::shared_ptr<Waiting_request>> all;
    for (std::size_t i = 0; i < many; ++i) {
        requests.add(all.emplace_back(std::make_shared<Waiting_request>()));
    }
    while (!all.empty()) {
        requests.remove(*all.back());
        all.pop_back();
    }
    EXPECT_EQ(requests.count(), 0U);
}

}  // namespace
}  // namespace iopriority::service::test
