// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Holds: processes that start during them. The kernel does not record who created a process, only its current parent.
/// So a process is known to descend from a held one only if it was seen while its parent, or the parent's parent, still
/// existed.
#include <algorithm>
#include <limits>
#include <utility>

#include "process/syscalls.hpp"
#include "service/guard.hpp"
#include "service/holds.hpp"

namespace iopriority::service {

namespace {

using engine::HoldId;
using process::ProcessKey;

constexpr std::size_t piece = 32;
constexpr std::size_t most_generations = 64;  // each is read, within one step
constexpr std::uint64_t turns_of_the_service = std::numeric_limits<std::uint64_t>::max();  // no user id

}  // namespace

// ---- one look

void Holds::Look::begin(const HeldProcesses& held, const Members* of, std::optional<Admission::Place> place) {
    stop();
    place_ = std::move(place);
    for (const auto& [key, each] : held) {
        if (of == nullptr || of->contains(key)) {
            origins_.push_back({key.pid, each.start});
        }
    }
    family_.emplace();
    family_->restart();
}

// Keeps no memory until the next one.
void Holds::Look::stop() {
    family_.reset();
    origins_ = {};
    checked_ = 0;
    found_.reset();
    place_.reset();
}

bool Holds::Look::step(Holds& holds) {
    if (!found_) {
        if (family_->step().value()) {
            auto below = family_->below(origins_);
            found_.emplace(below.rbegin(), below.rend());
        }
        return false;
    }
    if (checked_ < origins_.size()) {
        const auto end = std::min(checked_ + piece, origins_.size());
        for (; checked_ < end; ++checked_) {
            holds.drop_if_ended(origins_[checked_], *family_);
        }
        return false;
    }
    if (found_->empty()) {
        stop();
        return true;
    }
    const auto born = found_->back();
    found_->pop_back();
    const auto parent = family_->all().at(born.pid).parent;
    const auto parent_start = family_->all().at(parent).start_ticks;
    const auto* const origin = holds.find(parent, parent_start);
    if (origin == nullptr || holds.find(born.pid, born.start_ticks) != nullptr) {
        return false;  // its parent existed before the hold and is not part of it; or it is known
    }
    const auto process = process::Process::pin(born.pid);
    const auto start = process ? process::start_of(*process) : Expected<std::uint64_t>(process.failure());
    const auto key = start ? process->key() : Expected<ProcessKey>(start.failure());
    if (key && *start == born.start_ticks) {
        holds.adopt(*key, holds.born_of(*origin, born.pid, *start));
    }
    return false;
}

// ---- what is found

const Holds::Held* Holds::find(pid_t pid, std::uint64_t start) const {
    for (auto each = held_.lower_bound({pid, 0}); each != held_.end() && each->first.pid == pid; ++each) {
        if (each->second.start == start) {
            return &each->second;
        }
    }
    return nullptr;
}

// Which of the holds on its parent apply to a process that started at this time, and what they may have set on it.
Holds::Held Holds::born_of(const Held& parent, pid_t pid, std::uint64_t start) const {
    std::set<HoldId> under;
    std::set<HoldId> in_doubt;
    Held born;
    for (const auto id : parent.stack.inheritable()) {
        const auto hold = holds_.find(id);
        if (hold == holds_.end() || hold->second.holder.began > start) {
            continue;
        }
        under.insert(id);
        if (!hold->second.begun || *hold->second.begun >= start) {
            in_doubt.insert(id);  // it was beginning then
        }
    }
    const int found =
        in_doubt.empty() ? -1 : process::sys::ioprio_get(process::sys::Who::thread, static_cast<id_t>(pid));
    born.stack = parent.stack.born(under, start, in_doubt, found);
    born.start = start;
    return born;
}

void Holds::adopt(const ProcessKey& key, Held born) {
    if (born.stack.empty() || born.stack.detached()) {
        return;  // before anything is counted: each look finds it again
    }
    for (const auto& hold : std::vector(born.stack.holds())) {
        if (!add_member(hold.id, key, 1)) {
            born.stack.forget(hold.id);  // limit exceeded: it keeps what it has
        }
    }
    if (born.stack.empty()) {
        return;
    }
    for (const auto& hold : born.stack.holds()) {
        if (auto& ending = holds_.at(hold.id).ending) {
            ending->queue.push_back(key);
            // Another hold's look has found it after this one's own looks.
            ending->stage = ending->stage < Ending::Stage::forgetting ? ending->stage : Ending::Stage::restoring;
        }
    }
    // This comes last: a held process is not found again.
    static_cast<void>(save(key, held_.insert_or_assign(key, std::move(born)).first->second));
}

// A process on which a hold is to begin may have been created under another hold since the last look, and so may its
// parent: it is looked for from parent to parent, as far as these can have been born under a hold.
void Holds::adopt_if_born(const ProcessKey& key, const process::ProcStat& stat) {
    std::vector<Unseen> line{{key, stat}};
    while (line.size() <= most_generations && !held_.contains(line.back().key) && may_be_born(line.back().stat)) {
        const auto parent = parent_of(line.back().stat);
        if (!parent) {
            return;
        }
        line.push_back(*parent);
    }
    for (; line.size() > 1; line.pop_back()) {
        const auto parent = held_.find(line.back().key);
        if (parent == held_.end()) {
            return;
        }
        const auto& child = line[line.size() - 2];
        adopt(child.key, born_of(parent->second, child.key.pid, child.stat.start_ticks));
    }
}

bool Holds::may_be_born(const process::ProcStat& stat) const {
    return !holds_.empty() && stat.start_ticks >= holds_.begin()->second.holder.began;
}

// None, if it has ended: a younger process that has its number by now is not taken for it. Of one that is held, nothing
// has to be read.
std::optional<Holds::Unseen> Holds::parent_of(const process::ProcStat& child) const {
    const auto process = process::Process::pin(child.parent);
    const auto key = process ? process->key() : Expected<ProcessKey>(process.failure());
    if (!key) {
        return std::nullopt;
    }
    Unseen parent{*key, {}};
    if (const auto held = held_.find(*key); held != held_.end()) {
        parent.stat.start_ticks = held->second.start;
    } else if (const auto stat = process::stat_of(*process)) {
        parent.stat = *stat;
    } else {
        return std::nullopt;
    }
    return parent.stat.start_ticks <= child.start_ticks ? std::optional(parent) : std::nullopt;
}

void Holds::adopt_if_born(const ProcessKey& key) {
    if (held_.contains(key)) {
        return;
    }
    const auto process = process::Process::pin(key);
    const auto stat = process ? process::stat_of(*process) : Expected<process::ProcStat>(process.failure());
    if (stat) {
        adopt_if_born(key, *stat);
    }
}

// A process that has ended does not come back, and frees its place for new ones.
void Holds::drop_if_ended(const process::Selection::Candidate& origin, const process::Family& family) {
    const auto each = held_.lower_bound({origin.pid, 0});
    if (family.has(origin.pid, origin.start_ticks) || each == held_.end() || each->second.start != origin.start_ticks) {
        return;
    }
    const auto key = each->first;
    const auto process = process::Process::pin(key);
    if (process || process.failure().code != ErrorCode::no_such_process) {
        return;
    }
    const auto holds = each->second.stack.holds();
    for (const auto& hold : holds) {
        if (holds_.contains(hold.id) && holds_.at(hold.id).writing_end) {
            static_cast<void>(forget(hold.id, key));
        }
    }
}

// ---- once a second

void Holds::look_later() {
    look_source_ = loop_.after(look_interval, [this] {
        if (holds_.empty()) {
            look_source_ = {};
            return;
        }
        for (auto& [id, hold] : holds_) {
            if (std::exchange(hold.abandoned, false)) {
                end_sooner_or_later(id);
            }
        }
        auto look = [&] {
            look_.begin(held_);
            look_source_ = loop_.each_turn(turns_of_the_service, [this] { look_now(); });
        };
        guard(look, [this](const Failure&) {
            look_source_ = {};
            look_later();
        });
    });
}

void Holds::look_now() {
    bool goes_on = false;
    auto step = [&] { goes_on = look_.goes_on() && !look_.step(*this); };
    guard(step, [this](const Failure&) { look_.stop(); });  // there will be another look
    if (!goes_on) {
        look_later();
    }
}

}  // namespace iopriority::service
