// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The threads of a process without those that carry a priority of their own.
#pragma once

#include <set>
#include <vector>

#include "kernel/threads.hpp"

namespace iopriority::kernel {

/// Passes a group of threads on, less those on which something else than what is wanted is set already. What has been
/// passed on once stays in.
class UnsetThreads final : public ThreadGroup {
 public:
    /// @param threads must outlive this.
    UnsetThreads(ThreadGroup& threads, Priority wanted) : threads_(threads), wanted_(wanted) {}

    void rewind() override {
        kept_ = 0;
        threads_.rewind();
    }
    int next(std::vector<pid_t>& tids) override;
    unsigned count() override {
        const unsigned all = threads_.count();
        return all > kept_ ? all - kept_ : 0;
    }
    bool owns_number() override { return threads_.owns_number(); }
    bool running() override { return threads_.running(); }
    bool contains(pid_t tid) override { return threads_.contains(tid); }
    bool belongs(pid_t tid) override { return threads_.belongs(tid); }
    bool is_young(pid_t tid) override { return threads_.is_young(tid); }
    std::optional<pid_t> creator_of_stranger(pid_t tid) override { return threads_.creator_of_stranger(tid); }
    int get(pid_t tid) override { return threads_.get(tid); }
    int set(pid_t tid, int value) override { return threads_.set(tid, value); }
    std::optional<Priority> effective(pid_t tid, Priority set) override { return threads_.effective(tid, set); }

 private:
    [[nodiscard]] bool is_kept(pid_t tid);

    ThreadGroup& threads_;
    Priority wanted_;
    std::set<pid_t> passed_;
    unsigned kept_ = 0;
};

}  // namespace iopriority::kernel
