// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/hold_stack.hpp"

#include <algorithm>
#include <utility>

namespace iopriority::kernel {

HoldStack::HoldStack(std::vector<Hold> holds, Base process, std::map<pid_t, Base> bases, std::set<pid_t> left_alone,
                     bool detached)
    : holds_(std::move(holds)),
      process_(process),
      bases_(std::move(bases)),
      left_alone_(std::move(left_alone)),
      detached_(detached) {}

// The newest hold that a thread with this base takes part in; the base itself if there is none.
Priority HoldStack::in_force(const Base& base) const {
    return !holds_.empty() && holds_.back().id >= base.first ? holds_.back().wanted : base.priority;
}

void HoldStack::begin(HoldId id, Priority wanted, const std::vector<ThreadChange>& before) {
    const bool first_hold = holds_.empty() || detached_;
    std::map<pid_t, Base> bases;
    Base process{before.empty() ? Priority::none() : before.front().before, id};
    if (!first_hold && !before.empty() && before.front().before == in_force(process_)) {
        process = process_;
    }
    for (const auto& [tid, found] : before) {
        const auto known = bases_.find(tid);
        if (!first_hold && known != bases_.end() && found == in_force(known->second)) {
            bases.emplace(tid, known->second);
        } else if (!first_hold && known == bases_.end() && !left_alone_.contains(tid) && found == in_force(process_)) {
            bases.emplace(tid, process_);  // born under the older hold
        } else {
            bases.emplace(tid, Base{found, id});
        }
    }
    bases_ = std::move(bases);
    process_ = process;
    left_alone_.clear();
    detached_ = false;
    forget_ended();
    holds_.push_back({id, wanted});
}

void HoldStack::forget_ended() {
    ended_.clear();
    seen_.clear();
}

bool HoldStack::contains(HoldId id) const {
    return std::any_of(holds_.begin(), holds_.end(), [id](const Hold& hold) { return hold.id == id; });
}

unsigned HoldStack::end(HoldId id, ThreadGroup& threads) {
    const auto found = std::find_if(holds_.begin(), holds_.end(), [id](const Hold& hold) { return hold.id == id; });
    if (found == holds_.end()) {
        return 0;
    }
    const bool newest = std::next(found) == holds_.end();
    const Hold ended = *found;
    holds_.erase(found);
    if (!newest || detached_) {
        return 0;
    }
    ended_.push_back(ended);
    return restore(&ended, threads);
}

void HoldStack::forget(HoldId id) {
    std::erase_if(holds_, [id](const Hold& hold) { return hold.id == id; });
}

unsigned HoldStack::end_late(ThreadGroup& threads) {
    const unsigned set = detached_ || ended_.empty() ? 0 : restore(nullptr, threads);
    forget_ended();
    return set;
}

void HoldStack::detach() {
    detached_ = true;
    bases_.clear();
    left_alone_.clear();
    forget_ended();
}

unsigned HoldStack::restore(const Hold* ended, ThreadGroup& threads) {
    constexpr unsigned passes = 2;  // the second finds what was born during the first
    unsigned set = 0;
    std::vector<pid_t> tids;
    for (unsigned pass = 0; pass < passes; ++pass) {
        threads.rewind();
        while (threads.next(tids) == 0 && !tids.empty()) {
            for (const pid_t tid : tids) {
                set += restore_thread(ended, threads, tid);
            }
        }
    }
    return set;
}

// Whether a thread has what it has from the hold that has just ended or, if it has only now appeared, from one that
// ended shortly before.
bool HoldStack::is_lent(pid_t tid, Priority found, const Base& base, const Hold* ended) const {
    const auto lends = [&](const Hold& hold) { return hold.wanted == found && hold.id >= base.first; };
    return (ended != nullptr && lends(*ended)) ||
           (!seen_.contains(tid) && std::any_of(ended_.begin(), ended_.end(), lends));
}

unsigned HoldStack::restore_thread(const Hold* ended, ThreadGroup& threads, pid_t tid) {
    if (left_alone_.contains(tid)) {
        return 0;
    }
    const auto known = bases_.find(tid);
    const Base& base = known != bases_.end() ? known->second : process_;
    if (ended != nullptr && base.first > ended->id) {
        return 0;  // it took no part in that hold
    }
    const Priority wanted = in_force(base);
    const int value = threads.get(tid);
    if (value < 0) {
        return 0;
    }
    const Priority found = values::from_kernel(value);
    const bool lent = is_lent(tid, found, base, ended);
    seen_.insert(tid);
    if (found == wanted) {
        return 0;
    }
    if (!lent) {
        if (ended != nullptr) {
            bases_.erase(tid);
            left_alone_.insert(tid);
        }
        return 0;
    }
    return threads.set(tid, values::to_kernel(wanted)) == 0 ? 1 : 0;
}

}  // namespace iopriority::kernel
