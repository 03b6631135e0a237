// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace iopriority::service::test {
namespace {

using testing::HasSubstr;

constexpr std::uint32_t first_refused_pid = 2147483648U;
constexpr std::uint32_t no_user = 4294967295U;

TEST(A_pid_of_the_bus, from_two_to_the_thirty_first_on_is_refused) {
    const auto pid = checked_pid(first_refused_pid);
    ASSERT_FALSE(pid);
    EXPECT_EQ(pid.failure().code, ErrorCode::invalid_argument);
    EXPECT_THAT(pid.failure().message, HasSubstr("pid 2147483648"));
    EXPECT_EQ(*checked_pid(first_refused_pid - 1), 2147483647);
}

TEST(A_uid_of_the_bus, that_means_no_user_is_refused) {
    const auto uid = checked_uid(no_user);
    ASSERT_FALSE(uid);
    EXPECT_EQ(uid.failure().code, ErrorCode::invalid_argument);
    EXPECT_THAT(uid.failure().message, HasSubstr("uid 4294967295"));
    EXPECT_EQ(*checked_uid(no_user - 1), no_user - 1);
    EXPECT_EQ(*checked_uid(0), 0U);
}

TEST(A_bare_pid, of_a_caller_in_another_pid_namespace_is_refused) {
    const auto pid = resolved_pid(5, Caller{":1.1", 1000, 77, PidView::foreign});
    ASSERT_FALSE(pid);
    EXPECT_EQ(pid.failure().code, ErrorCode::foreign_pid_namespace);
    EXPECT_THAT(pid.failure().message, HasSubstr("pidfd"));
}

TEST(A_bare_pid, of_a_caller_whose_namespace_is_unknown_is_refused) {
    EXPECT_EQ(resolved_pid(5, Caller{":1.1", 1000, 0, PidView::unknown}).failure().code,
              ErrorCode::foreign_pid_namespace);
}

TEST(Pid_zero, is_the_caller_wherever_it_lives) {
    EXPECT_EQ(*resolved_pid(0, Caller{":1.1", 1000, 77, PidView::foreign}), 77);
    EXPECT_EQ(resolved_pid(0, Caller{":1.1", 1000, 0, PidView::unknown}).failure().code, ErrorCode::no_such_process);
}

}  // namespace
}  // namespace iopriority::service::test
