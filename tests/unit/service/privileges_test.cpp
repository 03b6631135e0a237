// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/privileges.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace iopriority::service::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Expected_refusals, in_a_user_namespace_name_it_and_not_the_kernel) {
    for (const bool grants_realtime : {false, true}) {
        EXPECT_THAT(expected_refusals(grants_realtime, false),
                    AllOf(HasSubstr("user namespace"), Not(HasSubstr("5.10"))));
    }
}

TEST(Expected_refusals, of_an_old_kernel_name_the_kernel) {
    EXPECT_THAT(expected_refusals(false, true), AllOf(HasSubstr("before 5.10"), Not(HasSubstr("namespace"))));
}

TEST(Expected_refusals, are_none_where_the_capability_counts) {
    EXPECT_THAT(expected_refusals(true, true), IsEmpty());
}

TEST(The_initial_user_namespace, is_told_from_another) {
    // Builders may be in one themselves.
    const bool initial = std::filesystem::read_symlink("/proc/self/ns/user") == "user:[4026531837]";
    EXPECT_EQ(in_initial_user_namespace(), initial);

    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(::unshare(CLONE_NEWUSER) != 0 ? errno : (in_initial_user_namespace() ? 255 : 0));
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == EPERM && ::geteuid() != 0) {
        GTEST_SKIP() << "this machine lets nobody but root make a user namespace";
    }
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace iopriority::service::test
