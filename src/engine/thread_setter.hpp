// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Sets the priority of every thread of one process.
///
/// The kernel keeps an I/O priority for each thread and has no call for a whole process. A single listing of
/// /proc/PID/task misses threads that start meanwhile, and setting a dying thread "succeeds" without effect. So each
/// set is read back, dying threads are ignored, and passes are repeated until the listing no longer changes.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "process/threads.hpp"
#include "values/values.hpp"

namespace iopriority::engine {

/// Whether a thread is to be set, or why not.
enum class Standing : std::uint8_t {
    admitted,    ///< it is to be set
    outside,     ///< it is not part of the target
    joined,      ///< its owner is not covered by the grant
    privileged,  ///< it holds capabilities that are not covered by the grant
    gone,        ///< it has ended
    overlaid,    ///< of a hold: a newer hold is in force on it, which sets it
};
/// Asked about each thread right before and right after it is set. Empty: all are admitted.
using Judge = std::function<Standing(pid_t tid)>;

/// What is to be set.
struct Order {
    Priority wanted;
    bool keep_explicit = false;  ///< leave threads that carry a priority of their own
    /// Call the kernel also for threads that are already as wanted: it decides whether the caller may set them.
    bool kernel_judges = false;
    /// Threads left alone because they joined or gained privileges are reported, and are not a failure.
    bool tells_left_alone = false;
};

/// A thread's own priority, given what was found on it, which may come from a hold. Empty: what was found is its own.
using OwnPriority = std::function<Priority(pid_t tid, int found)>;

/// The thread carries a priority of its own that the order leaves alone.
[[nodiscard]] bool is_explicit(const Order& order, const OwnPriority& own, pid_t tid, int found);

/// When a round is given up: after this many passes, or after this much working time once two passes are done. Time
/// spent in the judge does not count. After ten times as long, not even the pass is finished. (A process whose threads
/// do not change needs two passes.)
struct Bounds {
    unsigned passes = 32;
    std::chrono::milliseconds work{500};
};

/// The result of a pass, in threads.
struct Tally {
    unsigned as_wanted = 0;    ///< live ones that read as wanted
    unsigned refused = 0;      ///< by the kernel
    unsigned joined = 0;       ///< left alone for their Standing
    unsigned privileged = 0;   ///< the same
    unsigned is_explicit = 0;  ///< left alone: they carry a priority of their own
    unsigned outside = 0;      ///< no part of the target
    unsigned contested = 0;    ///< somebody else has set them after us
    int refusal = 0;           ///< errno of the last refusal

    [[nodiscard]] unsigned left_out() const noexcept { return refused + joined + privileged + is_explicit + outside; }

    Tally& operator+=(const Tally& other) noexcept;
};

/// What each thread had before it was changed, as the kernel's value.
using Found = std::unordered_map<pid_t, int>;
/// The same, in the order listed.
using Values = std::vector<std::pair<pid_t, int>>;

/// Works in steps of bounded length, so that others can be served between them.
///
/// A round ends when the listing is complete and a pass changed nothing and found the same threads as the previous one,
/// or two passes in a row changed nothing. (If the number of threads is the same as before, a pass goes through the
/// previous listing instead of a new one.) A clone in progress in the kernel may still appear a little later with its
/// creator's old priority: run a second round some 20 ms after the first.
///
/// Between the listing and the set a thread may end, and its id may be given to a new thread of another process. The
/// end of a round finds such recycled thread ids and gives their threads the priority that they would have inherited.
class ThreadSetter {
 public:
    /// @param threads must outlive the setter.
    ThreadSetter(process::ThreadGroup& threads, Order order, Judge judge = {}, OwnPriority own = {},
                 Bounds bounds = {});

    /// Does a bounded piece of work (a few hundred threads). @return true when the round has ended.
    [[nodiscard]] bool step();
    /// Begins another round.
    void again();
    /// Runs a whole round at once.
    void run();

    /// The process has ended, or another may have its number: the results below mean nothing then.
    [[nodiscard]] bool gone() const noexcept { return gone_; }
    /// Threads came or went, or there is a very young one: only a second round can be sure.
    [[nodiscard]] bool needs_second_round() const noexcept { return needs_second_round_; }
    /// The limit of passes or time was reached before the listing stopped changing.
    [[nodiscard]] bool gave_up() const noexcept { return gave_up_; }
    /// The counts of the last pass.
    [[nodiscard]] const Tally& tally() const noexcept { return tally_; }
    /// Every thread that was changed; some may have ended since.
    [[nodiscard]] const Found& changed() const noexcept { return changed_; }
    /// Those that read as wanted in the last pass.
    [[nodiscard]] const std::vector<pid_t>& as_wanted() const noexcept { return as_wanted_; }
    /// The threads of the last listing, once a round has ended.
    [[nodiscard]] const std::vector<pid_t>& listing() const noexcept { return current_; }

    /// Restores the old priority of every changed thread that still belongs to the process and is still as wanted.
    void undo() { put_back(threads_, order_.wanted, changed_); }
    static void put_back(process::ThreadGroup& threads, Priority wanted, const Found& changed);
    /// A thread has changed owner since it was set: restores what it had. If its id now belongs to a new thread of
    /// another process, that thread gets the priority that it would have inherited.
    /// @param unknown what that thread gets if this cannot be determined
    static void take_back(process::ThreadGroup& threads, pid_t tid, Priority set, int found, int unknown);

 private:
    enum class Pass : std::uint8_t {
        none,     ///< between two passes
        listing,  ///< goes through a new listing
        recall,   ///< goes through the listing of the previous pass
    };

    void begin_pass();
    [[nodiscard]] int next_chunk();
    void handle(pid_t tid);
    void set(pid_t tid, int found);
    void count(pid_t tid);
    [[nodiscard]] Standing standing(pid_t tid);
    bool leaves_alone(Standing standing);
    [[nodiscard]] bool is_as_wanted(pid_t tid) { return threads_.priority(tid) == order_.wanted; }
    bool end_pass();
    [[nodiscard]] bool is_over_bounds() const;
    bool end_round(bool gone);
    void restore_recycled();
    static void restore_if_recycled(process::ThreadGroup& threads, pid_t tid, Priority set, int before);
    void restore_if_recycled(pid_t tid, int before) { restore_if_recycled(threads_, tid, order_.wanted, before); }

    process::ThreadGroup& threads_;
    Order order_;
    Judge judge_;
    OwnPriority own_;
    Bounds bounds_;
    std::vector<pid_t> chunk_;
    std::vector<pid_t> current_;
    std::vector<pid_t> previous_;
    std::vector<pid_t> as_wanted_;
    std::size_t piece_ = 1;      // the longest chunk that was listed
    std::size_t recalled_ = 0;   // how much of the previous listing is done
    std::vector<pid_t> ending_;  // threads that the last pass did not change although the kernel said so
    Found changed_;
    Found confirmed_;  // set although they were as wanted, so that the kernel decides
    Tally tally_;
    std::chrono::steady_clock::duration worked_{};   // in this round
    std::chrono::steady_clock::duration judging_{};  // of the step
    Pass pass_ = Pass::none;
    unsigned passes_ = 0;
    unsigned ended_ = 0;  // in this pass, before their turn came
    unsigned clean_ = 0;
    bool pass_changed_any_ = false;
    bool alone_ = false;  // the pass is over the only thread
    bool moved_ = false;  // a listed thread was found to have ended, in this round
    bool gone_ = false;
    bool needs_second_round_ = false;
    bool gave_up_ = false;
};

}  // namespace iopriority::engine
