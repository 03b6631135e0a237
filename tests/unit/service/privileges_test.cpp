// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/privileges.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "../client/child.hpp"
#include "../refusals.hpp"
#include "bench.hpp"

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

/// Tries, in a child, where some system calls do nothing and say so.
void expect_refused(const std::vector<long>& calls, unsigned error, const std::string& why,
                    const std::string& directory) {
    EXPECT_EQ(client::test::in_child([&] {
                  if (!calls.empty() && !iopriority::test::refuse_calls(calls, error)) {
                      return 0;  // where system calls cannot be filtered
                  }
                  const auto result = keep_only_sys_nice("nobody", directory);
                  return !result && result.failure().message.find(why) != std::string::npos ? 0 : 1;
              }),
              0)
        << why;
}

TEST(The_privileges, that_cannot_be_given_up_are_a_failure) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root";
    }
    const Directory directory;
    const auto own = directory.path() + "/own";
    const std::vector<long> become_another{SYS_setresuid, SYS_setuid};
    constexpr unsigned says_success = 0;
    expect_refused({}, 0, "cannot make /proc/own: No such file", "/proc/own");
    expect_refused({SYS_capset}, EPERM, "cannot become user \"nobody\"", own);
    expect_refused(become_another, EPERM, "cannot become user \"nobody\"", own);
    expect_refused({SYS_capset}, says_success, "still has more, or less, than CAP_SYS_NICE", own);
    expect_refused(become_another, says_success, "still has more, or less, than CAP_SYS_NICE", own);
    expect_refused({SYS_chdir}, EACCES, "cannot go to /: Permission denied", own);
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
