// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include <iopriority/target.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <vector>

#include <iopriority/client.hpp>
#include <iopriority/error.hpp>

#include "../refusals.hpp"
#include "process/process.hpp"

namespace iopriority::client::test {

namespace {

process::UniqueFd own_pidfd() {
    return process::open_pidfd(::getpid()).value();
}

}  // namespace

TEST(A_target, of_no_processes_or_too_many_is_refused) {
    EXPECT_THROW(static_cast<void>(Target::processes({})), InvalidArgument);
    EXPECT_THROW(static_cast<void>(Target::processes(std::vector<pid_t>(4097, 1))), InvalidArgument);
    EXPECT_NO_THROW(static_cast<void>(Target::processes(std::vector<pid_t>(4096, 1))));
}

TEST(A_target, of_a_list_with_a_negative_number_is_refused_as_a_whole) {
    EXPECT_THROW(static_cast<void>(Target::processes({1, -2, 3})), InvalidArgument);
}

TEST(A_target, of_no_pidfds_or_more_than_a_bus_takes_is_refused) {
    const auto pidfd = own_pidfd();
    EXPECT_THROW(static_cast<void>(Target::pidfds({})), InvalidArgument);
    EXPECT_THROW(static_cast<void>(Target::pidfds(std::vector(17, pidfd.get()))), InvalidArgument);
    EXPECT_NO_THROW(static_cast<void>(Target::pidfds(std::vector(16, pidfd.get()))));
}

TEST(A_target, of_a_descriptor_that_is_not_open_is_refused) {
    EXPECT_THROW(static_cast<void>(Target::pidfd(-1)), InvalidArgument);
    EXPECT_THROW(static_cast<void>(Target::pidfds({own_pidfd().get(), -1})), InvalidArgument);
}

TEST(A_target, has_descendants_only_if_it_names_processes) {
    const auto pidfd = own_pidfd();
    for (const auto& target : {Target::group(1), Target::user(1), Target::unit("a"), Target::user_unit("a")}) {
        EXPECT_THROW(static_cast<void>(target.with_descendants()), InvalidArgument);
    }
    for (const auto& target :
         {Target::process(1), Target::processes({1, 2}), Target::pidfd(pidfd.get()), Target::pidfds({pidfd.get()})}) {
        EXPECT_TRUE(target.with_descendants().descendants());
        EXPECT_FALSE(target.descendants());
    }
}

TEST(A_target, of_any_kind_can_keep_explicit_priorities) {
    for (const auto& target : {Target::process(1), Target::processes({1}), Target::group(1), Target::user(1),
                               Target::unit("a"), Target::user_unit("a")}) {
        EXPECT_TRUE(target.keeping_explicit().keeps_explicit());
        EXPECT_FALSE(target.keeps_explicit());
    }
}

TEST(A_target, is_no_unit_whose_name_ends_for_the_bus_before_its_end) {
    const std::string name("dbus.service\0x", 14);
    EXPECT_THROW(static_cast<void>(Target::unit(name)), InvalidArgument);
    EXPECT_THROW(static_cast<void>(Target::user_unit(name)), InvalidArgument);
}

#ifndef __SANITIZE_ADDRESS__  // else UBSan is there, too, which checks objects by a pipe: it takes descriptors
TEST(A_target, fails_and_is_not_invalid_without_a_free_descriptor) {
    const auto code_of = [](const std::function<void()>& call) {
        const iopriority::test::DescriptorsLeft none(0);
        try {
            call();
        } catch (const Error& error) {
            return error.code();
        }
        return ErrorCode{};
    };
    const auto pidfd = own_pidfd();
    EXPECT_EQ(code_of([&] { static_cast<void>(Target::pidfd(pidfd.get())); }), ErrorCode::failed);
    EXPECT_EQ(code_of([] { static_cast<void>(Client().get(0, {Route::kernel_only, false, {}})); }), ErrorCode::failed);
    EXPECT_THROW(static_cast<void>(Target::pidfd(-1)), InvalidArgument);
}
#endif

TEST(A_target, knows_what_it_names) {
    EXPECT_EQ(Target::process(7).kind(), Target::Kind::process);
    EXPECT_EQ(Target::process(7).id(), 7U);
    EXPECT_EQ(Target::processes({7, 0}).kind(), Target::Kind::processes);
    EXPECT_EQ(Target::processes({7, 0}).pids(), (std::vector<pid_t>{7, 0}));
    EXPECT_EQ(Target::user_unit("a.scope").kind(), Target::Kind::user_unit);
    EXPECT_EQ(Target::user_unit("a.scope").name(), "a.scope");
    const auto pidfd = own_pidfd();
    const auto target = Target::pidfds({pidfd.get(), pidfd.get()});
    EXPECT_EQ(target.pidfds().size(), 2U);
    EXPECT_NE(target.pidfds().front(), pidfd.get()) << "a duplicate";
}

}  // namespace iopriority::client::test
