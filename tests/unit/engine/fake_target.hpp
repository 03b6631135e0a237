// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Targets of which the processes are real, but only in that they live: their threads are as the test says.
#pragma once

#include <unistd.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "crowd.hpp"
#include "engine/target.hpp"
#include "fake_threads.hpp"

namespace iopriority::engine::test {

/// Threads that outlive who reaches them.
class BorrowedThreads final : public process::ThreadGroup {
 public:
    explicit BorrowedThreads(FakeThreads& threads) : threads_(threads) {}

    void rewind() override { threads_.rewind(); }
    int next(std::vector<pid_t>& tids) override { return threads_.next(tids); }
    unsigned count() override { return threads_.count(); }
    std::optional<pid_t> only_thread() override { return threads_.only_thread(); }
    bool owns_number() override { return threads_.owns_number(); }
    bool running() override { return threads_.running(); }
    bool contains(pid_t tid) override { return threads_.contains(tid); }
    bool belongs(pid_t tid) override { return threads_.belongs(tid); }
    bool is_new(pid_t tid) override { return threads_.is_new(tid); }
    bool is_young(pid_t tid) override { return threads_.is_young(tid); }
    bool has_ended(pid_t tid) override { return threads_.has_ended(tid); }
    bool is_ended_first(pid_t tid) override { return threads_.is_ended_first(tid); }
    Expected<process::Credentials> credentials(pid_t tid) override { return threads_.credentials(tid); }
    std::optional<pid_t> creator_of_recycled(pid_t tid) override { return threads_.creator_of_recycled(tid); }
    int get(pid_t tid) override { return threads_.get(tid); }
    int set(pid_t tid, int value) override { return threads_.set(tid, value); }
    std::optional<Priority> effective(pid_t tid, Priority set) override { return threads_.effective(tid, set); }

 private:
    FakeThreads& threads_;
};

/// One of them. It has two threads in the kernel, so that its threads are asked for.
struct FakeProcess {
    FakeProcess(std::initializer_list<pid_t> tids, Priority priority, process::Credentials owner = {})
        : threads(tids, priority) {
        for (auto& [tid, thread] : threads.threads) {
            thread.credentials = owner;
        }
    }

    [[nodiscard]] pid_t pid() const { return crowd.pid(); }

    Crowd crowd{[](const auto& ready) {
        start_waiting_threads(1);
        ready();
        while (true) {
            ::pause();
        }
    }};
    FakeThreads threads;
};

/// All that a scan could find; outlives the target.
struct World {
    std::vector<FakeProcess*> found;  ///< by the next scan
    std::function<void(unsigned)> on_scan;
    unsigned scans = 0;
    std::map<pid_t, FakeThreads*> threads{};  ///< of each that was ever found
    std::map<pid_t, Failure> unpinned{};      ///< why one cannot be pinned
    std::map<pid_t, Failure> unopened{};      ///< why its threads cannot be reached
    std::vector<pid_t> named{};               ///< one by one, by the request
};

class FakeSelection final : public process::Selection {
 public:
    FakeSelection(World& world, bool fixed) : world_(world), fixed_(fixed) {}

    void restart() override {
        ++world_.scans;
        if (world_.on_scan) {
            world_.on_scan(world_.scans);
        }
    }
    Expected<bool> step() override { return true; }
    std::vector<Candidate> found(const std::vector<pid_t>& /*members*/) override {
        std::vector<Candidate> candidates;
        for (auto* each : world_.found) {
            world_.threads[each->pid()] = &each->threads;
            candidates.push_back({each->pid()});
        }
        return candidates;
    }
    Expected<Pinned> pin(const Candidate& candidate) override {
        if (const auto why = world_.unpinned.find(candidate.pid); why != world_.unpinned.end()) {
            return why->second;
        }
        auto process = process::Process::pin(candidate.pid);
        return process ? Expected<Pinned>(std::make_shared<const process::Process>(*std::move(process)))
                       : process.failure();
    }
    bool is_fixed() const override { return fixed_; }
    std::vector<pid_t> named() const override { return world_.named; }

 private:
    World& world_;
    bool fixed_;
};

inline Target target_of(World& world, bool fixed) {
    Target target;
    target.selection = std::make_unique<FakeSelection>(world, fixed);
    target.name.text = fixed ? "process 812" : "those";
    target.nobody = target.name.text + " have ended";
    target.open = [&world](const process::Process& process) -> Expected<std::unique_ptr<process::ThreadGroup>> {
        if (const auto why = world.unopened.find(process.pid()); why != world.unopened.end()) {
            return why->second;
        }
        return std::unique_ptr<process::ThreadGroup>(
            std::make_unique<BorrowedThreads>(*world.threads.at(process.pid())));
    };
    return target;
}

}  // namespace iopriority::engine::test
