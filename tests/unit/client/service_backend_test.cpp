// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What can be seen of the bus without one; the rest is in the integration tests.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "client/bus_module.hpp"
#include "fakes.hpp"

namespace iopriority::client::test {

namespace {

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

}  // namespace iopriority::client::test
