// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// actor - a process that does what its input says, one line at a time, and says when it is done.
//
//   thread               starts a quiet thread: "thread TID"
//   fork [UID]           starts a child that has this real user id: "child PID"
//   grandchild           starts a child that starts a child: "child PID PID"
//   orphan               starts a child that starts a child and ends: "child PID PID", of which only the second lives
//   storm N              N children start one process after the other; every eighth stays, the others end: "storm"
//   calm                 no more births; what lives then stays: "calm"
//   breeder MS           starts a child that starts a child every so many milliseconds, all of which stay: "breeder
//   PID" run PATH             starts a child that runs a program: "run PID" exec PATH            becomes that program:
//   "exec" many N               starts N children at once: "many" group                makes a process group of its
//   own: "group PGID" become UID           takes these user ids: "become" set PRIORITY         of the first thread, as
//   a kernel value: "set" nice N, policy N     of the first thread: "nice", "policy"
//
// Prints "ready PID". End of file ends it; its children stay until the private bus ends.

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>

namespace {

/// Seen by all processes of a storm.
struct Weather {
    std::atomic<bool> calm{false};
    std::atomic<int> calmed{0};
    std::atomic<int> born{0};
};
Weather* weather = nullptr;

void check(bool ok, const char* what) {
    if (!ok) {
        throw std::system_error(errno, std::generic_category(), what);
    }
}

[[noreturn]] void stay() {
    for (;;) {
        pause();
    }
}

pid_t thread() {
    static std::atomic<pid_t> born;
    born = 0;
    pthread_t thread{};
    errno = pthread_create(
        &thread, nullptr,
        [](void*) -> void* {
            born = gettid();
            stay();
        },
        nullptr);
    check(errno == 0, "pthread_create");
    while (born == 0) {
        sched_yield();
    }
    return born;
}

/// A child that says its word when it is ready.
pid_t start(const std::function<void()>& prepare) {
    int ends[2];
    check(pipe(ends) == 0, "pipe");
    const pid_t child = fork();
    check(child >= 0, "fork");
    if (child == 0) {
        prepare();
        check(write(ends[1], "", 1) == 1, "write");
        stay();
    }
    close(ends[1]);
    char byte{};
    check(read(ends[0], &byte, 1) == 1, "child");
    close(ends[0]);
    return child;
}

pid_t start_grandchild(bool orphaned, pid_t& child) {
    int ends[2];
    check(pipe(ends) == 0, "pipe");
    const auto tell = [&] {
        const pid_t grandchild = start([] {});
        check(write(ends[1], &grandchild, sizeof grandchild) == sizeof grandchild, "write");
        if (orphaned) {
            _exit(0);
        }
    };
    if (orphaned) {
        child = fork();
        check(child >= 0, "fork");
        if (child == 0) {
            tell();
        }
        waitpid(child, nullptr, 0);
    } else {
        child = start(tell);
    }
    pid_t grandchild{};
    check(read(ends[0], &grandchild, sizeof grandchild) == sizeof grandchild, "grandchild");
    close(ends[0]);
    close(ends[1]);
    return grandchild;
}

[[noreturn]] void blow() {
    constexpr int every = 8;
    constexpr int most = 200;
    signal(SIGCHLD, SIG_IGN);
    while (!weather->calm) {
        const int number = ++weather->born;
        const bool stays = number % every == 0 && number / every < most;
        const pid_t child = fork();
        if (child == 0) {
            if (stays) {
                stay();
            }
            _exit(0);
        }
        if (child > 0 && !stays) {
            waitpid(child, nullptr, 0);
        }
    }
    ++weather->calmed;
    stay();
}

/// At most so many that they end with the test.
[[noreturn]] void breed(int milliseconds) {
    constexpr int most = 2000;
    for (int i = 0; i < most; ++i) {
        usleep(static_cast<useconds_t>(milliseconds) * 1000);
        if (fork() == 0) {
            stay();
        }
    }
    stay();
}

int storm_size = 0;

void calm() {
    weather->calm = true;
    while (weather->calmed < storm_size) {
        sched_yield();
    }
}

pid_t run(const std::string& path) {
    const pid_t child = fork();
    check(child >= 0, "fork");
    if (child == 0) {
        int unused[2];  // its input: nothing, for ever
        check(pipe(unused) == 0 && dup2(unused[0], STDIN_FILENO) == STDIN_FILENO, "input");
        check(dup2(STDERR_FILENO, STDOUT_FILENO) == STDOUT_FILENO, "output");
        execl(path.c_str(), path.c_str(), nullptr);
        _exit(1);
    }
    return child;
}

/// Says its word before: afterwards it is another program.
void become_program(const std::string& path) {
    std::cout << "exec" << std::endl;
    execl(path.c_str(), path.c_str(), nullptr);
    throw std::system_error(errno, std::generic_category(), path);
}

void many(int number) {
    for (int i = 0; i < number; ++i) {
        const pid_t child = fork();
        check(child >= 0, "fork");
        if (child == 0) {
            stay();
        }
    }
}

std::string obey(std::istream& words, const std::string& verb) {
    if (verb == "run" || verb == "exec") {
        std::string path;
        words >> path;
        if (verb == "exec") {
            become_program(path);
        }
        return ' ' + std::to_string(run(path));
    }
    int number = 0;
    words >> number;
    if (verb == "thread") {
        return ' ' + std::to_string(thread());
    }
    if (verb == "fork") {
        const auto uid = static_cast<uid_t>(number);
        return ' ' + std::to_string(start([&] { check(uid == 0 || setresuid(uid, uid, uid) == 0, "setresuid"); }));
    }
    if (verb == "breeder") {
        const pid_t child = fork();
        check(child >= 0, "fork");
        if (child == 0) {
            breed(number);
        }
        return ' ' + std::to_string(child);
    }
    if (verb == "grandchild" || verb == "orphan") {
        pid_t child{};
        const auto grandchild = start_grandchild(verb == "orphan", child);
        return ' ' + std::to_string(child) + ' ' + std::to_string(grandchild);
    }
    if (verb == "storm") {
        for (storm_size = 0; storm_size < number; ++storm_size) {
            const pid_t child = fork();
            check(child >= 0, "fork");
            if (child == 0) {
                blow();
            }
        }
        return "";
    }
    if (verb == "group") {
        check(setpgid(0, 0) == 0, "setpgid");
        return ' ' + std::to_string(getpgrp());
    }
    const sched_param none{};
    const std::map<std::string, std::function<bool()>> verbs{
        {"calm", [] { return calm(), true; }},
        {"become",
         [&] {
             const auto uid = static_cast<uid_t>(number);
             return setresuid(uid, uid, uid) == 0;
         }},
        {"set", [&] { return syscall(SYS_ioprio_set, 1, 0, number) == 0; }},
        {"many", [&] { return many(number), true; }},
        {"nice", [&] { return setpriority(PRIO_PROCESS, 0, number) == 0; }},
        {"policy", [&] { return sched_setscheduler(0, number, &none) == 0; }},
    };
    check(verbs.at(verb)(), verb.c_str());
    return "";
}

}  // namespace

int main() {
    try {
        void* shared = mmap(nullptr, sizeof(Weather), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        check(shared != MAP_FAILED, "mmap");
        weather = new (shared) Weather;
        std::cout << "ready " << getpid() << std::endl;
        for (std::string line; std::getline(std::cin, line);) {
            std::istringstream words{line};
            std::string verb;
            words >> verb;
            const auto answer = obey(words, verb);
            std::cout << verb << answer << std::endl;
        }
    } catch (const std::exception& error) {
        std::cerr << "actor: " << error.what() << '\n';
    }
    _exit(0);
}
