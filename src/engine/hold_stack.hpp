// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The holds on one process, and what each of its threads gets back.
///
/// Every thread has a base: what it had before the first hold that it takes part in. It takes part in all later holds,
/// too, except those whose grant did not admit it. The newest of these is in force. When a hold ends that is not in
/// force, nothing is set. When the hold in force ends, the threads that still have its priority get what the next one
/// wants, or their base. A thread with another priority was changed by somebody: it is left alone then, and by all
/// older holds. Threads that were born meanwhile have the priority in force and no base of their own: they get what the
/// first thread of the process gets. A process that was born meanwhile gets what the process that it comes from gets.
///
/// So a thread only ever gets back what a remaining hold wants, or exactly what it had before any hold changed it; and
/// only if the grant of the hold that has ended admits it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "engine/thread_setter.hpp"
#include "policy/grant.hpp"

namespace iopriority::engine {

using HoldId = std::uint64_t;

class HoldStack {
 public:
    struct Hold {
        HoldId id;
        std::uint64_t order;  ///< among the holds on this process, from 1 on
        Priority wanted;
        std::set<pid_t> without{};  ///< threads that were there and take no part in it
        friend bool operator==(const Hold&, const Hold&) = default;
    };
    /// What a thread goes back to when no hold is left that it takes part in, and the first of those.
    struct Base {
        int value = 0;            ///< as the kernel has it, hints included
        std::uint64_t first = 0;  ///< by its order
        friend bool operator==(const Base&, const Base&) = default;
    };

    /// Records a hold before its priority is set.
    /// @param found every thread that takes part in it, as listed, and what is set on it.
    /// @param without those that do not.
    void begin(HoldId id, Priority wanted, const std::vector<std::pair<pid_t, int>>& found,
               const std::set<pid_t>& without = {});
    /// Records what a thread had that this hold has changed and begin() was not told of, or as one without part in it.
    void add(HoldId id, pid_t tid, int found);

    /// Ends a hold. What is to be set then, restore_some() sets; until it has, no hold may begin or end.
    /// @param grant by which that is judged
    void end(HoldId id, policy::Grant grant);

    /// Ends a hold on a process that has ended itself.
    void forget(HoldId id);

    /// The same for threads that a clone under way has brought in since end() with the priority of this hold, or of
    /// another for which this was not called yet; the grants of all of these judge them. Those that were there at end()
    /// are left alone: who changed one since meant it.
    void end_late(HoldId id);

    /// Sets a few dozen threads of what the last end() or end_late() has to set.
    /// @param threads from their beginning on, the same for all calls.
    /// @param set is increased by how many were set.
    /// @return true when all is done.
    bool restore_some(process::ThreadGroup& threads, unsigned& set);
    [[nodiscard]] bool is_restoring() const noexcept { return restoring_.has_value(); }

    /// Somebody has set the whole process on purpose: what was held is not to come back.
    void detach();
    /// The same for some of its threads. What is recorded of threads that have ended is forgotten.
    void overrule(const std::vector<pid_t>& tids, process::ThreadGroup& threads);

    /// What a thread has of its own: what it has from a hold is not.
    [[nodiscard]] Priority own(pid_t tid, int found) const;
    /// The stack of a process that comes from this one, and was born under the holds that are named.
    [[nodiscard]] HoldStack born(const std::set<HoldId>& under) const;

    [[nodiscard]] bool empty() const noexcept { return holds_.empty(); }
    [[nodiscard]] bool contains(HoldId id) const;
    [[nodiscard]] const std::vector<Hold>& holds() const noexcept { return holds_; }

    // The whole state, for keeping it over a restart.
    [[nodiscard]] const Base& process_base() const noexcept { return process_; }
    [[nodiscard]] const std::map<pid_t, Base>& bases() const noexcept { return bases_; }
    [[nodiscard]] const std::set<pid_t>& left_alone() const noexcept { return left_alone_; }
    [[nodiscard]] bool detached() const noexcept { return detached_; }
    HoldStack() = default;
    HoldStack(std::vector<Hold> holds, Base process, std::map<pid_t, Base> bases, std::set<pid_t> left_alone,
              bool detached);

    friend bool operator==(const HoldStack&, const HoldStack&) = default;

 private:
    struct Ended {
        Hold hold;
        policy::Grant grant;
        friend bool operator==(const Ended&, const Ended&) = default;
    };
    /// What is set at the end of a hold, in pieces.
    struct Restoring {
        std::optional<HoldId> late{};  ///< of all that have ended, this one for the last time; none: of the last
        unsigned passes = 2;           ///< still to be made: the second finds what was born during the first
        std::vector<pid_t> tids{};     ///< listed
        std::size_t next = 0;          ///< of these
        friend bool operator==(const Restoring&, const Restoring&) = default;
    };

    [[nodiscard]] static bool can_have_set(const Hold& hold, pid_t tid, Priority found, const Base& base);
    [[nodiscard]] Base base_of(pid_t tid) const;
    [[nodiscard]] const Hold* hold_in_force(pid_t tid, const Base& base) const;
    [[nodiscard]] int in_force(pid_t tid, const Base& base) const;
    [[nodiscard]] bool is_held(pid_t tid, Priority found, const Base& base, const Hold* ended) const;
    void list_some(process::ThreadGroup& threads);
    bool restore_thread(process::ThreadGroup& threads, pid_t tid);
    [[nodiscard]] bool admits(process::ThreadGroup& threads, pid_t tid) const;
    bool put_back(process::ThreadGroup& threads, pid_t tid, int found, int wanted) const;
    void forget_ended();

    std::vector<Hold> holds_;  // oldest first
    Base process_;
    std::map<pid_t, Base> bases_;
    std::set<pid_t> left_alone_;
    bool detached_ = false;
    // Until the settle pass of each: the holds that were ended while they were in force, and the threads that were
    // there.
    std::vector<Ended> ended_;
    std::set<pid_t> seen_;
    std::optional<Restoring> restoring_;  // only while there are such holds
};

}  // namespace iopriority::engine
