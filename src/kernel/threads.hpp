// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Setting and reading the priority of every thread of a process.
///
/// The kernel keeps I/O priority per thread and offers no call for a process. Listing /proc/PID/task once misses
/// threads that start meanwhile, and a set on a dying thread "succeeds" without effect; so each set is read back, the
/// dying are ignored, and passes are repeated until the listing stands still.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "kernel/process.hpp"
#include "values/values.hpp"

namespace iopriority::kernel {

/// The threads of one process: the operating system behind a narrow interface, so that the rule can be tested alone.
class ThreadGroup {
 public:
    ThreadGroup() = default;
    ThreadGroup(const ThreadGroup&) = delete;
    ThreadGroup& operator=(const ThreadGroup&) = delete;
    ThreadGroup(ThreadGroup&&) = delete;
    ThreadGroup& operator=(ThreadGroup&&) = delete;
    virtual ~ThreadGroup() = default;

    /// Starts the listing again.
    virtual void rewind() = 0;
    /// Fills in the next thread ids, a few hundred at most; none at the end. 0 or a negative errno: always, once the
    /// process no longer owns its number.
    [[nodiscard]] virtual int next(std::vector<pid_t>& tids) = 0;
    /// How many threads there are now, by another way than the listing (which can skip some while others end).
    [[nodiscard]] virtual unsigned count() = 0;
    /// The process still owns its number.
    [[nodiscard]] virtual bool owns_number() = 0;
    /// The process has a thread that has not ended.
    [[nodiscard]] virtual bool running() = 0;
    /// The thread belongs to the process, now.
    [[nodiscard]] virtual bool contains(pid_t tid) = 0;
    /// As contains(), for less, while the process owns its number.
    [[nodiscard]] virtual bool belongs(pid_t tid) { return contains(tid); }
    /// The thread was started within the last second.
    [[nodiscard]] virtual bool is_young(pid_t tid) = 0;
    /// If the number belongs to a task of another process that was started after this group was opened: who created
    /// it, as far as can be told: the first thread of that process, or the parent of one that is the first itself.
    [[nodiscard]] virtual std::optional<pid_t> creator_of_stranger(pid_t tid) = 0;
    /// As ioprio_get and ioprio_set of one thread: the value or 0, or a negative errno.
    [[nodiscard]] virtual int get(pid_t tid) = 0;
    [[nodiscard]] virtual int set(pid_t tid, int value) = 0;
    /// What the block layer uses for a thread with this set; nothing if the thread is gone.
    [[nodiscard]] virtual std::optional<Priority> effective(pid_t tid, Priority set) = 0;
};

/// The real one: /proc/PID/task of a pinned process, which must outlive it.
class ProcThreads final : public ThreadGroup {
 public:
    static Expected<std::unique_ptr<ProcThreads>> open(const Process& process);

    void rewind() override;
    int next(std::vector<pid_t>& tids) override;
    unsigned count() override;
    bool owns_number() override;
    bool running() override;
    bool contains(pid_t tid) override;
    bool belongs(pid_t tid) override;
    bool is_young(pid_t tid) override;
    std::optional<pid_t> creator_of_stranger(pid_t tid) override;
    int get(pid_t tid) override;
    int set(pid_t tid, int value) override;
    std::optional<Priority> effective(pid_t tid, Priority set) override;

 private:
    ProcThreads(const Process& process, UniqueFd tasks);
    [[nodiscard]] bool is_dead_leader(pid_t tid);

    const Process& process_;
    UniqueFd tasks_;
    std::uint64_t opened_;  // in ticks after boot
};

/// A thread that was changed, and what it had before.
struct ThreadChange {
    pid_t tid = 0;
    Priority before;
};

/// When a round is given up: after so many passes or, from the third pass on, so much time at work; a pass that takes
/// ten times as long is not even finished. (Two passes are what a process that stands still needs.)
struct SetterBounds {
    unsigned passes = 32;
    std::chrono::milliseconds work{500};
};

/// Sets every thread of one process, in steps of bounded length, so that others can be served between them.
///
/// One round ends when the listing is complete, a pass changed nothing and found the same threads as the one before, or
/// two passes in a row changed nothing. (Where there are as many threads as before, a pass goes through the listing of
/// the one before instead of a new one.) A clone that was under way in the kernel may still appear with its
/// creator's old priority a little later: run a second round some 20 ms after the first.
///
/// A thread may end, and its number be given to a new thread of another process, between the listing and the set. At
/// the end of a round such a stranger is found and given the priority that it would have inherited.
class ThreadSetter {
 public:
    /// @param threads must outlive the setter.
    ThreadSetter(ThreadGroup& threads, Priority wanted, SetterBounds bounds = {});

    /// Does a bounded piece of work (a few hundred threads). @return true when the round has ended.
    bool step();
    /// Begins another round.
    void again();
    /// Runs a whole round at once.
    void run();

    /// The process has ended, or its number may be another's: nothing else below means anything.
    [[nodiscard]] bool gone() const noexcept { return gone_; }
    /// Threads that came or went were seen, or a very young one: only a second round makes sure.
    [[nodiscard]] bool restless() const noexcept { return restless_; }
    /// The bound of passes or time was reached before the listing stood still.
    [[nodiscard]] bool outrun() const noexcept { return outrun_; }
    /// Threads that read back as wanted in the last pass.
    [[nodiscard]] unsigned as_wanted() const noexcept { return as_wanted_; }
    /// Threads that the kernel refused to change in the last pass, and the errno of the last of them.
    [[nodiscard]] unsigned refused() const noexcept { return refused_; }
    [[nodiscard]] int refusal() const noexcept { return refusal_; }
    /// What was set, before anything was changed, on the thread listed first.
    [[nodiscard]] Priority before() const noexcept { return before_; }
    /// Every thread that was changed; some may have ended since.
    [[nodiscard]] const std::vector<ThreadChange>& changes() const noexcept { return changes_; }
    /// The threads of the last listing, once a round has ended.
    [[nodiscard]] const std::vector<pid_t>& listing() const noexcept { return current_; }

    /// Gives every changed thread that still belongs to the process and is still as wanted its old priority back.
    void undo();

 private:
    void begin_pass();
    [[nodiscard]] int next_chunk();
    void handle(pid_t tid);
    [[nodiscard]] bool is_as_wanted(pid_t tid);
    bool end_pass();
    [[nodiscard]] bool is_outrun() const;
    bool end_round(bool gone);
    void spare_strangers();
    void spare(const ThreadChange& change);

    ThreadGroup& threads_;
    Priority wanted_;
    SetterBounds bounds_;
    std::vector<pid_t> chunk_;
    std::vector<pid_t> current_;
    std::vector<pid_t> previous_;
    std::size_t piece_ = 0;      // the longest chunk that was listed
    std::size_t recalled_ = 0;   // so many of the previous listing were gone through
    std::vector<pid_t> ending_;  // threads that the last pass could not change although the kernel said so
    std::vector<ThreadChange> changes_;
    std::chrono::steady_clock::duration worked_{};
    unsigned passes_ = 0;
    unsigned clean_ = 0;
    unsigned as_wanted_ = 0;
    unsigned refused_ = 0;
    int refusal_ = 0;
    Priority before_;
    bool first_seen_ = false;
    bool changed_ = false;
    bool running_pass_ = false;
    bool recalling_ = false;  // this pass goes through the previous listing
    bool moved_ = false;      // a listed thread was found to have ended, in this round
    bool gone_ = false;
    bool restless_ = false;
    bool outrun_ = false;
};

}  // namespace iopriority::kernel
