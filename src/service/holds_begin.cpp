// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Holds: how they begin. The priorities found are stored before any is set.
#include <fcntl.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "process/boot_clock.hpp"
#include "service/holds.hpp"

namespace iopriority::service {

using process::ProcessKey;

namespace {

Failure failed(const std::string& what) {
    return {ErrorCode::failed, what + ": " + std::generic_category().message(errno)};
}

}  // namespace

Expected<std::unique_ptr<Holds::Beginning>> Holds::begin(uid_t holder, Priority wanted, policy::Grant grant) {
    if (auto failure = ends_.refuses(holder)) {
        return *std::move(failure);
    }
    auto place = admission_.admit(holder);
    if (!place) {
        return place.failure();
    }
    if (!look_source_) {
        look_later();  // before anything is held
    }
    const auto id = ++last_id_;
    auto beginning = std::make_unique<Beginning>(*this, id);  // ends it, if anything fails from here on
    holds_.emplace(id,
                   Hold{Holder{holder, process::ticks_since_boot(), std::move(grant)}, wanted, {}, *std::move(place)});
    return beginning;
}

Holds::Beginning::~Beginning() {
    stop_looking();
    if (!over_) {
        holds_.end_sooner_or_later(id_);
    }
}

void Holds::Beginning::undo(std::function<void()> done) {
    stop_looking();
    holds_.end(id_, std::move(done));
    over_ = true;  // otherwise its destructor would end it
}

bool Holds::Beginning::lasts() const {
    const auto hold = holds_.holds_.find(id_);
    return hold != holds_.holds_.end() && !hold->second.ending;
}

bool Holds::Beginning::may_look_at(const ProcessKey& key) {
    const auto known = holds_.looked_at_.find(key);
    if (known != holds_.looked_at_.end() && known->second.id == id_) {
        return true;
    }
    stop_looking();  // at another process, before this one waits: while it waits, it must not block others
    const auto held = holds_.held_.find(key);
    if (known != holds_.looked_at_.end() || (held != holds_.held_.end() && held->second.stack.is_restoring())) {
        return false;
    }
    holds_.looked_at_.emplace(key, Recording{id_});
    return true;
}

void Holds::Beginning::stop_looking() {
    std::erase_if(holds_.looked_at_, [this](const auto& each) { return each.second.id == id_; });
}

Expected<bool> Holds::Beginning::found(const process::Process& process, const ProcessKey& key,
                                       const engine::Values& values, const engine::Values& without) {
    std::vector<Overruling> meanwhile;
    if (const auto known = holds_.looked_at_.find(key); known != holds_.looked_at_.end() && known->second.id == id_) {
        meanwhile = std::move(known->second.meanwhile);
    }
    stop_looking();
    const auto& hold = holds_.holds_.at(id_);
    const auto stat = process::stat_unless_delayed(process);
    if (!stat) {
        return stat.failure();
    }
    if (!*stat) {
        return false;  // it may be born under another hold, which would be taken for its own
    }
    holds_.adopt_if_born(key, **stat);
    if (auto counted = holds_.add_member(id_, key, values.size() + without.size()); !counted) {
        return counted.failure();
    }
    auto& held = holds_.held_[key];
    held.start = (*stat)->start_ticks;
    if (held.stack.contains(id_)) {
        // It was created meanwhile: threads with the held priority have inherited it from the hold.
        for (const auto& [tid, value] : values) {
            if (values::from_kernel(value) != hold.wanted) {
                held.stack.add(id_, tid, value);
            }
        }
    } else {
        // Discards threads that have ended.
        held.stack.begin(id_, hold.wanted, values, without, !holds_.beginning_in(held.stack).empty());
    }
    for (const auto& [tids, set, all] : meanwhile) {
        held.stack.overrule({id_}, tids, set, all);
    }
    if (!holds_.save(key, held)) {
        return failed("writing the state of the hold");
    }
    return true;
}

bool Holds::Beginning::is_overlaid(const ProcessKey& key, pid_t tid) const {
    const auto held = holds_.held_.find(key);
    return held != holds_.held_.end() && held->second.stack.is_overlaid(id_, tid);
}

void Holds::Beginning::left(const ProcessKey& /*key*/) {
    stop_looking();
}

void Holds::Beginning::changed(const ProcessKey& key, const engine::Found& changed) {
    const auto held = holds_.held_.find(key);
    if (held == holds_.held_.end() || !held->second.stack.contains(id_)) {
        return;
    }
    for (const auto& [tid, value] : changed) {
        held->second.stack.add(id_, tid, value);
    }
    // The priorities from before are already stored: threads created since then are treated like the first one.
    static_cast<void>(holds_.save(key, held->second));
}

Expected<process::UniqueFd> Holds::Beginning::commit(engine::TargetName target) {
    auto pipe = process::make_pipe(O_NONBLOCK);
    if (!pipe.second) {
        return failed("making the pipe of the hold");
    }
    const auto now = process::ticks_since_boot();
    if (!holds_.store_.save_begun(id_, now)) {
        return failed("writing that the hold has begun");
    }
    auto& hold = holds_.holds_.at(id_);
    hold.writing_end = std::move(pipe.second);
    hold.begun = now;
    hold.target = std::move(target);
    holds_.watch(id_, hold);
    over_ = true;
    HoldStore::keep_descriptor(name_of(id_), hold.writing_end.get());
    holds_.changed_();
    return std::move(pipe.first);
}

}  // namespace iopriority::service
