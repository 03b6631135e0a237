// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "engine/hold_stack.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <utility>

namespace iopriority::engine {

using values::is_realtime;
using values::is_same;

HoldStack::HoldStack(std::vector<Hold> holds, Base process, std::map<pid_t, Base> bases, std::set<pid_t> left_alone,
                     std::uint64_t detached, std::vector<Past> past)
    : holds_(std::move(holds)),
      past_(std::move(past)),
      process_(process),
      bases_(std::move(bases)),
      left_alone_(std::move(left_alone)),
      detached_(detached) {}

namespace {

auto find(auto& holds, HoldId id) {
    return std::find_if(holds.begin(), holds.end(), [id](const auto& hold) { return hold.id == id; });
}

}  // namespace

// A thread created under the holds has the base of the process; but realtime is only restored to a thread that had it.
HoldStack::Base HoldStack::base_of(pid_t tid) const {
    const auto known = bases_.find(tid);
    if (known != bases_.end()) {
        return known->second;
    }
    return is_realtime(process_.value) ? Base{values::to_kernel(Priority::none()), process_.first} : process_;
}

// Whether a thread with this base takes part in the hold.
bool HoldStack::takes_part(const Hold& hold, pid_t tid, const Base& base) {
    return hold.order >= base.first && !hold.without.contains(tid);
}

// Whether it takes part, and has just what the hold sets: hints beside it are from others.
bool HoldStack::can_have_set(const Hold& hold, pid_t tid, int found, const Base& base) {
    return values::to_kernel(hold.wanted) == found && takes_part(hold, tid, base);
}

// One that lasts.
bool HoldStack::is_set_by_one(pid_t tid, int found, const Base& base) const {
    return std::any_of(holds_.begin(), holds_.end(),
                       [&](const Hold& hold) { return can_have_set(hold, tid, found, base); });
}

// The newest hold, of those older than this, that a thread with this base takes part in; null if there is none.
const HoldStack::Hold* HoldStack::hold_in_force(pid_t tid, const Base& base, std::uint64_t before) const {
    const auto newest = std::find_if(holds_.rbegin(), holds_.rend(), [&](const Hold& hold) {
        return hold.order < before && (hold.order < base.first || !hold.without.contains(tid));
    });
    return newest == holds_.rend() || newest->order < base.first ? nullptr : &*newest;
}

// What a thread has under a hold, or under none. The base itself also if the hold wants the same: then it has left the
// thread alone, including the hints.
int HoldStack::value_under(const Hold* hold, const Base& base) {
    if (hold == nullptr) {
        return base.value;
    }
    const int wanted = values::to_kernel(hold->wanted);
    return is_same(wanted, base.value) ? base.value : wanted;
}

Priority HoldStack::own(pid_t tid, int found) const {
    const auto base = base_of(tid);
    const auto priority = values::from_kernel(found);
    // This includes a hold that is no longer in force: a newer one may be beginning.
    const bool held = !detached() && !left_alone_.contains(tid) &&
                      (is_set_by_one(tid, found, base) || is_held(tid, found, base, nullptr));
    return held ? values::from_kernel(base.value) : priority;
}

void HoldStack::begin(HoldId id, Priority wanted, const Values& found, const Values& without, bool older_may_follow) {
    constexpr pid_t none = 0;  // takes part in all holds, like threads created under them
    const bool first_hold = holds_.empty() || detached();
    const auto order = next_order();
    Hold hold{id, order, wanted};
    holds_.reserve(holds_.size() + 1);
    std::map<pid_t, Base> bases;
    std::set<pid_t> left_alone;
    // What the older holds have set, or have found and will set.
    const auto is_theirs = [&](pid_t tid, int value, const Base& base) {
        return is_same(value, in_force(tid, base)) || (older_may_follow && is_same(value, base.value));
    };
    // If no thread takes part, neither do the threads that they create.
    Base process = found.empty() ? Base{0, order + 1} : Base{found.front().second, order};
    if (!first_hold && (found.empty() || is_theirs(none, found.front().second, process_))) {
        process = process_;
    }
    for (const auto& [tid, value] : without) {
        hold.without.insert(tid);
        const auto known = base_of(tid);
        bases.emplace(tid, !first_hold && known.first < order ? known : Base{value, order + 1});
        if (!first_hold && left_alone_.contains(tid)) {
            left_alone.insert(tid);
        }
    }
    for (const auto& [tid, value] : found) {
        const auto known = base_of(tid);
        // Also realtime from a hold that is not in force but has set it since: two were beginning at once.
        const bool held =
            !first_hold && !left_alone_.contains(tid) &&
            (is_theirs(tid, value, known) || (is_realtime(value) && own(tid, value) != values::from_kernel(value)));
        // Its clone was under way when a hold before this one ended: that has set it.
        const bool was_held = !held && is_held(tid, value, known, nullptr);
        bases.emplace(tid, held ? known : Base{was_held ? known.value : value, order});
    }
    // From here on nothing throws.
    bases_ = std::move(bases);
    left_alone_ = std::move(left_alone);
    process_ = process;
    detached_ = 0;
    forget_ended();
    holds_.push_back(std::move(hold));
}

// A hold older than this that has ended here and can have set the value; null if there is none. A clone in progress may
// have added the thread since.
const HoldStack::Past* HoldStack::past_that_set(pid_t tid, int found, std::uint64_t order) const {
    const auto past = std::find_if(past_.rbegin(), past_.rend(), [&](const Past& each) {
        return each.hold.order < order && can_have_set(each.hold, tid, found, each.base);
    });
    return past != past_.rend() ? &*past : nullptr;
}

void HoldStack::add(HoldId id, pid_t tid, int found) {
    const auto hold = find(holds_, id);
    if (hold == holds_.end()) {
        return;
    }
    hold->inherited = false;
    const auto known = bases_.find(tid);
    const bool had_no_part = hold->without.erase(tid) > 0;  // it could not be set when the hold was recorded
    // Until now: this hold has set it since.
    const bool was_left_alone = left_alone_.erase(tid) > 0;
    bool is_as_left = false;
    if (known != bases_.end() && (was_left_alone || known->second.first > hold->order)) {
        is_as_left = was_left_alone && is_same(known->second.value, found);
        bases_.erase(known);
    }
    // A thread created under another hold has that hold's priority and none of its own: it is treated like the process.
    // That hold may have ended by now, and be over, so no late thread gets realtime back.
    const bool may_be_held = !is_as_left && (past_that_set(tid, found, hold->order) != nullptr ||
                                             own(tid, found) != values::from_kernel(found) || is_realtime(found));
    if (!may_be_held || process_.first > hold->order) {
        const Base base{found, hold->order};
        had_no_part ? bases_.insert_or_assign(tid, base) : bases_.try_emplace(tid, base);
    }
    if (process_.first > hold->order) {
        process_ = {found, hold->order};  // no thread took part before
    }
}

void HoldStack::forget_ended() {
    ended_.clear();
    seen_.clear();
    restoring_.reset();
}

bool HoldStack::contains(HoldId id) const {
    return find(holds_, id) != holds_.end();
}

bool HoldStack::is_overlaid(HoldId id, pid_t tid) const {
    const auto hold = find(holds_, id);
    if (hold == holds_.end() || detached() || left_alone_.contains(tid)) {
        return false;
    }
    const auto* const newest = hold_in_force(tid, base_of(tid));
    return newest != nullptr && newest->order > hold->order;
}

void HoldStack::end(HoldId id, policy::Grant grant, std::set<HoldId> not_begun,
                    std::map<HoldId, policy::Grant> of_realtime) {
    const auto found = find(holds_, id);
    if (found == holds_.end()) {
        return;
    }
    ended_.reserve(ended_.size() + 1);
    past_.push_back({{id, found->order, found->wanted}, process_, detached_});
    // From here on nothing throws.
    outrun_ = false;
    if (!detached()) {
        ended_.push_back({std::move(*found), std::move(grant), std::move(not_begun), std::move(of_realtime)});
        restoring_ = Restoring{};
    }
    holds_.erase(found);
}

void HoldStack::forget(HoldId id) {
    std::erase_if(holds_, [id](const Hold& hold) { return hold.id == id; });
    std::erase_if(past_, [id](const Past& past) { return past.hold.id == id; });
    if (!restoring_) {
        discard_ended(id);
    }
}

// Its second look is over, or is not to come.
void HoldStack::discard_ended(HoldId id) {
    std::erase_if(ended_, [id](const Ended& each) { return each.hold.id == id; });
    if (ended_.empty()) {
        seen_.clear();
    }
}

bool HoldStack::overrule(const std::vector<pid_t>& tids, Priority set) {
    bool changes = false;
    for (const pid_t tid : tids) {
        changes = leave_alone(tid, values::to_kernel(set)) || changes;
    }
    return changes;
}

// @return false if that changes nothing
bool HoldStack::leave_alone(pid_t tid, int value) {
    const Base base{value, base_of(tid).first};
    const auto [known, is_new] = bases_.try_emplace(tid, base);
    const bool changes = is_new || known->second != base;
    known->second = base;
    return left_alone_.insert(tid).second || changes;
}

void HoldStack::overrule(const std::set<HoldId>& beginning, const std::vector<pid_t>& tids, Priority set, bool all) {
    const auto oldest =
        std::find_if(holds_.begin(), holds_.end(), [&](const Hold& hold) { return beginning.contains(hold.id); });
    const Base base{values::to_kernel(set), oldest->order};
    for (auto& hold : holds_) {
        if (!beginning.contains(hold.id)) {
            hold.without.insert(tids.begin(), tids.end());
        }
    }
    for (auto& ended : ended_) {
        ended.hold.without.insert(tids.begin(), tids.end());
    }
    for (const pid_t tid : tids) {
        bases_.insert_or_assign(tid, base);
        left_alone_.erase(tid);
    }
    if (all) {
        process_ = base;
    }
}

void HoldStack::discard_gone(process::ThreadGroup& threads) {
    // Each is asked for, once: a listing may pass over living threads while others end.
    std::unordered_map<pid_t, bool> asked;
    const auto has_ended = [&](pid_t tid) {
        const auto [known, is_new] = asked.try_emplace(tid, false);
        return known->second = is_new ? !threads.belongs(tid) : known->second;
    };
    std::erase_if(left_alone_, has_ended);
    std::erase_if(seen_, has_ended);
    std::erase_if(bases_, [&](const auto& each) { return has_ended(each.first); });
    for (auto& hold : holds_) {
        std::erase_if(hold.without, has_ended);
    }
}

void HoldStack::detach(std::uint64_t since) {
    detached_ = std::max<std::uint64_t>(since, 1);
    for (auto& past : past_) {
        past.detached = detached_;
    }
    bases_.clear();
    left_alone_.clear();
    forget_ended();
}

}  // namespace iopriority::engine
