// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Threads are made by clone(2), for CLONE_IO, and have no thread-local memory of their own: they make system calls and
// nothing else. Every change of identity is a system call, too: libc's functions would change all threads.
#include "members.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

// The sanitizers know nothing of such threads.
#define IOPRIORITY_PLAIN __attribute__((no_sanitize("address", "undefined", "thread")))

namespace iopriority::test {

namespace {

constexpr int who_process = 1;
constexpr int class_shift = 13;
constexpr int best_effort_4 = 2 << class_shift | 4;
constexpr std::size_t stack_size = 32 * 1024;

struct Build {
    const Plan& plan;
    Slot* slots;
};

struct Member {
    const ProcessPlan* process;
    const ThreadPlan* plan;
    Slot* slot;
};

IOPRIORITY_PLAIN void expect(bool ok, Slot* slot, int line) {
    if (!ok && slot->failed_in == 0) {
        slot->error = errno;
        slot->failed_in = line;
    }
}

IOPRIORITY_PLAIN void set_value(int value, Slot* slot) {
    const int plain = (value >> class_shift) << class_shift | (value >> class_shift == 0 ? 0 : value & 7);
    const bool set = syscall(SYS_ioprio_set, who_process, 0, value) == 0 ||
                     syscall(SYS_ioprio_set, who_process, 0, plain) == 0;  // an older kernel knows no hints
    expect(set, slot, __LINE__);
}

IOPRIORITY_PLAIN void keep_capabilities(Keeps keeps, Slot* slot) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2]{};
    data[0].permitted = keeps == Keeps::one_capability ? 1U << CAP_NET_RAW : 0U;
    expect(syscall(SYS_capset, &header, data) == 0, slot, __LINE__);
}

IOPRIORITY_PLAIN void become(const Member& member) {
    const auto& [real, effective, saved, keeps] = member.plan->identity;
    if (member.process->user_namespace == UserNamespace::none) {
        if (keeps == Keeps::one_capability) {
            expect(syscall(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0, member.slot, __LINE__);
        }
        expect(syscall(SYS_setresuid, real, effective, saved) == 0, member.slot, __LINE__);
    }
    if (keeps != Keeps::what_the_kernel_leaves) {
        keep_capabilities(keeps, member.slot);
    }
}

/// The last thing that a thread does.
IOPRIORITY_PLAIN void settle(const Member& member) {
    if (!member.plan->shares) {
        set_value(member.plan->value, member.slot);
    }
    // Neither decides who may do what: where a machine refuses them, what is read is what counts.
    syscall(SYS_setpriority, PRIO_PROCESS, 0, member.plan->nice);
    const sched_param parameters{.sched_priority =
                                     member.plan->policy == SCHED_FIFO || member.plan->policy == SCHED_RR};
    syscall(SYS_sched_setscheduler, 0, member.plan->policy, &parameters);
    become(member);
    member.slot->tid = static_cast<pid_t>(syscall(SYS_gettid));
}

IOPRIORITY_PLAIN int run_thread(void* data) {
    settle(*static_cast<const Member*>(data));
    for (;;) {
        syscall(SYS_ppoll, nullptr, 0, nullptr, nullptr, 0);
    }
}

IOPRIORITY_PLAIN void await(const Slot* slot) {
    while (slot->tid == 0) {
        sched_yield();
    }
}

void write_to(const char* path, const char* text, Slot* slot) {
    const int file = open(path, O_WRONLY | O_CLOEXEC);
    expect(file >= 0 && write(file, text, strlen(text)) > 0, slot, __LINE__);
    close(file);
}

/// Only a process outside may map a user into it.
void enter_namespace_of_root(uid_t user, Slot* slot) {
    int gate[2]{};
    expect(pipe2(gate, O_CLOEXEC) == 0, slot, __LINE__);
    char path[64]{};
    char line[64]{};
    snprintf(path, sizeof path, "/proc/%d/uid_map", getpid());
    snprintf(line, sizeof line, "0 %u 1\n", user);
    const pid_t helper = fork();
    if (helper == 0) {
        char go{};
        expect(read(gate[0], &go, 1) == 1, slot, __LINE__);
        write_to(path, line, slot);
        _exit(0);
    }
    expect(unshare(CLONE_NEWUSER) == 0 && write(gate[1], "g", 1) == 1, slot, __LINE__);
    expect(waitpid(helper, nullptr, 0) == helper, slot, __LINE__);
    close(gate[0]);
    close(gate[1]);
    expect(syscall(SYS_setresuid, 0, 0, 0) == 0, slot, __LINE__);
}

void enter_namespace(const ProcessPlan& process, uid_t alice, Slot* slot) {
    if (process.user_namespace == UserNamespace::by_root) {
        enter_namespace_of_root(alice, slot);
    } else if (process.user_namespace == UserNamespace::own) {
        expect(syscall(SYS_setresuid, alice, alice, alice) == 0 && unshare(CLONE_NEWUSER) == 0, slot, __LINE__);
    }
}

void make_threads(const ProcessPlan& process, const Member* members) {
    const auto count = process.threads.size();
    void* stacks = mmap(nullptr, count * stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    expect(stacks != MAP_FAILED, members[0].slot, __LINE__);
    for (std::size_t i = 1; i < count; ++i) {
        constexpr unsigned flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
        char* top = static_cast<char*>(stacks) + (i + 1) * stack_size;
        auto* member = const_cast<Member*>(&members[i]);  // NOLINT(cppcoreguidelines-pro-type-const-cast): clone's
        const auto all_flags = static_cast<int>(process.threads[i].shares ? flags | CLONE_IO : flags);
        expect(clone(run_thread, top, all_flags, member) > 0, members[i].slot, __LINE__);
        await(members[i].slot);
    }
}

void fork_children(const Build& build, int parent);

[[noreturn]] void live(const Build& build, int index) {
    const auto& process = build.plan.processes[static_cast<std::size_t>(index)];
    std::vector<Member> members;
    for (std::size_t i = 0; i < process.threads.size(); ++i) {
        members.push_back({&process, &process.threads[i], &build.slots[process.first_thread + i]});
    }
    Slot* slot = members[0].slot;
    if (process.own_group) {
        expect(setpgid(0, 0) == 0, slot, __LINE__);
    }
    if (process.has_sharers && !process.threads[0].shares) {
        set_value(best_effort_4, slot);  // so that there is an io_context to share
    }
    fork_children(build, index);
    enter_namespace(process, build.plan.namespace_user, slot);
    make_threads(process, members.data());
    settle(members[0]);
    if (process.ended) {
        _exit(0);
    }
    while (process.leader_ended) {
        syscall(SYS_exit, 0);  // this thread alone
    }
    for (;;) {
        pause();
    }
}

/// Of one parent, or (-1) those that have none among themselves.
void fork_children(const Build& build, int parent) {
    for (std::size_t i = 0; i < build.plan.processes.size(); ++i) {
        const auto& child = build.plan.processes[i];
        if (child.parent != parent) {
            continue;
        }
        Slot* slot = &build.slots[child.first_thread];
        const unsigned long flags = child.threads[0].shares ? SIGCHLD | CLONE_IO : SIGCHLD;
        const auto pid = syscall(SYS_clone, flags, nullptr, nullptr, nullptr, 0);
        if (pid == 0) {
            live(build, static_cast<int>(i));
        }
        expect(pid > 0, slot, __LINE__);
        for (std::size_t thread = 0; thread < child.threads.size() && pid > 0; ++thread) {
            await(&build.slots[child.first_thread + thread]);
        }
    }
}

}  // namespace

void keep_population(const Plan& plan, Slot* slots, int until_closed) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    setpgid(0, 0);
    fork_children({plan, slots}, -1);
    char nothing{};
    while (read(until_closed, &nothing, 1) < 0 && errno == EINTR) {
    }
    for (const auto& process : plan.processes) {
        if (const pid_t leader = slots[process.first_thread].tid; leader > 0) {
            kill(leader, SIGKILL);
        }
    }
    while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
    }
}

}  // namespace iopriority::test
