// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <thread>

#include "fakes.hpp"

namespace iopriority::client::test {

namespace {

using Deliver = Router::Deliver;
const CallOptions by_bus{Route::service_only, false, {}};

struct Outcome {
    Reply answer;
    std::exception_ptr error;
    std::thread::id thread;
};

/// A completion whose outcome can be waited for.
struct Awaited {
    std::shared_ptr<std::promise<Outcome>> promise = std::make_shared<std::promise<Outcome>>();
    Completion completion() const {
        return [promise = promise](const Reply& answer, const std::exception_ptr& error) {
            promise->set_value({answer, error, std::this_thread::get_id()});
        };
    }
    Outcome get() const { return promise->get_future().get(); }
};

}  // namespace

TEST(Async, ends_a_call_under_way_with_unavailable_when_closed) {
    Bench bench;
    const Awaited awaited;
    bench.router->start(set_1234, by_bus, awaited.completion(), Deliver::on_worker);
    bench.bus->wait_for_call();
    bench.router->close();
    EXPECT_EQ(code_in(awaited.get().error), ErrorCode::service_unavailable);
    EXPECT_TRUE(bench.bus->closed());
}

TEST(Async, throws_unavailable_from_a_start_after_the_end) {
    Bench bench;
    bench.router->close();
    EXPECT_THROW(bench.router->start(
                     set_1234, {}, [](auto&&...) { FAIL(); }, Deliver::on_worker),
                 Unavailable);
    EXPECT_THROW(static_cast<void>(bench.router->call(set_1234, by_bus)), Unavailable);
    EXPECT_TRUE(bench.kernel.served().empty());
    EXPECT_EQ(*bench.connections, 0);
}

TEST(Async, throws_unavailable_from_a_start_by_a_callback_that_is_called_at_the_end) {
    Bench bench;
    std::promise<bool> thrown;
    bench.router->start(
        set_1234, by_bus,
        [&](const Reply&, const std::exception_ptr&) {
            try {
                bench.router->start(
                    set_1234, by_bus, [](auto&&...) {}, Deliver::on_worker);
                thrown.set_value(false);
            } catch (const Unavailable&) {
                thrown.set_value(true);
            }
        },
        Deliver::on_worker);
    bench.bus->wait_for_call();
    bench.router->close();
    EXPECT_TRUE(thrown.get_future().get());
}

TEST(Async, ends_a_blocking_call_of_another_thread_with_unavailable_when_closed) {
    Bench bench;
    auto blocked = std::async(std::launch::async, [router = bench.router] {
        return code_of([&] { return router->call(set_1234, by_bus); });
    });
    bench.bus->wait_for_call();
    bench.router->close();
    EXPECT_EQ(blocked.get(), ErrorCode::service_unavailable);
}

TEST(Async, delivers_a_failure_of_the_kernel) {
    Bench bench;
    bench.kernel_says(ErrorCode::no_such_process);
    const Awaited awaited;
    bench.router->start(set_1234, {}, awaited.completion(), Deliver::on_worker);
    EXPECT_EQ(code_in(awaited.get().error), ErrorCode::no_such_process);
}

TEST(Async, delivers_what_keeps_the_bus_from_being_made) {
    auto router = std::make_shared<Router>(std::make_unique<FakeKernel>(), []() -> std::shared_ptr<ServiceBackend> {
        throw Unavailable(ErrorCode::service_unavailable, "no descriptor left");
    });
    const Awaited awaited;
    router->start(set_1234, by_bus, awaited.completion(), Deliver::on_worker);
    EXPECT_EQ(code_in(awaited.get().error), ErrorCode::service_unavailable);
    router->close();
}

TEST(Async, goes_on_after_a_callback_that_throws) {
    Bench bench;
    bench.router->start(
        set_1234, {}, [](const Reply&, const std::exception_ptr&) { throw 1; }, Deliver::on_worker);
    const Awaited awaited;
    bench.router->start(set_1234, {}, awaited.completion(), Deliver::on_worker);
    EXPECT_EQ(awaited.get().error, nullptr);
}

TEST(Async, delivers_the_answer_of_the_service_on_the_thread_of_callbacks) {
    Bench bench;
    const Awaited first;
    const Awaited second;
    bench.router->start(set_1234, {}, first.completion(), Deliver::on_worker);
    const auto answered = bench.answer_next(by_service);
    bench.router->start(set_1234, by_bus, second.completion(), Deliver::on_worker);
    const auto by_kernel = first.get();
    const auto by_bus_thread = second.get();
    EXPECT_EQ(by_kernel.thread, by_bus_thread.thread);
    EXPECT_NE(by_kernel.thread, std::this_thread::get_id());
    EXPECT_TRUE(by_bus_thread.answer.changed.by_service);
}

// It may be the last that keeps the Client, whose end waits for that thread.
TEST(Async, leaves_nothing_that_a_callback_has_captured_to_the_thread_of_the_bus) {
    struct Captured {
        explicit Captured(std::promise<std::thread::id>& told) : end(told) {}
        Captured(const Captured&) = delete;
        Captured& operator=(const Captured&) = delete;
        Captured(Captured&&) = delete;
        Captured& operator=(Captured&&) = delete;
        ~Captured() { end.set_value(std::this_thread::get_id()); }
        std::promise<std::thread::id>& end;
    };
    Bench bench;
    std::promise<std::thread::id> ended;
    auto end = ended.get_future();
    bench.router->start(
        set_1234, by_bus, [captured = std::make_shared<Captured>(ended)](auto&&...) {}, Deliver::on_worker);
    const auto call = bench.bus->next();
    call.done(by_service, nullptr);
    ASSERT_EQ(end.wait_for(std::chrono::seconds(20)), std::future_status::ready) << "the bus still has it";
    EXPECT_NE(end.get(), std::this_thread::get_id());
}

TEST(Async, lets_a_callback_wait_in_a_blocking_call) {
    Bench bench;
    std::promise<unsigned> threads;
    bench.router->start(
        set_1234, by_bus,
        [&](const Reply&, const std::exception_ptr&) {
            threads.set_value(bench.router->call(set_1234, by_bus).changed.threads);
        },
        Deliver::on_worker);
    const auto answered = bench.answer_next(by_service);
    const auto answered_too = bench.answer_next(by_service);
    EXPECT_EQ(threads.get_future().get(), 7U);
}

TEST(Async, lets_a_callback_start_another_call) {
    Bench bench;
    const Awaited awaited;
    bench.router->start(
        set_1234, {},
        [&](const Reply&, const std::exception_ptr&) {
            bench.router->start(set_1234, {}, awaited.completion(), Deliver::on_worker);
        },
        Deliver::on_worker);
    EXPECT_EQ(awaited.get().answer.changed.threads, 4U);
}

TEST(Async, lets_a_callback_end_everything) {
    Bench bench;
    const Awaited other;
    std::promise<void> ended;
    bench.router->start(
        set_1234, by_bus,
        [&, router = bench.router](const Reply&, const std::exception_ptr&) {
            router->close();
            ended.set_value();
        },
        Deliver::on_worker);
    const auto first = bench.bus->next();
    bench.router->start(set_1234, by_bus, other.completion(), Deliver::on_worker);
    bench.bus->wait_for_call();
    first.done(by_service, nullptr);
    ended.get_future().get();
    EXPECT_EQ(code_in(other.get().error), ErrorCode::service_unavailable);
}

TEST(Async, completes_a_future_without_the_thread_of_callbacks) {
    Bench bench;
    std::promise<void> release;
    const auto released = release.get_future().share();
    const Awaited awaited;
    bench.router->start(set_1234, by_bus, awaited.completion(), Deliver::anywhere);
    const auto call = bench.bus->next();
    bench.router->start(
        set_1234, {}, [released](const Reply&, const std::exception_ptr&) { released.wait(); }, Deliver::on_worker);
    call.done(by_service, nullptr);
    EXPECT_EQ(awaited.get().answer.changed.threads, 7U);
    release.set_value();
}

TEST(Async, serves_many_threads_at_once) {
    Bench bench;
    constexpr int threads = 8;
    constexpr int calls = 50;
    auto service = std::async(std::launch::async, [&] {
        for (int i = 0; i < threads * calls; ++i) {
            bench.bus->next().done(by_service, nullptr);
        }
    });
    std::vector<std::future<unsigned>> callers;
    for (int i = 0; i < threads; ++i) {
        callers.push_back(std::async(std::launch::async, [&] {
            unsigned sum = 0;
            for (int call = 0; call < calls; ++call) {
                sum += bench.router->call(set_1234, by_bus).changed.threads;
            }
            return sum;
        }));
    }
    for (auto& caller : callers) {
        EXPECT_EQ(caller.get(), 7U * calls);
    }
}

}  // namespace iopriority::client::test
