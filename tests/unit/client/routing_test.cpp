// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "fakes.hpp"

namespace iopriority::client::test {

namespace {

CallOptions via(Route route) {
    return {route, false, {}};
}

}  // namespace

TEST(Routing, says_no_process_without_asking_the_service_when_the_kernel_knows_none) {
    Bench bench;
    bench.kernel_says(ErrorCode::no_such_process, "there is no process 1234");
    EXPECT_THROW(static_cast<void>(bench.router->call(set_1234, {})), NoSuchProcess);
    EXPECT_EQ(*bench.connections, 0);
}

TEST(Routing, passes_on_any_other_failure_of_the_kernel_without_asking_the_service) {
    for (const auto code : {ErrorCode::failed, ErrorCode::partially_applied, ErrorCode::invalid_argument}) {
        Bench bench;
        bench.kernel_says(code);
        EXPECT_EQ(code_of([&] { return bench.router->call(set_1234, {}); }), code);
        EXPECT_EQ(*bench.connections, 0);
    }
}

TEST(Routing, says_not_authorized_when_the_kernel_refuses_and_the_bus_is_forbidden) {
    Bench bench;
    bench.kernel_says(ErrorCode::access_denied, "process 1234: only the service can");
    try {
        static_cast<void>(bench.router->call(set_1234, via(Route::kernel_only)));
        FAIL();
    } catch (const NotAuthorized& error) {
        EXPECT_STREQ(error.what(), "process 1234: only the service can");
        EXPECT_EQ(error.name(), "org.freedesktop.DBus.Error.AccessDenied");
    }
    EXPECT_EQ(*bench.connections, 0);
}

TEST(Routing, refuses_a_negative_timeout_before_anything_is_done) {
    Bench bench;
    const CallOptions options{Route::kernel_first, false, std::chrono::milliseconds(-1)};
    EXPECT_THROW(static_cast<void>(bench.router->call(set_1234, options)), InvalidArgument);
    EXPECT_THROW(bench.router->start(set_1234, options, {}, Router::Deliver::on_worker), InvalidArgument);
    EXPECT_TRUE(bench.kernel.served().empty());
}

TEST(Routing, passes_on_the_error_of_the_service) {
    Bench bench;
    bench.kernel_says(ErrorCode::access_denied);
    const auto answered =
        bench.answer_next({}, error_from_bus("org.example.IoPriority.Error.Dismissed", "the dialog was closed"));
    try {
        static_cast<void>(bench.router->call(set_1234, {}));
        FAIL();
    } catch (const NotAuthorized& error) {
        EXPECT_EQ(error.code(), ErrorCode::dismissed);
        EXPECT_EQ(error.name(), "org.example.IoPriority.Error.Dismissed");
    }
}

TEST(Routing, never_connects_when_the_kernel_suffices) {
    Bench bench;
    const auto answer = bench.router->call(set_1234, {});
    EXPECT_EQ(answer.changed.threads, 4U);
    EXPECT_FALSE(answer.changed.by_service);
    EXPECT_EQ(*bench.connections, 0);
    ASSERT_EQ(bench.kernel.served().size(), 1U);
    EXPECT_TRUE(same(bench.kernel.served().front(), set_1234));
}

TEST(Routing, asks_the_service_when_the_kernel_refuses) {
    Bench bench;
    bench.kernel_says(ErrorCode::access_denied);
    const auto answered = bench.answer_next(by_service);
    const auto answer = bench.router->call(set_1234, {});
    EXPECT_EQ(answer.changed.threads, 7U);
    EXPECT_TRUE(answer.changed.by_service);
}

TEST(Routing, does_not_try_the_kernel_for_what_is_out_of_its_reach) {
    Bench bench;
    bench.kernel.reach = false;
    const auto answered = bench.answer_next(by_service);
    static_cast<void>(bench.router->call({What::set, Target::user(0), Priority::idle()}, {}));
    EXPECT_TRUE(bench.kernel.served().empty());
}

TEST(Routing, tries_the_kernel_out_of_its_reach_when_nothing_else_is_allowed) {
    Bench bench;
    bench.kernel.reach = false;
    static_cast<void>(bench.router->call({What::set, Target::user(1000), Priority::idle()}, via(Route::kernel_only)));
    EXPECT_EQ(bench.kernel.served().size(), 1U);
    EXPECT_EQ(*bench.connections, 0);
}

TEST(Routing, leaves_the_kernel_alone_when_only_the_service_is_wanted) {
    Bench bench;
    const auto answered = bench.answer_next(by_service);
    EXPECT_EQ(bench.router->call({What::get, Target::process(1), {}}, via(Route::service_only)).details.set,
              Priority::best_effort(2));
    EXPECT_TRUE(bench.kernel.served().empty());
}

TEST(Routing, connects_once_for_many_calls) {
    Bench bench;
    for (int i = 0; i < 3; ++i) {
        const auto answered = bench.answer_next(by_service);
        static_cast<void>(bench.router->call(set_1234, via(Route::service_only)));
    }
    EXPECT_EQ(*bench.connections, 1);
}

TEST(Routing, waits_the_usual_time_unless_somebody_may_be_asked) {
    EXPECT_EQ(settings_of({}).timeout, std::chrono::seconds(30));
    EXPECT_FALSE(settings_of({}).interactive);
    const CallOptions interactive{Route::kernel_first, true, {}};
    EXPECT_EQ(settings_of(interactive).timeout, CallSettings::without_end);
    EXPECT_TRUE(settings_of(interactive).interactive);
}

TEST(Routing, waits_as_long_as_the_caller_says) {
    const CallOptions options{Route::kernel_first, true, std::chrono::milliseconds(5)};
    EXPECT_EQ(settings_of(options).timeout, std::chrono::milliseconds(5));
    const CallOptions endless{Route::kernel_first, false, std::chrono::milliseconds::max()};
    EXPECT_EQ(settings_of(endless).timeout, CallSettings::without_end);
}

TEST(Routing, hands_the_settings_to_the_bus) {
    Bench bench;
    auto settings = bench.answer_next(by_service);
    static_cast<void>(bench.router->call(set_1234, {Route::service_only, true, std::chrono::milliseconds(50)}));
    const auto used = settings.get();
    EXPECT_TRUE(used.interactive);
    EXPECT_EQ(used.timeout, std::chrono::milliseconds(50));
}

}  // namespace iopriority::client::test
