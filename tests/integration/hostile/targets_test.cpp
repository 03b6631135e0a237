// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Targets in the states that few processes are in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/io_uring.h>
#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "hostile.hpp"
#include "support/kernel.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::HasSubstr;

class OddTarget : public testing::Test {
 protected:
    std::string set(const Forked& target) const { return "SetProcess usu " + target.id() + " idle 0"; }

    Caller alice{"alice"};
    pid_t daemon = running_daemon();
};

TEST_F(OddTarget, that_is_traced_and_stands_still_is_set) {
    const Forked target{"alice", [](const auto& ready) {
                            ready();
                            pause();
                        }};
    ASSERT_EQ(ptrace(PTRACE_SEIZE, target.pid(), nullptr, nullptr), 0);
    ASSERT_EQ(ptrace(PTRACE_INTERRUPT, target.pid(), nullptr, nullptr), 0);
    ASSERT_EQ(waitpid(target.pid(), nullptr, __WALL), target.pid());
    EXPECT_TRUE(status_field(target.pid(), "State").starts_with('t'));
    EXPECT_EQ(alice.call(set(target)), "ok 1");
    EXPECT_EQ(priorities_of(target.pid()), (Breakdown{{"idle", 1}}));
    EXPECT_EQ(ptrace(PTRACE_DETACH, target.pid(), nullptr, nullptr), 0);
}

/// Two threads; on SIGUSR1 the second one, not the leader, executes a program.
void execute_in_second_thread(const std::function<void()>& ready) {
    sigset_t usr1;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, nullptr);
    pthread_t second{};
    const auto wait_and_execute = [](void* signals) -> void* {
        int signal = 0;
        sigwait(static_cast<sigset_t*>(signals), &signal);
        execl("/bin/sleep", "sleep", "3600", nullptr);
        return nullptr;
    };
    if (pthread_create(&second, nullptr, wait_and_execute, &usr1) == 0) {
        ready();
    }
    pthread_join(second, nullptr);
}

bool executes(const Forked& target) {
    kill(target.pid(), SIGUSR1);
    return eventually([&] { return status_field(target.pid(), "Name") == "sleep"; });
}

TEST_F(OddTarget, of_which_another_thread_than_the_leader_executes_a_program_keeps_what_was_set) {
    const Forked target{"alice", execute_in_second_thread};
    EXPECT_EQ(alice.call(set(target)), "ok 2");
    ASSERT_TRUE(executes(target));
    EXPECT_EQ(priorities_of(target.pid()), (Breakdown{{"idle", 1}}));
}

TEST_F(OddTarget, of_which_another_thread_than_the_leader_executes_a_program_before_it_is_set_is_the_same_process) {
    const Forked target{"alice", execute_in_second_thread};
    set_thread(target.pid(), "best-effort:2");  // of the leader, which ends with this
    Stopped stopped{daemon};
    const int call = alice.send(set(target));
    ASSERT_TRUE(executes(target));
    EXPECT_EQ(priorities_of(target.pid()), (Breakdown{{"none", 1}}));
    stopped.resume();
    EXPECT_EQ(alice.answer(call), "ok 1");
    EXPECT_EQ(priorities_of(target.pid()), (Breakdown{{"idle", 1}}));
}

TEST_F(OddTarget, that_shares_its_io_context_is_set_together_with_its_sibling) {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    const Forked target{"alice", [&](const auto& ready) {
                            set_thread(0, "best-effort:1");  // without one there is nothing to share
                            clone_args arguments{};
                            arguments.flags = CLONE_IO;
                            arguments.exit_signal = SIGCHLD;
                            const auto sibling = static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof arguments));
                            if (sibling > 0 && write(ends[1], &sibling, sizeof sibling) == sizeof sibling) {
                                ready();
                            }
                            pause();
                        }};
    pid_t sibling = 0;
    ASSERT_EQ(read(ends[0], &sibling, sizeof sibling), ssize_t{sizeof sibling});
    EXPECT_EQ(alice.call(set(target)), "ok 1");
    EXPECT_EQ(priorities_of(target.pid()), (Breakdown{{"idle", 1}}));
    EXPECT_EQ(priorities_of(sibling), (Breakdown{{"idle", 1}}));  // so the kernel has it: they are one to it
    kill(sibling, SIGKILL);
}

TEST_F(OddTarget, with_a_worker_of_io_uring_made_before_is_set_with_it) {
    const Forked target{"alice", [](const auto& ready) {
                            io_uring_params parameters{};
                            parameters.flags = IORING_SETUP_SQPOLL;
                            parameters.sq_thread_idle = 3'600'000;
                            syscall(SYS_io_uring_setup, 4, &parameters);
                            ready();
                            pause();
                        }};
    // One thread where the kernel has no io_uring, or forbids it.
    const auto threads = static_cast<int>(threads_of(target.pid()).size());
    EXPECT_EQ(alice.call(set(target)), "ok " + std::to_string(threads));
    EXPECT_EQ(priorities_of(target.pid()), (Breakdown{{"idle", threads}}));
}

/// In the private bus's own pid namespace: the machine's /proc stays as it is.
void hide_processes(const char* how) {
    ASSERT_EQ(mount("proc", "/proc", "proc", MS_REMOUNT, how), 0) << errno;
}

TEST_F(OddTarget, that_is_hidden_is_refused_with_what_is_missing) {
    const Target own{"alice", {"threads", "2"}};
    Caller unknown{"alice"};  // of whom nothing has been read before
    hide_processes("hidepid=2");
    for (auto* caller : {&alice, &unknown}) {
        const auto refused = caller->set_process(own.pid(), "idle", 0);
        EXPECT_EQ(refused, "org.freedesktop.DBus.Error.Failed");
        EXPECT_THAT(refused.text, testing::AllOf(HasSubstr("hidepid"), HasSubstr("ProtectProc=")));
        EXPECT_THAT(caller->get(own.pid()).text, HasSubstr("hidepid"));
    }
    hide_processes("hidepid=0");
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
    EXPECT_EQ(unknown.set_process(own.pid(), "idle", 0), "ok 2");
    EXPECT_EQ(daemon_pid(), daemon);
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
