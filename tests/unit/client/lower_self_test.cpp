// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>
#include <future>

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

TEST(LowerSelf, LowersEveryThreadOfAProcessThatHasSeveral) {
    EXPECT_EQ(in_child([] {
                  const IdleThreads others(4);
                  return lower_self() == threads_of(::getpid()) && all_threads_are_lowered() ? 0 : 1;
              }),
              0);
}

TEST(LowerSelf, IsInheritedByThreadsAndChildrenThatStartLater) {
    EXPECT_EQ(in_child([] {
                  static_cast<void>(lower_self());
                  if (!std::async(std::launch::async, [] { return is_lowered(::gettid()); }).get()) {
                      return 1;
                  }
                  return in_child([] { return is_lowered(::gettid()) ? 0 : 1; });
              }),
              0);
}

TEST(LowerSelf, SetsTheNiceValueOfAThreadThatWasIdleAlready) {
    EXPECT_EQ(in_child([] {
                  static_cast<void>(
                      process::sys::ioprio_set(process::sys::Who::thread, 0, values::to_kernel(Priority::idle())));
                  return lower_self() == threads_of(::getpid()) && all_threads_are_lowered() ? 0 : 1;
              }),
              0);
}

TEST(LowerSelf, CanBeRepeated) {
    EXPECT_EQ(in_child([] {
                  return lower_self() == threads_of(::getpid()) && lower_self() == threads_of(::getpid()) ? 0 : 1;
              }),
              0);
}

}  // namespace iopriority::client::test
