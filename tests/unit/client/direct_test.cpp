// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/direct.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <future>
#include <string>

#include "../refusals.hpp"
#include "child.hpp"
#include "process/process.hpp"
#include "process/syscalls.hpp"
#include "values/values.hpp"

namespace iopriority::client::test {

namespace {

using iopriority::test::access_calls;
using iopriority::test::DescriptorsLeft;
using iopriority::test::where_refused;

CallRequest set(pid_t pid, Priority priority) {
    return {What::set, Target::process(pid), priority};
}

CallRequest get(pid_t pid) {
    return {What::get, Target::process(pid), {}};
}

/// A user of this machine's tests whom nobody else is.
constexpr uid_t lonely = 1'987'654'321;

}  // namespace

TEST(Direct, has_roots_processes_out_of_reach_forever) {
    EXPECT_FALSE(direct_backend()->in_reach({What::set, Target::user(0), Priority::idle()}));
    const auto answer = direct_backend()->serve({What::set, Target::user(0), Priority::idle()});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.failure().code, ErrorCode::failed);
}

TEST(Direct, has_other_users_out_of_reach) {
    EXPECT_FALSE(direct_backend()->in_reach({What::set, Target::user(lonely), Priority::idle()}));
}

TEST(Direct, says_no_process_of_a_user_who_has_none) {
    const auto answer = direct_backend()->serve({What::set, Target::user(lonely), Priority::idle()});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.failure().code, ErrorCode::no_such_process);
}

TEST(Direct, says_no_process_of_a_number_that_is_nobodys) {
    Child child(0);
    const pid_t pid = child.pid();
    child.end();
    for (const auto& request : {set(pid, Priority::idle()), get(pid)}) {
        const auto answer = direct_backend()->serve(request);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.failure().code, ErrorCode::no_such_process);
    }
}

#ifndef __SANITIZE_ADDRESS__  // else UBSan is there, too, which checks objects by a pipe: it takes descriptors
TEST(Direct, leaves_to_the_service_what_cannot_be_looked_at_where_others_are_hidden_and_else_says_why) {
    const Child child(0);
    const auto expect = [&](ErrorCode code) {
        const auto backend = direct_backend();
        const DescriptorsLeft one(1);
        for (const auto& request : {set(child.pid(), Priority::idle()), get(child.pid())}) {
            const auto answer = backend->serve(request);
            ASSERT_FALSE(answer);
            EXPECT_EQ(answer.failure().code, code) << answer.failure().message;
            EXPECT_NE(answer.failure().message.find("Too many open files"), std::string::npos);
        }
    };
    expect(ErrorCode::failed);
    if (!where_refused(access_calls(), ENOENT, [&] { expect(ErrorCode::access_denied); })) {
        GTEST_SKIP() << "system calls cannot be filtered here";
    }
}
#endif

TEST(Direct, leaves_to_the_service_what_is_more_than_one_process_where_others_are_hidden) {
    const Child child(0);
    const auto expect = [&](const Target& target) {
        const auto answer = direct_backend()->serve({What::set, target, Priority::idle()});
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.failure().code, ErrorCode::access_denied);
        EXPECT_NE(answer.failure().message.find("/proc hides processes"), std::string::npos)
            << answer.failure().message;
    };
    if (!where_refused(access_calls(), ENOENT, [&] {
            expect(Target::processes({child.pid()}));
            expect(Target::process(child.pid()).with_descendants());
            expect(Target::user(lonely));
            expect(Target::group(child.pid()));
            EXPECT_TRUE(direct_backend()->serve(get(child.pid())));
        })) {
        GTEST_SKIP() << "system calls cannot be filtered here";
    }
}

TEST(Direct, says_no_process_of_a_thread) {
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

TEST(Direct, leaves_units_to_the_service) {
    for (const auto& unit : {Target::unit("a.service"), Target::user_unit("a.scope")}) {
        const CallRequest request{What::set, unit, Priority::idle()};
        EXPECT_FALSE(direct_backend()->in_reach(request));
        const auto reply = direct_backend()->serve(request);
        ASSERT_FALSE(reply);
        EXPECT_EQ(reply.failure().code, ErrorCode::access_denied);
    }
}

TEST(Direct, knows_no_process_of_a_list_of_which_all_have_ended) {
    Child child(0);
    const pid_t pid = child.pid();
    const auto by_pidfd = Target::pidfds({process::open_pidfd(pid).value().get()});
    child.end();
    for (const auto& list : {Target::processes({pid}), by_pidfd}) {
        for (const auto what : {What::set, What::describe}) {
            const auto reply = direct_backend()->serve({what, list, Priority::idle()});
            ASSERT_FALSE(reply);
            EXPECT_EQ(reply.failure().code, ErrorCode::no_such_process);
        }
    }
}

TEST(Direct, sets_a_list_says_what_was_before_and_counts_what_has_ended) {
    const Child child(0);
    const Child other(0);
    Child gone(0);
    const auto by_pidfd =
        Target::pidfds({process::open_pidfd(child.pid()).value().get(), process::open_pidfd(gone.pid()).value().get()});
    const auto by_number = Target::processes({child.pid(), gone.pid(), other.pid(), child.pid()});
    gone.end();
    const auto first = direct_backend()->serve({What::set, by_pidfd, Priority::idle()});
    ASSERT_TRUE(first) << first.failure().message;
    EXPECT_EQ(first->changed.processes, 1U);
    EXPECT_EQ(first->changed.before, Priority::none());
    EXPECT_EQ(first->changed.left_alone, (std::map<std::string, unsigned>{{"ended", 1}}));
    const auto second = direct_backend()->serve({What::set, by_number, Priority::best_effort(7)});
    ASSERT_TRUE(second) << second.failure().message;
    EXPECT_EQ(second->changed.processes, 2U);
    EXPECT_EQ(second->changed.before, std::nullopt);
    EXPECT_EQ(second->changed.before_breakdown,
              (std::map<std::string, unsigned>{{"idle", threads_of(child.pid())}, {"none", threads_of(other.pid())}}));
    EXPECT_EQ(second->changed.left_alone, (std::map<std::string, unsigned>{{"ended", 1}}));
}

TEST(Direct, describes_a_list_with_its_members_in_its_order) {
    const Child child(1);
    const Child other(0);
    Child gone(0);
    const pid_t ended = gone.pid();
    const auto list = Target::processes({other.pid(), ended, child.pid()});
    gone.end();
    ASSERT_TRUE(direct_backend()->serve(set(child.pid(), Priority::idle())));
    const auto reply = direct_backend()->serve({What::describe, list, {}});
    ASSERT_TRUE(reply) << reply.failure().message;
    const auto& all = reply->details;
    EXPECT_EQ(all.processes, 2U);
    EXPECT_EQ(all.users, std::vector{::getuid()});
    EXPECT_EQ(all.programs.size(), 1U);
    ASSERT_EQ(all.each.size(), 3U);
    EXPECT_EQ(all.each[0].process, other.pid());
    ASSERT_TRUE(all.each[0].details && all.each[2].details);
    EXPECT_EQ(all.each[0].details->set, Priority::none());
    EXPECT_EQ(all.each[1].process, ended);
    EXPECT_EQ(all.each[1].details, nullptr);
    EXPECT_EQ(all.each[2].details->set, Priority::idle());
    EXPECT_FALSE(all.each_cut);
}

TEST(Direct, leaves_explicit_priorities_of_a_process_alone) {
    const Child child(0);
    ASSERT_TRUE(direct_backend()->serve(set(child.pid(), Priority::best_effort(2))));
    const auto kept =
        direct_backend()->serve({What::set, Target::process(child.pid()).keeping_explicit(), Priority::idle()});
    ASSERT_TRUE(kept) << kept.failure().message;
    EXPECT_EQ(kept->changed.threads, 0U);
    EXPECT_EQ(kept->changed.left_alone, (std::map<std::string, unsigned>{{"explicit", threads_of(child.pid())}}));
    EXPECT_EQ(direct_backend()->serve(get(child.pid()))->details.set, Priority::best_effort(2));
}

TEST(Direct, sets_and_reads_all_threads_of_another_process) {
    const Child child(4);
    const auto answer = direct_backend()->serve(set(child.pid(), Priority::best_effort(6)));
    ASSERT_TRUE(answer) << answer.failure().message;
    EXPECT_GE(answer->changed.threads, 5U);
    EXPECT_EQ(answer->changed.threads, threads_of(child.pid()));
    EXPECT_EQ(answer->changed.processes, 1U);
    EXPECT_FALSE(answer->changed.by_service);
    EXPECT_EQ(direct_backend()->serve(get(child.pid()))->details.set, Priority::best_effort(6));
}

TEST(Direct, takes_process_zero_for_the_calling_one) {
    EXPECT_EQ(in_child([] {
                  const auto answer = direct_backend()->serve(set(0, Priority::best_effort(5)));
                  return answer && process::sys::ioprio_get(process::sys::Who::thread, 0) ==
                                       values::to_kernel(Priority::best_effort(5))
                             ? 0
                             : 1;
              }),
              0);
}

TEST(Direct, has_the_callers_own_processes_in_reach) {
    EXPECT_TRUE(direct_backend()->in_reach(set(1, Priority::idle())));
    EXPECT_TRUE(direct_backend()->in_reach(get(1)));
    if (::getuid() != 0) {
        EXPECT_TRUE(direct_backend()->in_reach({What::set, Target::user(::getuid()), Priority::idle()}));
    }
}

// What only a user without privileges can be refused, in a child that becomes one where the test has any.
TEST(Direct, is_refused_realtime_and_other_users_processes_by_the_kernel_and_changes_nothing) {
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
