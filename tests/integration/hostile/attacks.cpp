// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "attacks.hpp"

#include <grp.h>
#include <linux/capability.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <map>
#include <stdexcept>
#include <system_error>

namespace iopriority::test {

bool tells_of_joined(const Reply& reply, int number) {
    return reply.is_ok() && reply.counts("left-alone") == std::map<std::string, int>{{"joined", number}};
}

// -- the kernel
// --------------------------------------------------------------------------------------------------------------

namespace {

constexpr int who_process = 1;

void check_call(bool ok, const char* what) {
    if (!ok) {
        throw std::system_error(errno, std::generic_category(), what);
    }
}

}  // namespace

int kernel_answers(const std::string& user, pid_t tid) {
    const passwd* entry = getpwnam(user.c_str());
    check_call(entry != nullptr, user.c_str());
    const pid_t child = fork();
    check_call(child >= 0, "fork");
    if (child == 0) {
        const auto value = syscall(SYS_ioprio_get, who_process, tid);
        if (value < 0 || setgroups(0, nullptr) != 0 || setgid(entry->pw_gid) != 0 || setuid(entry->pw_uid) != 0) {
            _exit(255);
        }
        _exit(syscall(SYS_ioprio_set, who_process, tid, value) == 0 ? 0 : errno);
    }
    int status = 0;
    check_call(waitpid(child, &status, 0) == child, "waitpid");
    return WEXITSTATUS(status);
}

void next_process_gets(pid_t pid) {
    std::ofstream file{"/proc/sys/kernel/ns_last_pid"};
    file << pid - 1 << std::flush;
    check_call(file.good(), "ns_last_pid");
}

// -- processes
// ---------------------------------------------------------------------------------------------------------------

namespace {

/// What a new thread is given; it says when it has it.
struct Role {
    uid_t uid;
    bool capable;
    std::atomic<bool> taken{false};
};

/// By the system calls, which act on this thread; libc's functions would act on all.
void take(Role& role) {
    if (role.capable) {
        check_call(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0, "keep capabilities");
    }
    check_call(syscall(SYS_setresuid, role.uid, role.uid, role.uid) == 0, "setresuid");
    if (role.capable) {
        __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
        __user_cap_data_struct data[2]{};
        data[0].permitted = 1U << CAP_NET_RAW;
        check_call(syscall(SYS_capset, &header, data) == 0, "capset");
    }
    role.taken = true;
}

void* play_role(void* role) {
    take(*static_cast<Role*>(role));
    for (;;) {
        pause();
    }
}

/// The first thread last: it must be root to start others.
void play_all(std::vector<Role>& roles) {
    for (std::size_t i = 1; i < roles.size(); ++i) {
        pthread_t thread{};
        errno = pthread_create(&thread, nullptr, play_role, &roles[i]);
        check_call(errno == 0, "pthread_create");
        while (!roles[i].taken) {
            sched_yield();
        }
    }
    take(roles[0]);
}

}  // namespace

Forked mixed_process(const std::vector<Credentials>& threads) {
    return Forked{"root", [&](const auto& ready) {
                      std::vector<Role> roles(threads.size());
                      for (std::size_t i = 0; i < threads.size(); ++i) {
                          roles[i].uid = uid_of(threads[i].user);
                          roles[i].capable = threads[i].capable;
                      }
                      play_all(roles);
                      ready();
                      for (;;) {
                          pause();
                      }
                  }};
}

void wait_out_settle_passes() {
    using Clock = std::chrono::steady_clock;
    constexpr std::chrono::milliseconds until_settle_pass{20};  // after the answer, as the architecture has it
    const auto end = Clock::now() + 2 * until_settle_pass;
    static_cast<void>(eventually([end] { return Clock::now() > end; }));
    settle();  // the daemon, which is one thread, has come to what was due before this call,
    settle();  // and to what that call found under way
}

void crash_daemon() {
    const auto pid = daemon_pid().value();
    kill(pid, SIGKILL);
    if (!wait_for_end(pid) || !eventually([] { return daemon_pid() == std::nullopt; })) {
        throw std::runtime_error("the daemon does not end");
    }
}

}  // namespace iopriority::test
