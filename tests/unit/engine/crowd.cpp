// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "crowd.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include "process/proc_text.hpp"
#include "process/read_file.hpp"
#include "process/syscalls.hpp"

namespace iopriority::engine::test {

namespace {

constexpr std::size_t small_stack = 65536;

std::optional<process::ProcStat> stat_of(pid_t tid) {
    const auto text = process::read_file(AT_FDCWD, "/proc/" + std::to_string(tid) + "/stat");
    return text ? process::parse_stat(*text) : std::nullopt;
}

bool is_ending(pid_t tid) {
    constexpr unsigned exiting = 0x4;  // PF_EXITING: its priority is gone already
    const auto stat = stat_of(tid);
    return !stat || stat->has_ended() || (stat->flags & exiting) != 0;
}

}  // namespace

Crowd::Crowd(const std::function<void(const std::function<void()>&)>& body) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) {
        throw std::system_error(errno, std::generic_category(), "pipe");
    }
    process::UniqueFd ready(ends[0]);
    process::UniqueFd say(ends[1]);
    pid_ = ::fork();
    if (pid_ < 0) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ready.reset();
        body([&] {
            const char byte = 1;
            static_cast<void>(::write(say.get(), &byte, 1) == 1);
        });
        ::_exit(0);
    }
    say.reset();
    char byte = 0;
    if (::read(ready.get(), &byte, 1) != 1) {
        throw std::runtime_error("the process of the test ended before it was ready");
    }
}

Crowd::~Crowd() {
    reap();
}

std::vector<pid_t> Crowd::tids() const {
    std::vector<pid_t> all;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task")) {
        all.push_back(std::stoi(entry.path().filename()));
    }
    return all;
}

void Crowd::kill() const {
    ::kill(pid_, SIGKILL);
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
}

void Crowd::reap() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
        }
        pid_ = 0;
    }
}

void start_waiting_threads(unsigned count) {
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setstacksize(&attributes, small_stack);
    for (unsigned i = 0; i < count; ++i) {
        pthread_t thread{};
        const int error = ::pthread_create(
            &thread, &attributes,
            [](void*) -> void* {
                while (true) {
                    ::pause();
                }
            },
            nullptr);
        if (error != 0) {
            throw std::system_error(error, std::generic_category(), "pthread_create");
        }
    }
}

void start_thread(const std::function<void()>& first) {
    const auto done = std::make_shared<std::promise<void>>();
    std::thread([first, done] {
        first();
        done->set_value();
        while (true) {
            ::pause();
        }
    }).detach();
    done->get_future().get();
}

void become(uid_t uid, Capabilities capabilities) {
    if (capabilities == Capabilities::kept) {
        ::prctl(PR_SET_KEEPCAPS, 1);
    }
    if (::syscall(SYS_setresuid, uid, uid, uid) != 0) {
        throw std::runtime_error("setresuid: this test needs root");
    }
}

void drop_capabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> none{};
    if (::syscall(SYS_capset, &header, none.data()) != 0) {
        throw std::system_error(errno, std::generic_category(), "capset");
    }
}

void end_this_thread() {
    ::syscall(SYS_exit, 0);
    std::abort();
}

void wait_for_end(pid_t tid) {
    for (auto stat = stat_of(tid); stat && !stat->has_ended(); stat = stat_of(tid)) {
        ::sched_yield();
    }
}

Priority priority_of(pid_t tid) {
    const int value = process::sys::ioprio_get(process::sys::Who::thread, static_cast<id_t>(tid));
    if (value < 0) {
        throw std::system_error(-value, std::generic_category(), "ioprio_get");
    }
    return values::from_kernel(value);
}

void set_priority(pid_t tid, Priority priority) {
    const int result =
        process::sys::ioprio_set(process::sys::Who::thread, static_cast<id_t>(tid), values::to_kernel(priority));
    if (result < 0) {
        throw std::system_error(-result, std::generic_category(), "ioprio_set");
    }
}

std::vector<Priority> others_than(Priority expected, const std::vector<pid_t>& tids) {
    std::vector<Priority> others;
    for (const pid_t tid : tids) {
        const int value = process::sys::ioprio_get(process::sys::Who::thread, static_cast<id_t>(tid));
        if (value >= 0 && values::from_kernel(value) != expected && !is_ending(tid)) {
            others.push_back(values::from_kernel(value));
        }
    }
    return others;
}

}  // namespace iopriority::engine::test
