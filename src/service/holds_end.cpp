// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Holds: how they end, in slices, one process after the other. The state of a hold stays stored until everything is
/// restored: a service that is killed before that ends the hold again.
#include <syslog.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "process/boot_clock.hpp"
#include "process/descriptors.hpp"
#include "service/guard.hpp"
#include "service/holds.hpp"
#include "service/say.hpp"
#include "values/text.hpp"

namespace iopriority::service {

namespace {

using engine::HoldId;

// Somebody who starts processes faster than they can be found must not keep the service busy for ever.
constexpr unsigned most_looks = 16;

}  // namespace

void Holds::end(HoldId id, std::function<void()> done) {
    const auto hold = holds_.find(id);
    if (hold == holds_.end()) {
        return;
    }
    if (hold->second.ending) {
        hold->second.ending->source = end_in_turns(id);
        return;
    }
    begin_end(id, hold->second, std::move(done));
    restore_until(id, std::chrono::steady_clock::now() + std::chrono::milliseconds(1));
}

void Holds::begin_end(HoldId id, Hold& hold, std::function<void()> done) {
    auto ending = std::make_unique<Ending>();
    for (const auto& [key, threads] : hold.members) {
        if (held_.contains(key)) {
            ending->queue.push_back(key);
        }
    }
    ending->source = end_in_turns(id);
    // If too many are ending already, no hold begins until these are over.
    auto place = ends_.admit(hold.holder.uid);
    if (hold.writing_end) {
        HoldStore::drop_descriptor(name_of(id));
    }
    // From here on nothing throws.
    ending->done = std::move(done);
    hold.ending = std::move(ending);
    hold.watch = {};
    hold.writing_end = {};
    hold.place.reset();
    if (place) {
        hold.place.emplace(*std::move(place));
    }
}

void Holds::end_sooner_or_later(HoldId id) noexcept {
    auto step = [&] { end(id); };
    guard(step, [&](const Failure&) {
        if (const auto hold = holds_.find(id); hold != holds_.end()) {
            hold->second.abandoned = true;
        }
    });
}

Source Holds::end_in_turns(HoldId id) {
    return loop_.each_turn(holds_.at(id).holder.uid, [this, id] {
        auto& hold = holds_.at(id);
        auto& ending = *hold.ending;
        std::optional<std::chrono::milliseconds> pause;
        auto step = [&] {
            if (waits_for_another(hold)) {
                pause = ending.wait;
                ending.wait = std::min(2 * ending.wait, engine::settle_delay);
            } else {
                ending.wait = moment;
            }
            end_step(id, hold);
            if (ending.stage == Ending::Stage::settling) {
                pause = engine::settle_delay;
            }
        };
        guard(step, [&](const Failure& why) {
            ending.look.stop();
            pause = pause_after(why, hold);
        });
        auto wait = [&] { ending.source = end_later(id, *pause); };
        if (ending.stage == Ending::Stage::over) {
            finish_end(id);
        } else if (pause) {
            guard(wait, [](const Failure&) {});
        }
    });
}

// A step has failed, and is retried.
std::chrono::milliseconds Holds::pause_after(const Failure& failed, Hold& hold) {
    auto& pause = hold.ending->pause;
    const bool was_longest = pause == longest_pause;
    pause = std::min(2 * pause, longest_pause);
    auto tell = [&] {
        if (!was_longest && pause == longest_pause) {
            say(LOG_WARNING, "a hold of user " + std::to_string(hold.holder.uid) +
                                 " cannot be ended now; trying again each second: " + failed.message);
        }
    };
    guard(tell, [](const Failure&) {});
    return pause;
}

Source Holds::end_later(HoldId id, std::chrono::milliseconds delay) {
    return loop_.after(delay, [this, id] { end_sooner_or_later(id); });
}

// Restores what it can until then, so that whoever reads next sees the result. It does not wait for another hold.
void Holds::restore_until(HoldId id, std::chrono::steady_clock::time_point until) {
    auto& hold = holds_.at(id);
    auto run = [&] {
        while (hold.ending && hold.ending->stage == Ending::Stage::restoring && !waits_for_another(hold) &&
               std::chrono::steady_clock::now() < until) {
            end_step(id, hold);
        }
    };
    guard(run, [](const Failure&) {});  // it will be retried
}

void Holds::end_step(HoldId id, Hold& hold) {
    const process::UsingReserve reserve;  // nobody keeps a priority by using up the descriptors
    switch (hold.ending->stage) {
        case Ending::Stage::restoring:
            return restore_next(id, hold);
        case Ending::Stage::looking:
            return look_next(hold);
        case Ending::Stage::settling:
            hold.ending->stage = Ending::Stage::restoring;
            hold.ending->looks = 0;
            break;
        case Ending::Stage::forgetting:
            return forget_next(id, hold);
        case Ending::Stage::over:
            break;
    }
}

// Processes created by a process before it is restored are found by the look that follows.
void Holds::restore_next(HoldId id, Hold& hold) {
    auto& ending = *hold.ending;
    if (!ending.restoring && ending.queue.empty()) {
        if (ending.looks++ < most_looks) {
            ending.stage = Ending::Stage::looking;
        } else {
            looked(hold);
        }
        return;
    }
    if (!ending.restoring) {
        begin_restoring(id, hold);
    }
    if (ending.restoring) {
        restore_some(id, hold);
    }
}

// It is recorded, or restored for another hold.
bool Holds::is_busy(const process::ProcessKey& key) const {
    const auto held = held_.find(key);
    return held != held_.end() && (held->second.stack.is_restoring() || looked_at_.contains(key));
}

// Which may take long, and this hold would take each turn of the loop.
bool Holds::waits_for_another(const Hold& hold) const {
    const auto& ending = *hold.ending;
    if (ending.stage == Ending::Stage::looking) {
        return !ending.look.goes_on() && looks_.is_full(hold.holder.uid);
    }
    return ending.stage == Ending::Stage::restoring && !ending.restoring && !ending.queue.empty() &&
           (restored_.is_full(hold.holder.uid) || is_busy(ending.queue.back()));
}

// Begins with the next process; or with none, if it has ended or has to wait.
void Holds::begin_restoring(HoldId id, Hold& hold) {
    auto& queue = hold.ending->queue;
    const auto key = queue.back();
    if (is_busy(key)) {
        std::rotate(queue.begin(), std::prev(queue.end()), queue.end());
        return;
    }
    auto place = restored_.admit(hold.holder.uid);
    if (!place) {
        return;
    }
    const auto held = held_.find(key);
    auto opened = held != held_.end() ? open(key) : Expected<Opened>(Failure{ErrorCode::no_such_process, {}});
    if (!opened && opened.failure().code == ErrorCode::no_such_process) {
        queue.pop_back();  // it has ended
        return;
    }
    if (!opened) {
        std::rotate(queue.begin(), std::prev(queue.end()), queue.end());
    }
    auto& stack = held->second.stack;
    Restoring restoring{key, std::move(opened).value(), *std::move(place), !stack.contains(id)};
    if (restoring.late) {
        stack.end_late(id);
    } else {
        stack.end(id, hold.holder.grant, not_begun_in(stack), grants_of_realtime_in(stack, id));
    }
    hold.ending->restoring.emplace(std::move(restoring));
    queue.pop_back();
}

void Holds::restore_some(HoldId id, Hold& hold) {
    auto& restoring = *hold.ending->restoring;
    const auto held = held_.find(restoring.key);
    if (held == held_.end()) {
        hold.ending->restoring.reset();  // it has ended meanwhile
        return;
    }
    ++restorations_;
    auto& stack = held->second.stack;
    if (!stack.restore_some(*restoring.opened.threads, restoring.to)) {
        return;
    }
    const auto restored = std::move(restoring);
    hold.ending->restoring.reset();
    if (hold.ending->late && stack.was_outrun()) {
        tell_outrun(hold, restored.key);
    }
    if (restored.late) {
        return;
    }
    stack.restored(id, process::ticks_since_boot());
    if (!stack.empty()) {
        static_cast<void>(save(restored.key, held->second));  // a crash before the settle pass does not end it again
    }
    hold.ending->record.processes += restored.to.empty() ? 0U : 1U;
    for (const auto& [value, threads] : restored.to) {
        hold.ending->record.threads += threads;
        hold.ending->after[value ? values::from_kernel(*value).to_string() : "what each thread had"] += threads;
    }
}

void Holds::look_next(Hold& hold) {
    auto& ending = *hold.ending;
    if (!ending.look.goes_on()) {
        if (auto place = looks_.admit(hold.holder.uid)) {
            ending.look.begin(held_, &hold.members, *std::move(place));
        }
        return;  // if not begun, its turn will come
    }
    if (ending.look.step(*this)) {
        looked(hold);
    }
}

// What it has found is put back, also by the last look.
void Holds::looked(Hold& hold) {
    auto& ending = *hold.ending;
    if (!ending.queue.empty()) {
        ending.stage = Ending::Stage::restoring;
    } else if (ending.late) {
        ending.stage = Ending::Stage::forgetting;
    } else {
        for (const auto& [key, threads] : hold.members) {
            ending.queue.push_back(key);
        }
        ending.late = true;
        ending.stage = Ending::Stage::settling;
    }
}

void Holds::forget_next(HoldId id, Hold& hold) {
    constexpr int piece = 32;
    for (int i = 0; i < piece && !hold.members.empty(); ++i) {
        const auto key = hold.members.begin()->first;
        hold.ending->stays_stored = !forget(id, key) || hold.ending->stays_stored;
    }
    hold.ending->stage = hold.members.empty() ? Ending::Stage::over : Ending::Stage::forgetting;
}

void Holds::finish_end(HoldId id) {
    if (const auto& hold = holds_.at(id); hold.begun && !hold.ending->stays_stored) {
        store_.forget_begun(id, *hold.begun);
    }
    const auto over = holds_.extract(id);
    const auto& hold = over.mapped();
    auto tell = [&] {
        auto& record = hold.ending->record;
        if (hold.ending->done) {
            return hold.ending->done();
        }
        record.event = ChangeRecord::Event::end;
        record.caller.uid = hold.holder.uid;
        record.before = hold.wanted.to_string();
        record.after = record.processes > 0 ? values::shown(hold.ending->after) : "left as it is";
        record.target = hold.target;
        if (record.target.text.empty()) {
            record.target.text = std::to_string(record.processes) + (record.processes == 1 ? " process" : " processes");
        }
        if (record.processes > 0 || hold.begun) {
            log_.write(record);
        }
    };
    guard(tell, [](const Failure&) {});
    changed_();
}

}  // namespace iopriority::service
