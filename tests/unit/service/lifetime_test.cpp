// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/lifetime.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

namespace iopriority::service::test {
namespace {

using namespace std::chrono_literals;

class Waiting final : public Request {
 public:
    explicit Waiting(Requests& requests) : requests_(requests) {}
    [[nodiscard]] const std::string& bus_name() const override { return name_; }
    void give_up(const Failure&) override { requests_.remove(*this); }

 private:
    Requests& requests_;
    std::string name_ = ":1.1";
};

class The_daemon : public testing::Test {
 protected:
    void live(std::chrono::milliseconds idle) {
        lifetime = std::make_unique<Lifetime>(loop, requests, idle, [this] { ++released; });
    }
    Loop loop;
    std::unique_ptr<Lifetime> lifetime;
    Requests requests{[this] { lifetime->requests_changed(); }};
    int released = 0;
};

TEST_F(The_daemon, does_not_leave_while_a_request_is_under_way) {
    live(1ms);
    const auto request = std::make_shared<Waiting>(requests);
    requests.add(request);
    bool waited = false;
    const auto later = loop.after(20ms, [&] {
        waited = true;
        EXPECT_EQ(released, 0);
        requests.remove(*request);
    });
    loop.run();
    EXPECT_TRUE(waited);
    EXPECT_EQ(released, 1);
}

TEST_F(The_daemon, gives_the_name_up_before_it_leaves_for_idleness) {
    live(1ms);
    loop.run();
    EXPECT_EQ(released, 1);
}

TEST_F(The_daemon, does_not_leave_between_two_requests_that_came_as_it_gave_the_name_up) {
    const auto first = std::make_shared<Waiting>(requests);
    const auto second = std::make_shared<Waiting>(requests);
    lifetime = std::make_unique<Lifetime>(loop, requests, 1ms, [&] {
        requests.add(first);
        requests.remove(*first);
        requests.add(second);
    });
    bool waited = false;
    const auto later = loop.after(20ms, [&] {
        waited = true;
        requests.remove(*second);
    });
    loop.run();
    EXPECT_TRUE(waited);
}

TEST_F(The_daemon, answers_those_that_wait_before_it_leaves_by_signal) {
    live(0ms);
    requests.add(std::make_shared<Waiting>(requests));
    const auto signal = loop.after(1ms, [&] { lifetime->leave(); });
    loop.run();
    EXPECT_EQ(released, 1);
    EXPECT_EQ(requests.count(), 0U);
}

TEST_F(The_daemon, leaves_even_if_the_bus_is_gone_when_the_name_is_given_up) {
    lifetime = std::make_unique<Lifetime>(loop, requests, 1ms, [] { throw std::runtime_error("no bus"); });
    loop.run();
    SUCCEED();
}

}  // namespace
}  // namespace iopriority::service::test
