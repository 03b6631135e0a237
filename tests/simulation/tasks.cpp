// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tasks.hpp"

#include <algorithm>

namespace iopriority::simulation {

namespace {

constexpr pid_t largest = 400;
// The start of a process tells it from others of its number, which takes as long as this to come round.
constexpr Moment tick = 10'000'000;

}  // namespace

bool Process::running() const {
    return std::any_of(threads.begin(), threads.end(), [](const Thread* thread) { return !thread->ended; });
}

Thread* Process::thread(pid_t tid) const {
    const auto found =
        std::find_if(threads.begin(), threads.end(), [tid](const Thread* thread) { return thread->tid == tid; });
    return found == threads.end() ? nullptr : *found;
}

Thread* Tasks::task(pid_t number) const {
    const auto found = tasks_.find(number);
    return found == tasks_.end() ? nullptr : found->second;
}

Process* Tasks::process(pid_t pid) const {
    const auto found = processes_.find(pid);
    return found == processes_.end() ? nullptr : found->second;
}

pid_t Tasks::number() {
    const auto is_young = [this](pid_t pid) {
        const auto found = started_.find(pid);
        return found != started_.end() && found->second / tick == now / tick;
    };
    for (pid_t tried = 0; tasks_.contains(next) || next < 3 || is_young(next); ++tried) {
        next = next >= largest ? 3 : next + 1;
        now += tried > largest ? tick : 0;  // all were given within one
    }
    return next++;
}

Thread* Tasks::add(Process& process, pid_t tid, const Thread* like) {
    auto& thread = threads_.emplace_back();
    if (like != nullptr) {
        thread.real = like->real;
        thread.effective = like->effective;
        thread.permitted = like->permitted;
        thread.value = like->value;
        thread.creator = const_cast<Thread*>(like);  // NOLINT(*-const-cast): ours
    }
    thread.tid = tid;
    thread.process = &process;
    thread.born = now;
    process.threads.push_back(&thread);
    tasks_[tid] = &thread;
    return &thread;
}

Process* Tasks::start(uid_t uid, const std::string& name, int value) {
    auto& process = arena_.emplace_back();
    process.pid = processes_.empty() ? 1 : number();
    process.birth = 1000 + arena_.size();
    process.parent = processes_.empty() ? nullptr : processes_.begin()->second;
    if (process.parent != nullptr) {
        process.ancestors.insert(process.parent);
    }
    process.group = process.pid;
    process.name = name;
    process.control_group = "/user.slice/user-" + std::to_string(uid) + ".slice";
    process.born = now;
    process.own.insert(value);
    process.first = add(process, process.pid, nullptr);
    process.first->real = process.first->effective = uid;
    process.first->permitted = uid == 0 ? all_capabilities : 0;
    process.first->value = value;
    processes_[process.pid] = &process;
    started_[process.pid] = now;
    return &process;
}

Process* Tasks::fork(Thread& creator) {
    const auto& parent = *creator.process;
    auto& process = arena_.emplace_back();
    process.pid = number();
    process.birth = 1000 + arena_.size();
    process.parent = creator.process;
    process.group = parent.group;
    process.name = parent.name;
    process.control_group = parent.control_group;
    process.of_kernel = parent.of_kernel;
    process.own_namespace = parent.own_namespace;
    process.refuses = parent.refuses;
    process.born = now;
    process.ancestors = parent.ancestors;
    process.ancestors.insert(creator.process);
    process.crossed = parent.crossed;
    process.own = parent.own;
    process.own.insert(creator.value);  // also one that a hold has set: a child is not what was held
    process.first = add(process, process.pid, &creator);
    processes_[process.pid] = &process;
    started_[process.pid] = now;
    return &process;
}

Thread* Tasks::clone(Thread& creator) {
    auto* const thread = add(*creator.process, number(), &creator);
    thread->set_by = creator.set_by;  // it has what that has set
    thread->set_at = creator.set_at;
    return thread;
}

void Tasks::free_number(Thread& thread) {
    thread.reaped = true;
    tasks_.erase(thread.tid);
    std::erase(thread.process->threads, &thread);
}

void Tasks::exit(Thread& thread) {
    if (thread.ended) {
        return;
    }
    thread.ended = true;
    thread.value = 0;
    if (&thread != thread.process->first) {
        free_number(thread);
    }
}

void Tasks::exit(Process& process) {
    const auto threads = process.threads;
    for (Thread* thread : threads) {
        exit(*thread);
    }
}

void Tasks::reap(Process& process) {
    if (process.running() || process.reaped) {
        return;
    }
    process.reaped = true;
    processes_.erase(process.pid);
    free_number(*process.first);
    for (const auto& [pid, child] : processes_) {
        if (child->parent == &process) {
            child->parent = processes_.begin()->second;
        }
    }
}

void Tasks::execute(Thread& thread, bool setuid, const std::string& name) {
    auto& process = *thread.process;
    // A thread that is not the first takes the first one's number.
    auto& first = *process.first;
    if (&first != &thread) {
        const auto number = first.tid;
        const auto born = first.born;
        const auto changed_itself =
            std::max(first.changed_itself, thread.changed_itself);  // it may be born of the first
        first = thread;
        first.tid = number;
        first.born = born;
        first.changed_itself = changed_itself;
    }
    const auto threads = process.threads;
    for (Thread* other : threads) {
        if (other != &first) {
            exit(*other);
        }
    }
    first.effective = setuid ? 0 : first.effective;
    first.permitted = first.effective == 0 ? all_capabilities : 0;
    first.credentials_changed = now;
    process.own.insert(first.value);  // as become() has it
    process.name = name;
}

void Tasks::become(Thread& thread, uid_t uid) {
    thread.real = thread.effective = uid;
    thread.permitted = uid == 0 ? all_capabilities : 0;
    thread.credentials_changed = now;
    thread.process->own.insert(thread.value);  // a hold of which its holder may not end it any more
}

void Tasks::set_itself(Thread& thread, int value) {
    thread.value = value;
    thread.changed_itself = now;
    thread.owed.reset();
    thread.process->own.insert(value);
}

}  // namespace iopriority::simulation
