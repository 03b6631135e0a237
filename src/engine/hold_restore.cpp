// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A stack of holds: the end of one is put back, thread by thread.
#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/hold_stack.hpp"

namespace iopriority::engine {

using values::is_realtime;
using values::is_same;

namespace {

constexpr unsigned needed_passes = 2;  // the second finds threads created during the first
// Threads that follow one another can stay ahead of a few passes. But nobody keeps the service busy for ever.
constexpr unsigned most_more = 1U << 13U;

// One more thread has what this hold wants; or its base.
bool counted(HoldStack::SetTo& to, const HoldStack::Hold* by) {
    ++to[by != nullptr ? std::optional(values::to_kernel(by->wanted)) : std::nullopt];
    return true;
}

// False where the thread has ended. Throws if its credentials cannot be read.
bool is_true(const Expected<bool>& admitted) {
    if (!admitted && admitted.failure().code != ErrorCode::no_such_process) {
        throw_failure(admitted.failure());
    }
    return admitted && *admitted;
}

}  // namespace

void HoldStack::end_late(HoldId id) {
    outrun_ = false;
    if (std::any_of(ended_.begin(), ended_.end(), [id](const Ended& each) { return each.hold.id == id; })) {
        restoring_ = Restoring{id};
    }
}

bool HoldStack::restore_some(process::ThreadGroup& threads, SetTo& to) {
    constexpr int piece = 64;
    for (int i = 0; restoring_ && i < piece; ++i) {
        restoring_->more += restoring_->passes >= needed_passes ? 1U : 0U;
        if (restoring_->next == restoring_->tids.size()) {
            list_some(threads);
            continue;
        }
        const pid_t tid = restoring_->tids[restoring_->next];
        const bool restored = restore_thread(threads, tid, to);
        // (The first thread stays listed when it has ended, and starts none.)
        restoring_->moved = restoring_->moved || (restored && !threads.is_ended_first(tid));
        ++restoring_->next;
    }
    return !restoring_;
}

void HoldStack::list_some(process::ThreadGroup& threads) {
    auto& [late, passes, moved, tids, next, more, left] = *restoring_;
    next = 0;
    left = left ? left : threads.count();
    if (*left > 0 && threads.next(tids) == 0 && !tids.empty()) {
        *left -= std::min(*left, tids.size());
        return;
    }
    left.reset();
    tids.clear();
    threads.rewind();
    discard_many_gone(threads);
    ++passes;
    outrun_ = std::exchange(moved, false) && passes >= needed_passes;
    if (passes < needed_passes || (outrun_ && more < most_more)) {
        return;
    }
    if (late) {
        discard_ended(*late);
    }
    restoring_.reset();
}

// What is remembered of threads that follow one another: each look can add one.
void HoldStack::discard_many_gone(process::ThreadGroup& threads) {
    constexpr std::size_t few = 1024;
    const auto remembered = std::max(seen_.size(), bases_.size());
    if (remembered > few && remembered > 2 * threads.count() + few) {
        discard_gone(threads);
    }
}

// Asked about the hold that has just ended and, if the thread has only now appeared, those that ended shortly before.
template <typename Predicate>
bool HoldStack::any_ended(pid_t tid, const Hold* ended, Predicate is_so) const {
    return (ended != nullptr && is_so(*ended)) ||
           (std::any_of(ended_.begin(), ended_.end(), [&](const Ended& each) { return is_so(each.hold); }) &&
            !seen_.contains(tid));
}

// Whether a thread's priority comes from one of these.
bool HoldStack::is_held(pid_t tid, int found, const Base& base, const Hold* ended) const {
    return any_ended(tid, ended, [&](const Hold& hold) { return can_have_set(hold, tid, found, base); });
}

// Whether the end of an older hold leaves a thread to a newer one that is in force. It does not where the thread still
// has what the older has set: the newer is beginning and has not set it yet, or has left it alone, which had privileges
// for a moment, or came from one that was not set.
bool HoldStack::is_left_to(const Hold& newer, pid_t tid, int found, int wanted, const Base& base) const {
    const auto& ended = ended_.back();
    const bool is_set = !can_have_set(ended.hold, tid, found, base) || is_same(found, values::to_kernel(newer.wanted));
    // Its owner can have set it to just that, to get back what the newer hold has taken.
    const bool would_gain = is_realtime(wanted) && !is_realtime(found) && !ended.not_begun.contains(newer.id);
    return is_set || would_gain;
}

// A thread that executes a program takes the number of the first one, which can have been left alone, and keeps what a
// hold had set on itself. Of that, nobody keeps realtime.
bool HoldStack::is_of_another(pid_t tid, int found, const Base& base, const Hold* ended) const {
    return is_realtime(found) && !is_same(found, base.value) && !is_set_by_one(tid, found, base) &&
           any_ended(tid, ended, [found](const Hold& hold) { return values::to_kernel(hold.wanted) == found; });
}

bool HoldStack::restore_thread(process::ThreadGroup& threads, pid_t tid, SetTo& to) {
    const auto* const ended = restoring_->late ? nullptr : &ended_.back();
    const auto* const just_ended = ended != nullptr ? &ended->hold : nullptr;
    const auto base = base_of(tid);
    const int found = threads.get(tid);
    if (found < 0) {
        restoring_->moved = true;
        return false;
    }
    const bool took_no_part = std::none_of(ended != nullptr ? std::prev(ended_.end()) : ended_.begin(), ended_.end(),
                                           [&](const Ended& each) { return takes_part(each.hold, tid, base); });
    if (took_no_part || left_alone_.contains(tid)) {
        const auto* const by = left_alone_.contains(tid) ? nullptr : hold_in_force(tid, base);
        return is_of_another(tid, found, base, just_ended) &&
               put_back(threads, tid, found, value_under(by, base), by) && counted(to, by);
    }
    const auto* const newest = hold_in_force(tid, base);
    const bool overlaid = ended != nullptr && newest != nullptr && newest->order > ended->hold.order;
    const auto* const next = overlaid ? hold_in_force(tid, base, ended->hold.order) : newest;
    // No hold makes realtime what it has not set, or what its grant does not admit any more.
    const auto may = [&](const process::Credentials& thread) { return may_regain(*next, thread); };
    const bool would_gain =
        next != nullptr && is_realtime(values::to_kernel(next->wanted)) &&
        (next->inherited || (!is_realtime(found) && !is_true(threads.credentials(tid).transform(may))));
    const auto* const by = would_gain ? nullptr : next;
    const int wanted = value_under(by, base);
    if (overlaid && is_left_to(*newest, tid, found, wanted, base)) {
        seen_.insert(tid);
        return false;
    }
    // Until this end, it kept an older hold from setting this one (is_overlaid), but has not set it either.
    const bool passed_over =
        ended != nullptr && ended->not_begun.contains(ended->hold.id) && next != nullptr && is_same(found, base.value);
    const bool held = passed_over || is_held(tid, found, base, just_ended);
    if (!held && ended != nullptr && !is_same(found, wanted) && !is_set_by_one(tid, found, base)) {
        leave_alone(tid, found);
    }
    const bool set = held && found != wanted && put_back(threads, tid, found, wanted, by);
    seen_.insert(tid);
    return set && counted(to, by);
}

// Whether a thread may get back the realtime that this hold wants of it.
bool HoldStack::may_regain(const Hold& hold, const process::Credentials& thread) const {
    const auto& grants = ended_.back().of_realtime;
    const auto grant = grants.find(hold.id);
    return grant == grants.end() || grant->second.admits(thread, hold.wanted);
}

// @param gains the realtime of this hold; null: none
Expected<bool> HoldStack::admits(process::ThreadGroup& threads, pid_t tid, const Hold* gains) const {
    return threads.credentials(tid).transform([&](const process::Credentials& thread) {
        return (gains == nullptr || may_regain(*gains, thread)) &&
               std::all_of(restoring_->late ? ended_.begin() : std::prev(ended_.end()), ended_.end(),
                           [&](const Ended& each) { return each.grant.admits(thread, each.hold.wanted); });
    });
}

// The thread may have changed owner: it is checked before and after, as when it was set. Throws if its credentials
// cannot be read: the thread is as it was, and is retried.
// @param by the hold that wants this; null: the thread's base
bool HoldStack::put_back(process::ThreadGroup& threads, pid_t tid, int found, int wanted, const Hold* by) const {
    const auto* const gains = is_realtime(wanted) && !is_realtime(found) ? by : nullptr;
    if (!is_true(admits(threads, tid, gains)) || !threads.put_back(tid, wanted)) {
        return false;
    }
    const auto still = threads.belongs(tid) ? admits(threads, tid, gains) : Expected<bool>(false);
    if (!still || !*still) {
        ThreadSetter::take_back(threads, tid, values::from_kernel(wanted), found, wanted);
    }
    return is_true(still);
}

}  // namespace iopriority::engine
