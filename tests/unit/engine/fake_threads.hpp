// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A process in memory that does whatever a process can do while its threads are being set.
#pragma once

#include <algorithm>
#include <cerrno>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "process/threads.hpp"

namespace iopriority::engine::test {

class FakeThreads final : public process::ThreadGroup {
 public:
    struct Thread {
        Priority priority;
        bool ending = false;  ///< a set "succeeds" without effect, a get says none: as in the kernel
        bool young = false;
        int refusal = 0;  ///< errno of a set
        int hints = 0;    ///< the bits of its value that are neither class nor level
        process::Credentials credentials{};
    };
    /// A task outside the process.
    struct Stranger {
        Priority priority;
        std::optional<pid_t> creator;  ///< nothing for one that is older than the request
    };
    struct Calls {
        unsigned passes = 0;
        unsigned nexts = 0;
        unsigned counts = 0;
        unsigned gets = 0;
        unsigned contains = 0;
        unsigned belongs = 0;
        unsigned creators = 0;
        unsigned credentials = 0;
        std::vector<std::pair<pid_t, Priority>> sets;
    };

    FakeThreads() = default;
    FakeThreads(std::initializer_list<pid_t> tids, Priority priority) {
        for (const pid_t tid : tids) {
            add(tid, priority);
        }
    }

    void add(pid_t tid, Priority priority) {
        order.push_back(tid);
        threads[tid].priority = priority;
    }
    void remove(pid_t tid) {
        std::erase(order, tid);
        threads.erase(tid);
    }
    [[nodiscard]] Priority priority_of(pid_t tid) const {
        const auto stranger = strangers.find(tid);
        return stranger != strangers.end() ? stranger->second.priority : threads.at(tid).priority;
    }
    [[nodiscard]] bool all_are(Priority priority) const {
        return std::all_of(threads.begin(), threads.end(),
                           [&](const auto& entry) { return entry.second.priority == priority; });
    }

    std::vector<pid_t> order;  ///< as the kernel lists threads: by age
    std::map<pid_t, Thread> threads;
    std::map<pid_t, Stranger> strangers;
    std::size_t chunk = 3;
    std::size_t hidden = 0;  ///< so many at the end are left out of the listing
    bool reaped = false;
    bool zombie = false;
    bool tells_only = false;  ///< the only thread, where there is one; else the setter lists them
    bool knows_hints = true;  ///< else a set with hints is EINVAL, as before Linux 6.5

    std::function<void(unsigned pass)> on_pass;
    std::function<void(unsigned count)> on_count;
    std::function<void(pid_t)> before_get;
    std::function<void(pid_t)> before_set;
    std::function<void(pid_t)> after_set;
    std::function<bool(unsigned count)> credentials_refused;
    Calls calls;

    void rewind() override {
        position_ = 0;
        ++calls.passes;
        if (on_pass) {
            on_pass(calls.passes);
        }
    }

    int next(std::vector<pid_t>& tids) override {
        ++calls.nexts;
        tids.clear();
        if (reaped) {
            return -ENOENT;
        }
        const auto listed = order.size() - std::min(hidden, order.size());
        for (; position_ < listed && tids.size() < chunk; ++position_) {
            tids.push_back(order[position_]);
        }
        return 0;
    }

    unsigned count() override {
        ++calls.counts;
        if (on_count) {
            on_count(calls.counts);
        }
        return reaped ? 0 : static_cast<unsigned>(order.size());
    }
    bool owns_number() override { return !reaped; }
    std::optional<pid_t> only_thread() override {
        return tells_only && order.size() == 1 ? std::optional(order.front()) : std::nullopt;
    }
    bool running() override { return !reaped && !zombie; }
    bool contains(pid_t tid) override {
        ++calls.contains;
        return !reaped && threads.count(tid) != 0;
    }
    bool belongs(pid_t tid) override {
        ++calls.belongs;
        return !reaped && threads.count(tid) != 0;
    }
    bool is_new(pid_t) override { return false; }
    bool is_young(pid_t tid) override { return threads.count(tid) == 0 || threads.at(tid).young; }
    bool has_ended(pid_t tid) override { return threads.count(tid) == 0 || threads.at(tid).ending; }
    bool is_ended_first(pid_t tid) override { return order.size() > 1 && tid == order.front() && has_ended(tid); }
    Expected<process::Credentials> credentials(pid_t tid) override {
        ++calls.credentials;
        const auto thread = threads.find(tid);
        if (reaped || thread == threads.end()) {
            return Failure{ErrorCode::no_such_process, "it has ended"};
        }
        if (credentials_refused && credentials_refused(calls.credentials)) {
            return Failure{ErrorCode::failed, "Too many open files"};
        }
        return thread->second.credentials;
    }
    std::optional<pid_t> creator_of_recycled(pid_t tid) override {
        ++calls.creators;
        const auto stranger = strangers.find(tid);
        return stranger != strangers.end() ? stranger->second.creator : std::nullopt;
    }

    int get(pid_t tid) override {
        ++calls.gets;
        if (before_get) {
            before_get(tid);
        }
        if (const auto stranger = strangers.find(tid); stranger != strangers.end()) {
            return values::to_kernel(stranger->second.priority);
        }
        const auto thread = threads.find(tid);
        if (thread == threads.end()) {
            return -ESRCH;
        }
        return thread->second.ending ? 0 : values::to_kernel(thread->second.priority) | thread->second.hints;
    }

    int set(pid_t tid, int value) override {
        if (before_set) {
            before_set(tid);
        }
        calls.sets.emplace_back(tid, values::from_kernel(value));
        if (const auto stranger = strangers.find(tid); stranger != strangers.end()) {
            stranger->second.priority = values::from_kernel(value);
            return 0;
        }
        const auto thread = threads.find(tid);
        if (thread == threads.end()) {
            return -ESRCH;
        }
        if (thread->second.refusal != 0) {
            return -thread->second.refusal;
        }
        const int hints = value & ~values::to_kernel(values::from_kernel(value));
        if (hints != 0 && !knows_hints) {
            return -EINVAL;
        }
        thread->second.priority = values::from_kernel(value);
        thread->second.hints = hints;
        if (after_set) {
            after_set(tid);
        }
        return 0;
    }

    std::optional<Priority> effective(pid_t tid, Priority set) override {
        return threads.count(tid) == 0                 ? std::nullopt
               : set.io_class() != PriorityClass::none ? std::optional(set)
                                                       : std::optional(Priority::best_effort(unset_level));
    }

    /// What one thread has, as the kernel has it.
    [[nodiscard]] int value_of(pid_t tid) const {
        return values::to_kernel(threads.at(tid).priority) | threads.at(tid).hints;
    }
    void set_owner(pid_t tid, process::Credentials credentials) { threads.at(tid).credentials = credentials; }

    unsigned unset_level = 4;  ///< what a thread on which nothing is set amounts to

 private:
    std::size_t position_ = 0;
};

}  // namespace iopriority::engine::test
