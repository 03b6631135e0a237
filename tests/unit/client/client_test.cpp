// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The public class over the real kernel. The bus is out of bounds here.
#include <gtest/gtest.h>

#include <limits>

#include "child.hpp"
#include "iopriority/client.hpp"

namespace iopriority::client::test {

namespace {

const CallOptions by_kernel{Route::kernel_only, false, {}};

}  // namespace

TEST(Client, refuses_a_negative_process_id) {
    Client client;
    EXPECT_THROW(client.set_process(-1, Priority::idle(), by_kernel), InvalidArgument);
    EXPECT_THROW(static_cast<void>(client.get(-1, by_kernel)), InvalidArgument);
    EXPECT_THROW(static_cast<void>(client.get_async(-1, by_kernel)), InvalidArgument);
    EXPECT_THROW(client.get(-1, by_kernel, [](Priority, const std::exception_ptr&) { FAIL(); }), InvalidArgument);
}

TEST(Client, refuses_the_user_id_that_is_nobodys) {
    Client client;
    const auto nobody = std::numeric_limits<uid_t>::max();
    EXPECT_THROW(client.set_user(nobody, Priority::idle(), by_kernel), InvalidArgument);
    EXPECT_THROW(static_cast<void>(client.set_user_async(nobody, Priority::idle(), by_kernel)), InvalidArgument);
}

TEST(Client, refuses_an_empty_callback) {
    Client client;
    EXPECT_THROW(client.get(0, by_kernel, {}), InvalidArgument);
}

TEST(Client, sets_and_gets_in_all_three_forms) {
    const Child child(2);
    const unsigned all = threads_of(child.pid());
    Client client;
    EXPECT_EQ(client.set_process(child.pid(), Priority::idle(), by_kernel).threads, all);
    EXPECT_EQ(client.get(child.pid(), by_kernel), Priority::idle());

    EXPECT_EQ(client.set_process_async(child.pid(), Priority::best_effort(1), by_kernel).get().threads, all);
    EXPECT_EQ(client.get_async(child.pid(), by_kernel).get(), Priority::best_effort(1));

    std::promise<unsigned> threads;
    client.set_process(child.pid(), Priority::none(), by_kernel, [&](Changed changed, const std::exception_ptr& error) {
        EXPECT_EQ(error, nullptr);
        threads.set_value(changed.threads);
    });
    EXPECT_EQ(threads.get_future().get(), all);
    std::promise<Priority> priority;
    client.get(child.pid(), by_kernel, [&](Priority found, const std::exception_ptr&) { priority.set_value(found); });
    EXPECT_EQ(priority.get_future().get(), Priority::none());
}

TEST(Client, delivers_an_error_to_a_future) {
    Child child(0);
    const pid_t pid = child.pid();
    child.end();
    EXPECT_THROW(Client().get_async(pid, by_kernel).get(), NoSuchProcess) << "the client ended after the call";
}

TEST(Client, can_be_moved_with_a_call_under_way) {
    Client client;
    auto priority = client.get_async(0, by_kernel);
    Client moved(std::move(client));
    EXPECT_NO_THROW(priority.get());
    client = std::move(moved);
    EXPECT_NO_THROW(static_cast<void>(client.get(0, by_kernel)));
}

TEST(Client, can_be_destroyed_by_its_own_callback) {
    auto client = std::make_unique<Client>();
    std::promise<void> destroyed;
    client->get(0, by_kernel, [&](Priority, const std::exception_ptr&) {
        client.reset();
        destroyed.set_value();
    });
    destroyed.get_future().get();
    EXPECT_EQ(client, nullptr);
}

}  // namespace iopriority::client::test
