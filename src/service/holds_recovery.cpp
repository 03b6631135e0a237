// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Holds: what one run of the service leaves to the next.
#include <syslog.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "process/boot_clock.hpp"
#include "service/guard.hpp"
#include "service/holds.hpp"
#include "service/say.hpp"

namespace iopriority::service {

namespace {

using engine::HoldId;
using Clock = std::chrono::steady_clock;

// At startup, before anybody can call.
constexpr auto time_for_lost_holds = std::chrono::milliseconds(1000);

}  // namespace

// ---- at exit

// No hold keeps the others from being restored, whatever fails or how many threads it has: each has a step in turn, the
// newest first. After half of the time there is also some for what was born under them, and at the end a little more
// for what is stored.
void Holds::end_all(std::chrono::milliseconds time) {
    const auto begun = Clock::now();
    const auto until = begun + time;
    const auto step_while = [this](const auto& has_to, Clock::time_point end) {
        for (bool goes_on = true; std::exchange(goes_on, false);) {
            for (auto each = holds_.rbegin(); each != holds_.rend() && Clock::now() < end; ++each) {
                if (has_to(each->second)) {
                    goes_on = true;
                    step_at_exit(each->first, each->second);
                }
            }
        }
    };
    const auto restores = [](const Hold& hold) {
        return !hold.ending || hold.ending->stage == Ending::Stage::restoring ||
               hold.ending->stage == Ending::Stage::settling;
    };
    const auto restores_or_looks = [&](const Hold& hold) {
        return restores(hold) || hold.ending->stage == Ending::Stage::looking;
    };
    looked_at_.clear();
    step_while(restores, begun + time / 2);
    step_while(restores_or_looks, begun + time * 3 / 4);
    step_while(restores, until);
    for (auto each = holds_.begin(); each != holds_.end();) {
        const auto id = (each++)->first;
        auto forget = [&] { forget_at_exit(id, until + time / 5); };
        guard(forget, [](const Failure&) {});
    }
    auto leave = [&] {
        for (const auto& [id, hold] : holds_) {
            HoldStore::drop_descriptor(name_of(id));  // else the next run would go on with it
        }
        if (!holds_.empty()) {
            say(LOG_WARNING, "not all holds could be ended in time: the next start ends what is left of " +
                                 std::to_string(holds_.size()));
        }
    };
    guard(leave, [](const Failure&) {});
    holds_.clear();  // which nothing is to go on with here
    held_.clear();
}

void Holds::step_at_exit(HoldId id, Hold& hold) noexcept {
    auto step = [&] {
        if (!hold.ending) {
            begin_end(id, hold, {});
        }
        hold.ending->late = true;  // there is no delay
        end_step(id, hold);
    };
    guard(step, [&](const Failure&) {
        if (hold.ending) {
            hold.ending->look.stop();
        }
    });
}

// If it is restored, with what was born under it. The record of a process that is being restored for another hold stays
// as it is.
void Holds::forget_at_exit(HoldId id, Clock::time_point until) {
    auto& hold = holds_.at(id);
    if (!hold.ending || hold.ending->stage < Ending::Stage::forgetting || !hold.ending->queue.empty()) {
        return;
    }
    for (auto member = hold.members.begin(); member != hold.members.end() && Clock::now() < until;) {
        const auto key = (member++)->first;
        if (const auto held = held_.find(key); held == held_.end() || !held->second.stack.is_restoring()) {
            hold.ending->stays_stored = !forget(id, key) || hold.ending->stays_stored;
        }
    }
    if (hold.members.empty()) {
        finish_end(id);
    }
}

// ---- at startup

void Holds::recover() {
    // No hold of an earlier run has such a number, not even one whose record cannot be read.
    constexpr unsigned most_in_a_tick = 20;  // bits
    last_id_ = process::ticks_since_boot() << most_in_a_tick;
    auto kept = HoldStore::kept_descriptors();
    for (auto& state : store_.load()) {
        recover_process(std::move(state));
    }
    std::vector<HoldId> lost;
    for (const auto& [id, since] : store_.begun()) {
        if (const auto hold = holds_.find(id); hold != holds_.end()) {
            hold->second.begun = since;
        } else {
            store_.forget_begun(id, since);
        }
    }
    for (auto& [id, hold] : holds_) {
        if (auto& fd = kept[name_of(id)]) {
            hold.writing_end = std::move(fd);
            kept.erase(name_of(id));
            watch(id, hold);
        } else {
            lost.push_back(id);
        }
    }
    const auto until = Clock::now() + time_for_lost_holds;
    for (auto id = lost.rbegin(); id != lost.rend(); ++id) {
        end_sooner_or_later(*id);
        restore_until(*id, until);
    }
    for (const auto& [name, fd] : kept) {
        if (fd) {
            HoldStore::drop_descriptor(name);  // belongs to no known hold
        }
    }
    look_later();
    changed_();
}

void Holds::recover_process(HoldState state) {
    for (const auto& [id, holder] : state.holders) {
        last_id_ = std::max(last_id_, id);
    }
    const auto process = process::Process::pin(state.key);
    if (!process && process.failure().code == ErrorCode::no_such_process) {
        store_.forget(state.key);  // the holds continue for others, or are dropped
        return;
    }
    // One that cannot be read now is held all the same: it may be set for good, or held by others, before it can.
    const auto& held = held_.try_emplace(state.key, Held{std::move(state.stack), state.start}).first->second;
    const auto recover_hold = [&](const engine::HoldStack::Hold& hold, std::size_t threads) {
        const auto& holder = state.holders.at(hold.id);
        auto& known = holds_.try_emplace(hold.id, Hold{holder, hold.wanted, {}}).first->second;
        // Existing holds are kept, whatever the limits are now.
        known.members[state.key] = threads;
        add_threads(holder.uid, threads);
        if (!known.place) {
            if (auto place = admission_.admit(holder.uid)) {
                known.place.emplace(*std::move(place));
            }
        }
    };
    for (const auto& hold : held.stack.holds()) {
        recover_hold(hold, held.stack.bases().size() + hold.without.size());
    }
    for (const auto& past : held.stack.past()) {
        recover_hold(past.hold, 1);  // its end looks once more for what was born under it
    }
}

}  // namespace iopriority::service
