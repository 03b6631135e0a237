// SPDX-FileCopyrightText: The iopriority authors
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
    void give_up(const Failure&) override {
        if (!stubborn) {
            requests_.remove(*this);
        }
    }
    bool stubborn = false;  ///< as one that has begun to change something

 private:
    Requests& requests_;
    std::string name_ = ":1.1";
};

class The_daemon : public testing::Test {
 protected:
    void live(std::chrono::milliseconds idle) {
        lifetime = std::make_unique<Lifetime>(loop, requests, idle, [this](const std::function<void()>& done) {
            ++released;
            answer = loop.after(bus_takes, done);
        });
    }
    std::chrono::milliseconds time_to_run() {
        const auto start = std::chrono::steady_clock::now();
        loop.run();
        return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
    }
    Loop loop;
    std::unique_ptr<Lifetime> lifetime;
    Requests requests{[this] { lifetime->requests_changed(); }};
    int released = 0;
    std::chrono::milliseconds bus_takes{1};
    Source answer;
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
    lifetime = std::make_unique<Lifetime>(loop, requests, 1ms, [&](const std::function<void()>& done) {
        answer = loop.after(5ms, done);
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

TEST_F(The_daemon, answers_those_that_came_while_the_name_was_given_up) {
    live(0ms);
    bus_takes = 20ms;
    const auto signal = loop.after(1ms, [&] { lifetime->leave(); });
    const auto later = loop.after(10ms, [&] { requests.add(std::make_shared<Waiting>(requests)); });
    loop.run();
    EXPECT_EQ(requests.count(), 0U);
}

TEST_F(The_daemon, waits_for_what_has_begun_when_it_leaves_by_signal_but_not_for_long) {
    live(0ms);
    const auto request = std::make_shared<Waiting>(requests);
    request->stubborn = true;
    requests.add(request);
    int ended = 0;
    lifetime->hold([] { return std::size_t{0}; }, [&] { ++ended; });
    const auto signal = loop.after(1ms, [&] { lifetime->leave(); });
    const auto much_later = loop.after(5s, [&] { loop.quit(); });
    const auto time = time_to_run();
    EXPECT_GE(time, Lifetime::patience);
    EXPECT_LT(time, 2 * Lifetime::patience);
    EXPECT_EQ(ended, 1);
}

TEST_F(The_daemon, lets_go_of_requests_that_do_not_end_before_it_ends_what_is_held) {
    live(0ms);
    auto request = std::make_shared<Waiting>(requests);
    request->stubborn = true;
    const std::weak_ptr<Waiting> watched = request;
    requests.add(std::move(request));
    bool was_there = true;
    lifetime->hold([] { return std::size_t{0}; }, [&] { was_there = !watched.expired(); });
    lifetime->leave();
    loop.run();
    EXPECT_FALSE(was_there) << "it would set what nobody puts back";
}

TEST_F(The_daemon, ends_once_what_is_held_though_each_end_is_told) {
    live(0ms);
    int ended = 0;
    lifetime->hold([] { return std::size_t{0}; },
                   [&] {
                       if (++ended == 1) {
                           lifetime->requests_changed();
                       }
                   });
    lifetime->leave();
    loop.run();
    EXPECT_EQ(ended, 1);
}

TEST_F(The_daemon, does_not_wait_for_a_bus_that_does_not_answer_when_it_leaves_by_signal) {
    live(0ms);
    bus_takes = 1h;
    const auto signal = loop.after(1ms, [&] { lifetime->leave(); });
    const auto much_later = loop.after(5s, [&] { loop.quit(); });
    EXPECT_LT(time_to_run(), 2 * Lifetime::patience);
}

TEST_F(The_daemon, leaves_by_signal_also_while_it_leaves_for_idleness) {
    live(1ms);
    bus_takes = 1h;
    const auto signal = loop.after(20ms, [&] { lifetime->leave(); });
    const auto much_later = loop.after(5s, [&] { loop.quit(); });
    EXPECT_LT(time_to_run(), 2 * Lifetime::patience);
}

TEST_F(The_daemon, leaves_even_if_the_bus_is_gone_when_the_name_is_given_up) {
    lifetime = std::make_unique<Lifetime>(loop, requests, 1ms, [](const auto&) { throw std::runtime_error("no bus"); });
    loop.run();
    SUCCEED();
}

}  // namespace
}  // namespace iopriority::service::test
