// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A stack of holds: what a process inherits that is created under them.
#include <algorithm>

#include "engine/hold_stack.hpp"

namespace iopriority::engine {

// A later one than those that have ended here, too: these are compared in what a process inherits.
std::uint64_t HoldStack::next_order() const {
    std::uint64_t last = holds_.empty() ? 0 : holds_.back().order;
    for (const auto& past : past_) {
        last = std::max(last, past.hold.order);
    }
    return last + 1;
}

std::vector<HoldId> HoldStack::inheritable() const {
    std::vector<HoldId> ids;
    ids.reserve(holds_.size() + past_.size());
    for (const auto& hold : holds_) {
        ids.push_back(hold.id);
    }
    for (const auto& past : past_) {
        ids.push_back(past.hold.id);
    }
    return ids;
}

void HoldStack::restored(HoldId id, std::uint64_t now) {
    for (auto& past : past_) {
        past.until = past.hold.id == id ? now : past.until;
    }
}

bool HoldStack::has_wanted(Priority priority) const {
    return std::any_of(holds_.begin(), holds_.end(), [&](const Hold& hold) { return hold.wanted == priority; }) ||
           std::any_of(past_.begin(), past_.end(), [&](const Past& past) { return past.hold.wanted == priority; });
}

HoldStack HoldStack::born(const std::set<HoldId>& under, std::uint64_t start, const std::set<HoldId>& in_doubt,
                          int found) const {
    HoldStack child;
    for (const auto& hold : holds_) {
        if (under.contains(hold.id)) {
            child.holds_.push_back({hold.id, hold.order, hold.wanted, {}, true});
        }
    }
    for (const auto& past : past_) {
        if (under.contains(past.hold.id) && start <= past.until) {
            child.holds_.push_back({past.hold.id, past.hold.order, past.hold.wanted, {}, true});
        }
    }
    std::sort(child.holds_.begin(), child.holds_.end(), [](const Hold& a, const Hold& b) { return a.order < b.order; });
    const auto shows = [found](const Priority& priority) { return values::from_kernel(found) == priority; };
    auto last = child.holds_.end();
    while (last != child.holds_.begin() && in_doubt.contains(std::prev(last)->id) && !shows(std::prev(last)->wanted)) {
        --last;
    }
    const auto before = last != child.holds_.begin() ? std::prev(last)->wanted : values::from_kernel(process_.value);
    if (found >= 0 && shows(before)) {
        child.holds_.erase(last, child.holds_.end());
    }
    // Born before the newest of its holds ended here, it goes back to what the process had then.
    const auto newest = std::find_if(past_.begin(), past_.end(), [&](const Past& past) {
        return !child.empty() && past.hold.id == child.holds_.back().id;
    });
    child.process_ = newest != past_.end() ? newest->base : process_;
    child.detached_ = newest != past_.end() ? newest->detached : detached_;
    // A newer hold has found what somebody had set since: it is the base of the process, for which the older are over.
    if (!child.empty()) {
        child.process_.first = std::min(child.process_.first, child.holds_.back().order);
    }
    if (start < child.detached_) {
        child.detached_ = 0;
    }
    return child;
}

}  // namespace iopriority::engine
