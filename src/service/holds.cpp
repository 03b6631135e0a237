// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/holds.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "process/boot_clock.hpp"
#include "process/descriptors.hpp"

namespace iopriority::service {

namespace {

using engine::HoldId;
using process::ProcessKey;

// At the start, before anybody can call.
constexpr auto time_for_a_lost_hold = std::chrono::milliseconds(1000);

std::string name_of(HoldId id) {
    return "hold-" + std::to_string(id);
}

Failure failed(const std::string& what) {
    return {ErrorCode::failed, what + ": " + std::generic_category().message(errno)};
}

}  // namespace

Holds::Holds(Loop& loop, HoldStore store, ChangeLog& log, std::function<void()> changed)
    : loop_(loop), store_(std::move(store)), log_(log), changed_(std::move(changed)) {}

Holds::~Holds() = default;

// ---- what is recorded

Expected<std::monostate> Holds::count_threads(uid_t holder, std::size_t more) {
    std::size_t in_all = more;
    for (const auto& [uid, threads] : threads_) {
        in_all += threads;
    }
    auto& mine = threads_[holder];
    if (mine + more > most_threads_of_a_user || (in_all > most_threads && holder != 0)) {
        return Failure{ErrorCode::limits_exceeded, "holds of user " + std::to_string(holder) + " would record " +
                                                       std::to_string(mine + more) + " threads, and all holds " +
                                                       std::to_string(in_all) + ", of at most " +
                                                       std::to_string(most_threads_of_a_user) + " and " +
                                                       std::to_string(most_threads) + ": end one first"};
    }
    mine += more;
    return std::monostate{};
}

void Holds::discount_threads(uid_t holder, std::size_t fewer) {
    if (const auto mine = threads_.find(holder); mine != threads_.end() && (mine->second -= fewer) == 0) {
        threads_.erase(mine);
    }
}

Expected<std::monostate> Holds::add_member(HoldId id, const ProcessKey& key, std::size_t threads) {
    auto& hold = holds_.at(id);
    if (auto counted = count_threads(hold.holder.uid, threads); !counted) {
        return counted;
    }
    hold.members[key] += threads;
    return std::monostate{};
}

bool Holds::save(const ProcessKey& key, const Held& held) const {
    HoldState state{key, held.stack, {}};
    for (const auto& hold : held.stack.holds()) {
        state.holders.emplace(hold.id, holds_.at(hold.id).holder);
    }
    return store_.save(state);
}

// The hold is over for this process, or never began.
void Holds::forget(HoldId id, const ProcessKey& key) {
    if (const auto hold = holds_.find(id); hold != holds_.end()) {
        if (const auto member = hold->second.members.extract(key)) {
            discount_threads(hold->second.holder.uid, member.mapped());
        }
    }
    const auto held = held_.find(key);
    if (held == held_.end()) {
        return;
    }
    held->second.stack.forget(id);
    if (held->second.stack.empty()) {
        store_.forget(key);
        held_.erase(held);
    } else {
        static_cast<void>(save(key, held->second));
    }
}

// ---- the beginning

Expected<std::unique_ptr<Holds::Beginning>> Holds::begin(uid_t holder, Priority wanted, policy::Grant grant) {
    if (auto failure = ends_.refuses(holder)) {
        return *std::move(failure);
    }
    auto place = admission_.admit(holder);
    if (!place) {
        return place.failure();
    }
    look_later();  // before anything is held
    const auto id = ++last_id_;
    holds_.emplace(id,
                   Hold{Holder{holder, process::ticks_since_boot(), std::move(grant)}, wanted, {}, *std::move(place)});
    return std::make_unique<Beginning>(*this, id);
}

Holds::Beginning::~Beginning() {
    if (!over_) {
        holds_.end_sooner_or_later(id_);
    }
}

void Holds::Beginning::undo(std::function<void()> done) {
    over_ = true;
    holds_.end(id_, std::move(done));
}

Expected<std::monostate> Holds::Beginning::found(const process::Process& process, const ProcessKey& key,
                                                 const Values& values, const std::set<pid_t>& without) {
    const auto& hold = holds_.holds_.at(id_);
    const auto stat = process::stat_of(process);
    if (!stat) {
        return stat.failure();
    }
    holds_.adopt_if_born(key, *stat);
    if (auto counted = holds_.add_member(id_, key, values.size() + without.size()); !counted) {
        return counted;
    }
    auto& held = holds_.held_[key];
    held.start = stat->start_ticks;
    held.ended.clear();
    if (held.stack.contains(id_)) {
        // It was born meanwhile: what it has of the held priority was not there before.
        for (const auto& [tid, value] : values) {
            if (values::from_kernel(value) != hold.wanted) {
                held.stack.add(id_, tid, value);
            }
        }
    } else {
        held.stack.begin(id_, hold.wanted, values, without);
    }
    if (!holds_.save(key, held)) {
        return failed("writing the state of the hold");
    }
    return std::monostate{};
}

void Holds::Beginning::changed(const ProcessKey& key, const engine::Found& changed) {
    const auto held = holds_.held_.find(key);
    if (held == holds_.held_.end() || !held->second.stack.contains(id_)) {
        return;
    }
    for (const auto& [tid, value] : changed) {
        held->second.stack.add(id_, tid, value);
    }
    // What was there before is stored: threads since then go the first one's way.
    static_cast<void>(holds_.save(key, held->second));
}

Expected<process::UniqueFd> Holds::Beginning::commit() {
    std::array<int, 2> both{};
    if (::pipe2(both.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        return failed("making the pipe of the hold");
    }
    process::UniqueFd reading(both[0]);
    auto& hold = holds_.holds_.at(id_);
    hold.writing_end = process::UniqueFd(both[1]);
    holds_.watch(id_, hold);
    over_ = true;
    HoldStore::keep_descriptor(name_of(id_), hold.writing_end.get());
    holds_.changed_();
    return reading;
}

// ---- while it lasts

void Holds::watch(HoldId id, Hold& hold) {
    hold.watch = loop_.when_closed(hold.writing_end.get(), [this, id] { end_sooner_or_later(id); });
}

std::uint32_t Holds::count() const {
    return static_cast<std::uint32_t>(
        std::count_if(holds_.begin(), holds_.end(), [](const auto& each) { return bool(each.second.writing_end); }));
}

engine::OwnPriority Holds::own_of(const ProcessKey& key) const {
    if (!held_.contains(key)) {
        return {};
    }
    return [this, key](pid_t tid, int found) {
        const auto held = held_.find(key);
        return held != held_.end() ? held->second.stack.own(tid, found) : values::from_kernel(found);
    };
}

void Holds::overruled(const engine::Job& done) {
    for (auto& [key, held] : held_) {
        const auto& holds = held.stack.holds();
        // A hold that is still beginning sets its threads once more, and has to give them back.
        const auto newest = holds.empty() ? holds_.end() : holds_.find(holds.back().id);
        const bool is_beginning = newest != holds_.end() && !newest->second.writing_end && !newest->second.ending;
        const auto* const tids = done.as_wanted(key);
        if (tids == nullptr || is_beginning || held.stack.detached()) {
            continue;
        }
        if (done.is_of_whole_processes()) {
            held.stack.detach();
        } else {
            overrule(key, held, *tids);
        }
        tell_overruled(held.stack);
        if (!held.stack.empty()) {
            static_cast<void>(save(key, held));
        }
    }
}

void Holds::overrule(const ProcessKey& key, Held& held, const std::vector<pid_t>& tids) {
    const process::UsingReserve reserve;  // what was set on purpose stands, whoever has taken the descriptors
    const auto process = process::Process::pin(key);
    const auto threads =
        process ? process::ProcThreads::open(*process) : Expected<std::unique_ptr<process::ProcThreads>>(Failure{});
    if (threads) {  // else it has ended
        held.stack.overrule(tids, **threads);
    }
}

void Holds::tell_overruled(const engine::HoldStack& stack) {
    for (const auto& each : stack.holds()) {
        const auto hold = holds_.find(each.id);
        if (hold != holds_.end() && hold->second.writing_end && !std::exchange(hold->second.told, true)) {
            const char byte = 1;
            static_cast<void>(::write(hold->second.writing_end.get(), &byte, 1));
        }
    }
}

// ---- after a crash

void Holds::recover() {
    auto kept = HoldStore::kept_descriptors();
    for (auto& state : store_.load()) {
        recover_process(std::move(state));
    }
    std::vector<HoldId> lost;
    for (auto& [id, hold] : holds_) {
        if (auto& fd = kept[name_of(id)]) {
            hold.writing_end = std::move(fd);
            kept.erase(name_of(id));
            watch(id, hold);
        } else {
            lost.push_back(id);
        }
    }
    for (auto id = lost.rbegin(); id != lost.rend(); ++id) {
        end(*id);
        restore_within(*id, time_for_a_lost_hold);
    }
    for (const auto& [name, fd] : kept) {
        if (fd) {
            HoldStore::drop_descriptor(name);  // belongs to no hold that is known
        }
    }
    look_later();
    changed_();
}

void Holds::recover_process(HoldState state) {
    const auto process = process::Process::pin(state.key);
    const auto start = process ? process::start_of(*process) : Expected<std::uint64_t>(process.failure());
    if (!start) {
        store_.forget(state.key);  // the holds go on for others, or are dropped with their descriptors
        return;
    }
    const auto& held = held_.try_emplace(state.key, Held{std::move(state.stack), *start}).first->second;
    for (const auto& hold : held.stack.holds()) {
        last_id_ = std::max(last_id_, hold.id);
        const auto& holder = state.holders.at(hold.id);
        auto& known = holds_.try_emplace(hold.id, Hold{holder, hold.wanted, {}}).first->second;
        // What is there is kept, whatever the bounds are now.
        const auto threads = held.stack.bases().size() + hold.without.size();
        known.members[state.key] = threads;
        threads_[holder.uid] += threads;
        if (!known.place) {
            if (auto place = admission_.admit(holder.uid)) {
                known.place.emplace(*std::move(place));
            }
        }
    }
}

}  // namespace iopriority::service
