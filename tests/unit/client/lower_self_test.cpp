// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <cerrno>
#include <filesystem>
#include <future>

#include "../refusals.hpp"
#include "child.hpp"
#include "iopriority/client.hpp"
#include "process/syscalls.hpp"
#include "values/values.hpp"

namespace iopriority::client::test {

namespace {

bool is_lowered(pid_t tid) {
    return process::sys::ioprio_get(process::sys::Who::thread, static_cast<id_t>(tid)) ==
               values::to_kernel(Priority::idle()) &&
           ::getpriority(PRIO_PROCESS, static_cast<id_t>(tid)) == 19;
}

bool all_threads_are_lowered() {
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
        if (!is_lowered(std::stoi(entry.path().filename()))) {
            return false;
        }
    }
    return true;
}

}  // namespace

TEST(LowerSelf, says_that_it_may_not_where_a_sandbox_forbids_it_and_leaves_all_as_it_was) {
    for (const long call : {long{SYS_setpriority}, long{SYS_ioprio_set}}) {
        EXPECT_EQ(in_child([call] {
                      if (!iopriority::test::refuse_calls({call}, EPERM)) {
                          return 0;  // where system calls cannot be filtered
                      }
                      try {
                          static_cast<void>(lower_self());
                          return 1;
                      } catch (const Error& error) {
                          return is_lowered(::gettid()) ? 3 : error.code() == ErrorCode::access_denied ? 0 : 2;
                      }
                  }),
                  0)
            << call;
    }
}

TEST(LowerSelf, lowers_every_thread_of_a_process_that_has_several) {
    EXPECT_EQ(in_child([] {
                  const IdleThreads others(4);
                  return lower_self() == threads_of(::getpid()) && all_threads_are_lowered() ? 0 : 1;
              }),
              0);
}

TEST(LowerSelf, is_inherited_by_threads_and_children_that_start_later) {
    EXPECT_EQ(in_child([] {
                  static_cast<void>(lower_self());
                  if (!std::async(std::launch::async, [] { return is_lowered(::gettid()); }).get()) {
                      return 1;
                  }
                  return in_child([] { return is_lowered(::gettid()) ? 0 : 1; });
              }),
              0);
}

TEST(LowerSelf, sets_the_nice_value_of_a_thread_that_was_idle_already) {
    EXPECT_EQ(in_child([] {
                  static_cast<void>(
                      process::sys::ioprio_set(process::sys::Who::thread, 0, values::to_kernel(Priority::idle())));
                  return lower_self() == threads_of(::getpid()) && all_threads_are_lowered() ? 0 : 1;
              }),
              0);
}

TEST(LowerSelf, can_be_repeated) {
    EXPECT_EQ(in_child([] {
                  return lower_self() == threads_of(::getpid()) && lower_self() == threads_of(::getpid()) ? 0 : 1;
              }),
              0);
}

}  // namespace iopriority::client::test
