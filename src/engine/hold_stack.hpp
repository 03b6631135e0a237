// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The holds on one process, and what each of its threads gets back.
///
/// Every thread has a base: the priority it had before the first hold that it takes part in. It also takes part in all
/// later holds, except those whose grant did not admit it. The newest of these is in force. When it ends, the threads
/// that still have its priority get what the next hold wants, or their base. A thread with a priority of none of its
/// holds was changed by somebody else: this hold and all older ones leave it alone. When another hold ends, nothing is
/// set, except where a thread still has the priority of that one: no newer hold has set it. Threads created during a
/// hold have the priority in force and no base of their own: they get what the first thread of the process gets. A
/// process created during a hold gets what its originating process gets.
///
/// So a thread is only ever restored to what a remaining hold wants, or to exactly what it had before any hold changed
/// it, and only if the grant of the hold that has ended admits it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <limits>
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
        std::uint64_t order;  ///< among the holds on this process, starting at 1
        Priority wanted;
        std::set<pid_t> without{};  ///< threads that existed and take no part in it
        bool inherited = false;     ///< it has set none here: the process was born under it, or given to a held one
        friend bool operator==(const Hold&, const Hold&) = default;
    };
    /// What a thread goes back to when none of the holds that it takes part in is left, and the first of those holds.
    struct Base {
        int value = 0;            ///< the kernel's value, including hints
        std::uint64_t first = 0;  ///< its order
        friend bool operator==(const Base&, const Base&) = default;
    };

    /// A hold that has ended here, as a process inherits it that was born before that.
    struct Past {
        Hold hold;
        Base base;
        std::uint64_t detached;
        std::uint64_t until = std::numeric_limits<std::uint64_t>::max();  ///< in ticks after boot: it was put back then
        friend bool operator==(const Past&, const Past&) = default;
    };

    /// Numbers of threads, by the value that a hold wants of them; nothing: each has its base.
    using SetTo = std::map<std::optional<int>, unsigned>;

    /// Records a hold before its priority is set.
    /// @param found every thread that takes part in it
    /// @param without every thread that does not
    /// @param older_may_follow an older hold is beginning, too: it may set its priority only after this was found.
    void begin(HoldId id, Priority wanted, const Values& found, const Values& without = {},
               bool older_may_follow = false);
    /// Records what a thread had that this hold has changed, if begin() did not get it or got it in `without`.
    void add(HoldId id, pid_t tid, int found);

    /// Ends a hold. restore_some() then sets what is to be set; until it has finished, no hold may begin or end.
    /// @param grant decides which threads may be restored
    /// @param not_begun holds, of these perhaps this one, that may not have set yet what they have recorded
    /// @param of_realtime the grants of the other holds that want realtime, without which no thread gets it back; one
    /// that is missing admits all
    void end(HoldId id, policy::Grant grant, std::set<HoldId> not_begun = {},
             std::map<HoldId, policy::Grant> of_realtime = {});

    /// Ends a hold on a process that has itself ended, or for what is born of the process, too.
    void forget(HoldId id);

    /// restore_some() has put back at this time, in ticks after boot, what a hold had set: what is born later has
    /// nothing of it.
    void restored(HoldId id, std::uint64_t now);

    /// Like end(), for threads that a clone in progress has added since end() with the priority of this hold, or of
    /// another hold for which this was not called yet; the grants of all of these must admit them. Threads that existed
    /// at end() are left alone: a change since then was made on purpose.
    void end_late(HoldId id);

    /// Sets a few dozen of the threads that the last end() or end_late() has to set.
    /// Throws if the credentials of a thread cannot be read: the next call goes on with that thread.
    /// @param threads rewound to the beginning; the same object for all calls.
    /// @param to counts the threads that were set
    /// @return true when all is done.
    bool restore_some(process::ThreadGroup& threads, SetTo& to);
    [[nodiscard]] bool is_restoring() const noexcept { return restoring_.has_value(); }
    /// It has finished although threads still came and went: some may keep what a hold had set.
    [[nodiscard]] bool was_outrun() const noexcept { return outrun_; }

    /// Somebody has set the whole process on purpose: the holds must not restore anything.
    /// @param since in ticks after boot: what was born of it before then has what the holds have set
    void detach(std::uint64_t since = 1);
    /// The same for some of its threads. @return false if that changes nothing
    bool overrule(const std::vector<pid_t>& tids, Priority set);
    /// Somebody has set these threads on purpose while holds were beginning, which may set them once more: this is what
    /// they have when these end. The other holds restore nothing on them.
    /// @param beginning at least one
    /// @param all they are all threads of the process
    void overrule(const std::set<HoldId>& beginning, const std::vector<pid_t>& tids, Priority set, bool all);
    /// Discards what is recorded about threads that have ended: otherwise somebody who keeps starting threads and
    /// overruling them would exhaust memory.
    void discard_gone(process::ThreadGroup& threads);

    /// A thread's own priority, not what it has from a hold.
    [[nodiscard]] Priority own(pid_t tid, int found) const;
    /// The stack of a process that descends from this one and was created under the given holds, or under those of
    /// them that have ended here since and were not forgotten.
    /// @param start when, in ticks after boot
    /// @param in_doubt holds that may not have set its parent yet: they had not, if it shows what was there before them
    /// @param found what it has; negative if that is not known
    [[nodiscard]] HoldStack born(const std::set<HoldId>& under,
                                 std::uint64_t start = std::numeric_limits<std::uint64_t>::max(),
                                 const std::set<HoldId>& in_doubt = {}, int found = -1) const;
    /// All under which a process may be created, or may have been created.
    [[nodiscard]] std::vector<HoldId> inheritable() const;

    [[nodiscard]] bool empty() const noexcept { return holds_.empty(); }
    /// It is empty, and nothing may have been born under what it had.
    [[nodiscard]] bool is_over() const noexcept { return holds_.empty() && past_.empty(); }
    [[nodiscard]] bool contains(HoldId id) const;
    /// A hold wants this, or one that has ended here did.
    [[nodiscard]] bool has_wanted(Priority priority) const;
    /// A newer hold is in force on this thread.
    [[nodiscard]] bool is_overlaid(HoldId id, pid_t tid) const;
    [[nodiscard]] const std::vector<Hold>& holds() const noexcept { return holds_; }
    [[nodiscard]] const std::vector<Past>& past() const noexcept { return past_; }

    // The whole state, for keeping it across a restart.
    [[nodiscard]] const Base& process_base() const noexcept { return process_; }
    [[nodiscard]] const std::map<pid_t, Base>& bases() const noexcept { return bases_; }
    [[nodiscard]] const std::set<pid_t>& left_alone() const noexcept { return left_alone_; }
    [[nodiscard]] bool detached() const noexcept { return detached_ != 0; }
    [[nodiscard]] std::uint64_t detached_since() const noexcept { return detached_; }
    HoldStack() = default;
    HoldStack(std::vector<Hold> holds, Base process, std::map<pid_t, Base> bases, std::set<pid_t> left_alone,
              std::uint64_t detached, std::vector<Past> past = {});

    friend bool operator==(const HoldStack&, const HoldStack&) = default;

 private:
    struct Ended {
        Hold hold;
        policy::Grant grant;
        std::set<HoldId> not_begun{};  ///< holds that may not have set all that they recorded
        std::map<HoldId, policy::Grant> of_realtime{};
        friend bool operator==(const Ended&, const Ended&) = default;
    };
    /// Restoring at the end of a hold, in pieces.
    struct Restoring {
        std::optional<HoldId> late{};  ///< for all ended holds, the last time for this one; none: for the last hold
        unsigned passes = 0;           ///< that are over
        bool moved = false;            ///< in this one a thread was set, or had ended: it may have started others
        std::vector<pid_t> tids{};     ///< listed
        std::size_t next = 0;          ///< index into tids
        unsigned more = 0;             ///< steps beyond the passes that are always made
        /// To be listed in this pass, of the threads that there were when it began: others may be born without end.
        std::optional<std::size_t> left{};
        friend bool operator==(const Restoring&, const Restoring&) = default;
    };

    [[nodiscard]] static bool takes_part(const Hold& hold, pid_t tid, const Base& base);
    [[nodiscard]] static bool can_have_set(const Hold& hold, pid_t tid, int found, const Base& base);
    [[nodiscard]] Base base_of(pid_t tid) const;
    [[nodiscard]] bool is_set_by_one(pid_t tid, int found, const Base& base) const;
    [[nodiscard]] const Hold* hold_in_force(pid_t tid, const Base& base,
                                            std::uint64_t before = std::numeric_limits<std::uint64_t>::max()) const;
    [[nodiscard]] static int value_under(const Hold* hold, const Base& base);
    [[nodiscard]] int in_force(pid_t tid, const Base& base) const {
        return value_under(hold_in_force(tid, base), base);
    }
    template <typename Predicate>
    [[nodiscard]] bool any_ended(pid_t tid, const Hold* ended, Predicate is_so) const;
    [[nodiscard]] bool is_held(pid_t tid, int found, const Base& base, const Hold* ended) const;
    [[nodiscard]] bool is_left_to(const Hold& newer, pid_t tid, int found, int wanted, const Base& base) const;
    [[nodiscard]] bool is_of_another(pid_t tid, int found, const Base& base, const Hold* ended) const;
    bool leave_alone(pid_t tid, int value);
    void discard_many_gone(process::ThreadGroup& threads);
    void list_some(process::ThreadGroup& threads);
    bool restore_thread(process::ThreadGroup& threads, pid_t tid, SetTo& to);
    [[nodiscard]] const Past* past_that_set(pid_t tid, int found, std::uint64_t order) const;
    [[nodiscard]] bool may_regain(const Hold& hold, const process::Credentials& thread) const;
    [[nodiscard]] Expected<bool> admits(process::ThreadGroup& threads, pid_t tid, const Hold* gains) const;
    bool put_back(process::ThreadGroup& threads, pid_t tid, int found, int wanted, const Hold* by) const;
    void forget_ended();
    void discard_ended(HoldId id);
    [[nodiscard]] std::uint64_t next_order() const;

    std::vector<Hold> holds_;  // oldest first
    std::vector<Past> past_;   // in the order in which they ended
    Base process_;
    std::map<pid_t, Base> bases_;
    std::set<pid_t> left_alone_;  // the base of each is what it was set to
    std::uint64_t detached_ = 0;  // since when, in ticks after boot; 0: it is not
    // Until the settle pass of each: the holds that have ended, and the threads that existed then.
    std::vector<Ended> ended_;
    std::set<pid_t> seen_;
    std::optional<Restoring> restoring_;  // only while there are such holds
    bool outrun_ = false;                 // the last time
};

}  // namespace iopriority::engine
