// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/direct.hpp"

#include <gtest/gtest.h>

#include <future>

#include "child.hpp"
#include "process/syscalls.hpp"
#include "values/values.hpp"

namespace iopriority::client::test {

namespace {

CallRequest set(pid_t pid, Priority priority) {
    return {What::set, Target::process(pid), priority};
}

CallRequest get(pid_t pid) {
    return {What::get, Target::process(pid), {}};
}

/// A user of this machine's tests whom nobody else is.
constexpr uid_t lonely = 1'987'654'321;

}  // namespace

TEST(Direct, HasRootsProcessesOutOfReachForever) {
    EXPECT_FALSE(direct_backend()->in_reach({What::set, Target::user(0), Priority::idle()}));
    const auto answer = direct_backend()->serve({What::set, Target::user(0), Priority::idle()});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.failure().code, ErrorCode::failed);
}

TEST(Direct, HasOtherUsersOutOfReach) {
    EXPECT_FALSE(direct_backend()->in_reach({What::set, Target::user(lonely), Priority::idle()}));
}

TEST(Direct, SaysNoProcessOfAUserWhoHasNone) {
    const auto answer = direct_backend()->serve({What::set, Target::user(lonely), Priority::idle()});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.failure().code, ErrorCode::no_such_process);
}

TEST(Direct, SaysNoProcessOfANumberThatIsNobodys) {
    Child child(0);
    const pid_t pid = child.pid();
    child.end();
    for (const auto& request : {set(pid, Priority::idle()), get(pid)}) {
        const auto answer = direct_backend()->serve(request);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.failure().code, ErrorCode::no_such_process);
    }
}

TEST(Direct, SaysNoProcessOfAThread) {
    std::promise<pid_t> tid;
    std::promise<void> end;
    std::thread thread([&] {
        tid.set_value(::gettid());
        end.get_future().get();
    });
    const auto answer = direct_backend()->serve(get(tid.get_future().get()));
    end.set_value();
    thread.join();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.failure().code, ErrorCode::no_such_process);
}

TEST(Direct, SetsAndReadsAllThreadsOfAnotherProcess) {
    const Child child(4);
    const auto answer = direct_backend()->serve(set(child.pid(), Priority::best_effort(6)));
    ASSERT_TRUE(answer) << answer.failure().message;
    EXPECT_GE(answer->changed.threads, 5U);
    EXPECT_EQ(answer->changed.threads, threads_of(child.pid()));
    EXPECT_EQ(answer->changed.processes, 1U);
    EXPECT_FALSE(answer->changed.by_service);
    EXPECT_EQ(direct_backend()->serve(get(child.pid()))->details.set, Priority::best_effort(6));
}

TEST(Direct, TakesProcessZeroForTheCallingOne) {
    EXPECT_EQ(in_child([] {
                  const auto answer = direct_backend()->serve(set(0, Priority::best_effort(5)));
                  return answer && process::sys::ioprio_get(process::sys::Who::thread, 0) ==
                                       values::to_kernel(Priority::best_effort(5))
                             ? 0
                             : 1;
              }),
              0);
}

TEST(Direct, HasTheCallersOwnProcessesInReach) {
    EXPECT_TRUE(direct_backend()->in_reach(set(1, Priority::idle())));
    EXPECT_TRUE(direct_backend()->in_reach(get(1)));
    if (::getuid() != 0) {
        EXPECT_TRUE(direct_backend()->in_reach({What::set, Target::user(::getuid()), Priority::idle()}));
    }
}

// What only a user without privileges can be refused, in a child that becomes one where the test has any.
TEST(Direct, IsRefusedRealtimeAndOtherUsersProcessesByTheKernelAndChangesNothing) {
    const Child others(0);
    EXPECT_EQ(in_child([&] {
                  if (::getuid() == 0 && (::setgid(lonely) != 0 || ::setuid(lonely) != 0)) {
                      return 1;
                  }
                  const auto realtime = direct_backend()->serve(set(0, Priority::realtime(4)));
                  if (realtime || realtime.failure().code != ErrorCode::access_denied) {
                      return 2;
                  }
                  if (::getuid() == lonely) {
                      const auto other = direct_backend()->serve(set(others.pid(), Priority::idle()));
                      if (other || other.failure().code != ErrorCode::access_denied) {
                          return 3;
                      }
                  }
                  return process::sys::ioprio_get(process::sys::Who::thread, 0) == 0 ? 0 : 4;
              }),
              0);
}

}  // namespace iopriority::client::test
