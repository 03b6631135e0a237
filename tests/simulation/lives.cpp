// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What becomes of processes and threads, between any two system calls of the service.
#include "world.hpp"

namespace iopriority::simulation {

namespace {

constexpr int best_effort = 2 << 13;
constexpr int idle = 3 << 13;
constexpr int realtime = 1 << 13;

}  // namespace

int World::some_value() {
    constexpr int hint = 1 << 3;
    return choices_.weighed<int>({{3, 0},
                                  {2, best_effort | 4},
                                  {2, best_effort | 7},
                                  {1, best_effort | hint | 4},
                                  {1, idle},
                                  {1, realtime | 4}});
}

void World::populate() {
    auto& tasks = kernel_.tasks;
    tasks.start(0, "init", 0)->control_group = "/init.scope";
    auto* kernel_thread = tasks.start(0, "kthreadd", 0);
    kernel_thread->of_kernel = true;
    kernel_thread->control_group = "/";
    for (const uid_t uid : {0U, 1000U, 1000U, 1001U, 1002U, 100000U, 100001U}) {
        auto* process = tasks.start(uid, "shell", some_value());
        if (choices_.one_in(3)) {
            process->control_group = "/system.slice/backup.service";
        } else if (choices_.one_in(2)) {
            const auto number = std::to_string(uid);
            process->control_group =
                "/user.slice/user-" + number + ".slice/user@" + number + ".service/app.slice/backup.service";
        }
        process->own_namespace = uid != 0 && choices_.one_in(6);
        if (process->own_namespace) {
            process->first->permitted = all_capabilities;
        }
        process->refuses = choices_.one_in(12);
        for (auto more = choices_.below(6); more > 0; --more) {
            tasks.clone(*process->first);
        }
    }
}

// The first two belong to the machine.
Process* World::some_process() {
    auto found = kernel_.tasks.processes().begin();
    const auto count = static_cast<unsigned>(kernel_.tasks.processes().size());
    std::advance(found, choices_.one_in(30) ? choices_.below(2) : 2 + choices_.below(count - 2));
    return found->second;
}

void World::live() {
    auto& tasks = kernel_.tasks;
    constexpr std::size_t fewest = 6;
    if (tasks.processes().size() < fewest) {
        const uid_t uid = choices_.weighed<uid_t>({{1, 0}, {2, 1000}, {2, 1001}, {1, 1002}});
        tell([&] { return "user " + std::to_string(uid) + " logs in"; });
        tasks.start(uid, "shell", some_value());
        return;
    }
    auto* process = some_process();
    if (process->pid <= 2 || process->of_kernel) {
        return;
    }
    if (!process->running()) {
        tasks.reap(*process);
        if (choices_.one_in(2)) {
            tasks.next = process->pid;  // the number is given to the next one
        }
        return;
    }
    auto* thread = choices_.one_of(process->threads);
    if (!thread->ended) {
        change(*thread);
    }
}

void World::change(Thread& thread) {
    auto& tasks = kernel_.tasks;
    auto& process = *thread.process;
    enum class What : std::uint8_t { clone, fork, exit, exit_all, execute, setuid, become, set };
    switch (choices_.weighed<What>({{6, What::clone},
                                    {4, What::fork},
                                    {4, What::exit},
                                    {2, What::exit_all},
                                    {1, What::execute},
                                    {1, What::setuid},
                                    {2, What::become},
                                    {3, What::set}})) {
        case What::clone:
            if (!tasks.full()) {
                const auto tid = tasks.clone(thread)->tid;
                tell([&] {
                    return "thread " + std::to_string(tid) + " of " + std::to_string(process.pid) + " is born";
                });
            }
            break;
        case What::fork:
            if (!tasks.full()) {
                const auto pid = tasks.fork(thread)->pid;
                tell([&] {
                    return "process " + std::to_string(pid) + " of " + std::to_string(process.pid) + " is born";
                });
            }
            break;
        case What::exit:
            tell([&] { return text_of(thread) + " ends"; });
            tasks.exit(thread);
            if (thread.reaped && choices_.one_in(2)) {
                tasks.next = thread.tid;
            }
            break;
        case What::exit_all:
            tell([&] { return "process " + std::to_string(process.pid) + " ends"; });
            tasks.exit(process);
            break;
        case What::execute:
        case What::setuid:
            tell([&] { return text_of(thread) + " executes a program"; });
            {
                const bool setuid = choices_.one_in(2);
                tasks.execute(thread, setuid, choices_.one_in(2) ? "su" : "make");
            }
            break;
        case What::become:
            if (thread.permitted != 0 && !process.own_namespace) {
                const uid_t uid = choices_.weighed<uid_t>({{1, 0}, {1, 1000}, {1, 1001}, {1, 1002}});
                tell([&] { return text_of(thread) + " becomes user " + std::to_string(uid); });
                tasks.become(thread, uid);
            }
            break;
        case What::set: {
            const int value = some_value();
            tell([&] { return text_of(thread) + " sets itself to " + std::to_string(value); });
            tasks.set_itself(thread, value);
            break;
        }
    }
}

}  // namespace iopriority::simulation
