// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The service, where there is no bus, and on one that the test plays; the rest is in the integration tests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <future>
#include <string>
#include <thread>
#include <utility>

#include "../played_bus.hpp"
#include "../refusals.hpp"
#include "client/bus_module.hpp"
#include "fakes.hpp"

namespace iopriority::client::test {

namespace {

using iopriority::test::DescriptorsLeft;
using iopriority::test::Message;
using iopriority::test::Played_bus;
using iopriority::test::require;
using iopriority::test::where_refused;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// The system bus is where nothing is.
class ServiceWithoutBus : public ::testing::Test {
 protected:
    void SetUp() override { ::setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/socket", 1); }
    void TearDown() override { ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS"); }

    static ErrorCode outcome_of_a_call(ServiceBackend& bus) {
        std::promise<std::exception_ptr> error;
        bus.call(set_1234, {}, [&](const Reply&, const std::exception_ptr& what) { error.set_value(what); });
        return code_in(error.get_future().get());
    }
};

}  // namespace

TEST_F(ServiceWithoutBus, is_unavailable_and_so_again) {
    const auto bus = service_backend();
    EXPECT_EQ(outcome_of_a_call(*bus), ErrorCode::service_unavailable);
    EXPECT_EQ(outcome_of_a_call(*bus), ErrorCode::service_unavailable);
}

TEST_F(ServiceWithoutBus, is_unavailable_after_its_end) {
    const auto bus = service_backend();
    bus->close();
    bus->close();
    EXPECT_EQ(outcome_of_a_call(*bus), ErrorCode::service_unavailable);
}

TEST_F(ServiceWithoutBus, is_not_waited_for_in_a_child_of_fork) {
    const auto bus = service_backend();
    static_cast<void>(outcome_of_a_call(*bus));
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(10);
        std::string said;
        bus->call(set_1234, {}, [&](const Reply&, const std::exception_ptr& what) {
            try {
                std::rethrow_exception(what);
            } catch (const Unavailable& error) {
                said = error.what();
            }
        });
        bus->close();
        ::_exit(said.find("fork") != std::string::npos ? 0 : 1);  // else it would be called later, by nobody
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST_F(ServiceWithoutBus, is_not_missed_when_the_kernel_suffices) {
    Client client;
    EXPECT_NO_THROW(static_cast<void>(client.get(0)));
    EXPECT_THROW(static_cast<void>(client.get(0, {Route::service_only, false, {}})), Unavailable);
}

#ifndef __SANITIZE_ADDRESS__  // else UBSan is there, too, which checks objects by a pipe: it takes descriptors
TEST_F(ServiceWithoutBus, fails_without_descriptors) {
    const DescriptorsLeft none(0);
    try {
        static_cast<void>(service_backend());
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::failed);
        EXPECT_THAT(error.what(), HasSubstr("Too many open files"));
    }
}
#endif

TEST_F(ServiceWithoutBus, is_unavailable_without_threads) {
    Client client;
    if (!where_refused({SYS_clone, SYS_clone3}, EAGAIN, [&] {
            EXPECT_EQ(code_of([&] {
                          return client.get(0, {Route::service_only, false, {}});
                      }),
                      ErrorCode::service_unavailable);
        })) {
        GTEST_SKIP() << "system calls cannot be filtered here";
    }
}

TEST(ServiceOnAnotherMachine, is_never_replaced_by_the_kernel_of_this_one) {
    auto client = Client::on_host("nowhere.example");
    EXPECT_EQ(code_of([&] {
                  return client.set(Target::process(0), Priority::idle(), {Route::kernel_only, false, {}});
              }),
              ErrorCode::invalid_argument);
    for (const char* invalid : {"", "-oProxyCommand=true"}) {
        EXPECT_THROW(static_cast<void>(Client::on_host(invalid)), InvalidArgument) << invalid;
    }
}

namespace {

/// The system bus is one that the test plays.
class ServiceOnABus : public ::testing::Test {
 protected:
    struct Outcome {
        Reply reply;
        std::exception_ptr error;
    };

    void SetUp() override { ::setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address().c_str(), 1); }
    void TearDown() override {
        bus.close();
        backend->close();
        ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
    }

    std::future<Outcome> start(const CallRequest& request) {
        auto promise = std::make_shared<std::promise<Outcome>>();
        backend->call(request, {false, CallSettings::without_end},
                      [promise](const Reply& reply, const std::exception_ptr& error) {
                          promise->set_value({reply, error});
                      });
        return promise->get_future();
    }
    static void answer(const Message& call, std::uint32_t threads) {
        // NOLINTNEXTLINE(*-vararg)
        require(sd_bus_reply_method_return(call.get(), "a{sv}", 2, "processes", "u", 1U, "threads", "u", threads),
                "an answer");
        require(sd_bus_flush(sd_bus_message_get_bus(call.get())), "an answer");
    }
    static std::string text_in(const Outcome& outcome) {
        try {
            std::rethrow_exception(outcome.error);
        } catch (const Error& error) {
            return error.what();
        }
    }

    Played_bus bus;
    std::shared_ptr<ServiceBackend> backend = service_backend();
    const CallRequest set_self{What::set, Target::process(::getpid()), Priority::idle()};
};

}  // namespace

TEST_F(ServiceOnABus, that_is_lost_has_told_no_result_to_any_call_that_waits) {
    auto first = start(set_self);
    auto second = start({What::describe, Target::process(::getpid()), {}});
    bus.accept();
    static_cast<void>(bus.await_next());
    static_cast<void>(bus.await_next());
    bus.close();
    for (auto* const call : {&first, &second}) {
        const auto outcome = call->get();
        EXPECT_EQ(code_in(outcome.error), ErrorCode::timed_out);
        EXPECT_THAT(text_in(outcome),
                    AllOf(HasSubstr("no reply came"), HasSubstr("whether the change was made is not known")));
    }
}

TEST_F(ServiceOnABus, gets_the_options_of_a_process_that_goes_as_a_pidfd) {
    auto call = start({What::set, Target::process(::getpid()).with_descendants().keeping_explicit(), Priority::idle()});
    bus.accept();
    const auto message = bus.await_next();
    const char* kind = nullptr;
    std::array<const char*, 2> options{};
    std::array<int, 2> values{};
    // NOLINTBEGIN(*-vararg)
    require(sd_bus_message_read(message.get(), "s", &kind), "the kind");
    require(sd_bus_message_skip(message.get(), "vsu"), "the rest");
    require(sd_bus_message_read(message.get(), "a{sv}", 2, &options[0], "b", &values[0], &options[1], "b", &values[1]),
            "the options");
    // NOLINTEND(*-vararg)
    EXPECT_STREQ(kind, "pidfd");
    EXPECT_STREQ(options[0], "descendants");
    EXPECT_STREQ(options[1], "keep-explicit");
    EXPECT_EQ(values, (std::array{1, 1}));
    answer(message, 1);
    EXPECT_FALSE(call.get().error);
}

TEST_F(ServiceOnABus, that_is_lost_is_connected_to_again_by_the_next_call) {
    auto lost = start(set_self);
    bus.accept();
    static_cast<void>(bus.await_next());
    bus.close();
    EXPECT_TRUE(lost.get().error);
    auto next = start(set_self);
    bus.accept();
    answer(bus.await_next(), 5);
    const auto outcome = next.get();
    EXPECT_FALSE(outcome.error);
    EXPECT_EQ(outcome.reply.changed.threads, 5U);
    EXPECT_TRUE(outcome.reply.changed.by_service);
}

TEST_F(ServiceOnABus, that_sends_what_nobody_expects_is_said_to_be_of_another_version_and_asked_again) {
    const auto answer_nonsense = [](const Message& call, const std::string& kind) {
        // NOLINTBEGIN(*-vararg)
        require(kind == "text"    ? sd_bus_reply_method_return(call.get(), "s", "done")
                : kind == "empty" ? sd_bus_reply_method_return(call.get(), "")
                : kind == "types"
                    ? sd_bus_reply_method_return(call.get(), "a{sv}", 2, "processes", "s", "one", "threads", "s", "two")
                    : sd_bus_reply_method_return(call.get(), "a{sv}", 0),
                "nonsense");
        // NOLINTEND(*-vararg)
        require(sd_bus_flush(sd_bus_message_get_bus(call.get())), "nonsense");
    };
    bool connected = false;
    for (const auto what : {What::set, What::hold, What::describe, What::get, What::devices}) {
        for (const char* kind : {"text", "empty", "types", "keys"}) {
            auto call = start({what, Target::process(::getpid()), Priority::idle()});
            if (!std::exchange(connected, true)) {
                bus.accept();
            }
            answer_nonsense(bus.await_next(), kind);
            const auto outcome = call.get();
            ASSERT_TRUE(outcome.error) << kind;
            EXPECT_EQ(code_in(outcome.error), ErrorCode::failed) << kind;
            EXPECT_THAT(text_in(outcome),
                        AllOf(HasSubstr("sent an unexpected reply"), HasSubstr("is another version of it installed?")));
        }
    }
    auto next = start(set_self);
    answer(bus.await_next(), 3);
    EXPECT_EQ(next.get().reply.changed.threads, 3U);
}

TEST_F(ServiceOnABus, that_passes_no_descriptors_is_said_not_to) {
    bus.passes_descriptors = false;
    auto call = start(set_self);
    bus.accept();
    const auto outcome = call.get();
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(code_in(outcome.error), ErrorCode::failed);
    EXPECT_THAT(text_in(outcome), HasSubstr("cannot pass a descriptor"));
    auto next = start({What::set, Target::user(::getuid()), Priority::idle()});
    answer(bus.await_next(), 3);
    EXPECT_EQ(next.get().reply.changed.threads, 3U);
}

TEST_F(ServiceOnABus, whose_client_ends_also_ends_the_calls_that_were_not_sent) {
    auto connecting = start(set_self);
    bus.await_connection();  // which waits for the greeting
    auto queued = start(set_self);
    std::thread closing([this] { backend->close(); });
    for (auto late = start(set_self); late.wait_for(std::chrono::seconds(0)) != std::future_status::ready;) {
        late = start(set_self);
    }
    bus.greet();
    closing.join();
    EXPECT_EQ(code_in(connecting.get().error), ErrorCode::service_unavailable);
    EXPECT_EQ(code_in(queued.get().error), ErrorCode::service_unavailable);
}

TEST_F(ServiceOnABus, is_left_by_a_client_that_is_replaced) {
    Client client;
    std::promise<std::exception_ptr> told;
    client.set(Target::process(0), Priority::idle(), {Route::service_only, false, {}},
               [&](const Changed&, const std::exception_ptr& error) { told.set_value(error); });
    bus.accept();
    static_cast<void>(bus.await_next());
    client = Client();
    auto error = told.get_future();
    ASSERT_EQ(error.wait_for(std::chrono::seconds(0)), std::future_status::ready);
    EXPECT_EQ(code_in(error.get()), ErrorCode::service_unavailable);
}

}  // namespace iopriority::client::test
