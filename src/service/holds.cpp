// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/holds.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "process/descriptors.hpp"

namespace iopriority::service {

namespace {

using engine::HoldId;
using process::ProcessKey;

std::string name_of(HoldId id) {
    return "hold-" + std::to_string(id);
}

Failure failed(const std::string& what) {
    return {ErrorCode::failed, what + ": " + std::generic_category().message(errno)};
}

// Admits what every one of these grants does.
template <typename Judged>
engine::Judge judge(process::ThreadGroup& threads, const std::vector<Judged>& by) {
    return [&threads, &by](pid_t tid) {
        const auto thread = threads.credentials(tid);
        const bool admitted = thread && std::all_of(by.begin(), by.end(), [&](const Judged& each) {
                                  return each.grant.admits(*thread, each.wanted);
                              });
        return admitted ? engine::Standing::admitted : engine::Standing::privileged;
    };
}

}  // namespace

// ---- the beginning

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

Expected<std::unique_ptr<Holds::Beginning>> Holds::begin(uid_t holder, Priority wanted, policy::Grant grant) {
    auto place = admission_.admit(holder);
    if (!place) {
        return place.failure();
    }
    return std::make_unique<Beginning>(*this, ++last_id_, Holder{holder, std::move(grant)}, wanted, *std::move(place));
}

Holds::Beginning::Beginning(Holds& holds, HoldId id, Holder holder, Priority wanted, Admission::Place place)
    : holds_(holds), id_(id), holder_(std::move(holder)), wanted_(wanted), place_(std::move(place)) {}

Holds::Beginning::~Beginning() {
    if (!committed_) {
        for (const auto& key : members_) {
            holds_.forget(id_, key);
        }
        holds_.discount_threads(holder_.uid, threads_);
    }
}

Expected<std::monostate> Holds::Beginning::found(const process::Process& /*process*/, const ProcessKey& key,
                                                 const Values& values) {
    if (auto counted = holds_.count_threads(holder_.uid, values.size()); !counted) {
        return counted;
    }
    threads_ += values.size();
    auto& held = *holds_.held_.try_emplace(key).first;
    members_.insert(key);
    held.second.stack.begin(id_, wanted_, values);
    held.second.holders.emplace(id_, holder_);
    held.second.settle = {};
    held.second.ended.clear();
    if (!holds_.save(held)) {
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
        held->second.stack.add(tid, value);
    }
    static_cast<void>(
        holds_.save(*held));  // what was there before is stored: threads since then go the first one's way
}

Expected<process::UniqueFd> Holds::Beginning::commit() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        return failed("making the pipe of the hold");
    }
    process::UniqueFd reading(ends[0]);
    Hold begun{holder_, wanted_, members_, threads_, std::move(place_), process::UniqueFd(ends[1])};
    holds_.watch(id_, begun);
    const auto& hold = holds_.holds_.emplace(id_, std::move(begun)).first->second;
    committed_ = true;  // whatever was thrown before, no hold is left
    HoldStore::keep_descriptor(name_of(id_), hold.writing_end.get());
    holds_.changed_();
    return reading;
}

// ---- while it lasts

Holds::Holds(Loop& loop, HoldStore store, ChangeLog& log, std::function<void()> changed)
    : loop_(loop), store_(std::move(store)), log_(log), changed_(std::move(changed)) {}

Holds::~Holds() = default;

void Holds::watch(HoldId id, Hold& hold) {
    hold.watch = loop_.when_closed(hold.writing_end.get(), [this, id] { end(id); });
}

bool Holds::save(const HeldProcess& held) const {
    return store_.save({held.first, held.second.stack, held.second.holders});
}

void Holds::overruled(const engine::Job& done) {
    for (auto& held : held_) {
        const auto& holds = held.second.stack.holds();
        // A hold that is still beginning sets its threads once more, and has to give them back.
        const bool is_beginning = !holds.empty() && !holds_.contains(holds.back().id);
        if (done.covers(held.first) && !is_beginning) {
            held.second.stack.detach();
            if (!held.second.stack.empty()) {
                static_cast<void>(save(held));
            }
        }
    }
}

// ---- the end

void Holds::end(HoldId id) {
    auto ended = holds_.extract(id);
    if (ended.empty()) {
        return;
    }
    HoldStore::drop_descriptor(name_of(id));
    const Hold& hold = ended.mapped();
    discount_threads(hold.holder.uid, hold.threads);
    for (const auto& key : hold.members) {
        if (const auto held = held_.find(key); held != held_.end()) {
            const auto record = restore(id, hold, *held);
            forget(id, key);
            if (record) {
                log_.write(*record);
            }
        }
    }
    changed_();
}

// What is to be logged, if anything was set.
std::optional<ChangeRecord> Holds::restore(HoldId id, const Hold& hold, HeldProcess& held) {
    const process::UsingReserve reserve;  // nobody keeps a priority by leaving the service no descriptors
    const auto process = process::Process::pin(held.first);
    const auto threads =
        process ? process::ProcThreads::open(*process) : Expected<std::unique_ptr<process::ProcThreads>>(Failure{});
    if (!threads) {
        return std::nullopt;  // the process has ended
    }
    auto& stack = held.second.stack;
    const std::vector<Judged> by{{hold.holder.grant, hold.wanted}};
    const unsigned changed = stack.end(id, **threads, judge(**threads, by));
    held.second.ended.push_back(by.front());
    held.second.settle = loop_.after(engine::settle_delay, [this, key = held.first] { settle(key); });
    if (changed == 0) {
        return std::nullopt;
    }
    ChangeRecord record;
    record.caller.uid = hold.holder.uid;
    record.caller.bus_name = "the end of a hold";
    const auto owner = process->credentials();
    record.target.pid = held.first.pid;
    record.target.program = process->name();
    record.target.text = "process " + std::to_string(held.first.pid) + " (" + record.target.program + ")";
    record.target.uid = owner ? owner->real_uid : hold.holder.uid;
    record.before = hold.wanted.to_string();
    record.after = stack.empty() ? "what each thread had" : stack.holds().back().wanted.to_string();
    record.result = "ok";
    record.processes = 1;
    record.threads = changed;
    return record;
}

// A thread that was being born when the hold ended.
void Holds::settle(const ProcessKey& key) {
    const auto found = held_.find(key);
    if (found == held_.end()) {
        return;
    }
    const process::UsingReserve reserve;
    auto& held = found->second;
    if (const auto process = process::Process::pin(key)) {
        if (const auto threads = process::ProcThreads::open(*process)) {
            static_cast<void>(held.stack.end_late(**threads, judge(**threads, held.ended)));
        }
    }
    held.ended.clear();
    const auto done = std::move(held.settle);  // its function is being called
    if (held.stack.empty()) {
        held_.erase(found);
    }
}

// The hold is over for this process, or never began.
void Holds::forget(HoldId id, const ProcessKey& key) {
    const auto held = held_.find(key);
    if (held == held_.end()) {
        return;
    }
    held->second.stack.forget(id);
    held->second.holders.erase(id);
    if (!held->second.stack.empty()) {
        static_cast<void>(save(*held));
        return;
    }
    store_.forget(key);
    if (!held->second.settle) {
        held_.erase(held);
    }
}

void Holds::end_all() {
    while (!holds_.empty()) {
        end(holds_.rbegin()->first);  // the newest first: each puts back what the next one wants
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
    }
    for (const auto& [name, fd] : kept) {
        if (fd) {
            HoldStore::drop_descriptor(name);  // belongs to no hold that is known
        }
    }
    changed_();
}

void Holds::recover_process(HoldState state) {
    if (!process::Process::pin(state.key)) {
        store_.forget(state.key);  // the holds go on for others, or are dropped with their descriptors
        return;
    }
    auto& held = held_.try_emplace(state.key, Held{std::move(state.stack), state.holders}).first->second;
    for (const auto& hold : held.stack.holds()) {
        last_id_ = std::max(last_id_, hold.id);
        const auto& holder = state.holders.at(hold.id);
        auto& known = holds_.try_emplace(hold.id, Hold{holder, hold.wanted, {}}).first->second;
        known.members.insert(state.key);
        // What is there is kept, whatever the bounds are now.
        const auto threads = held.stack.bases().size();
        known.threads += threads;
        threads_[holder.uid] += threads;
        if (!known.place) {
            if (auto place = admission_.admit(holder.uid)) {
                known.place.emplace(*std::move(place));
            }
        }
    }
}

}  // namespace iopriority::service
