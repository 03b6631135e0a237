// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/holds.hpp"

#include <signal.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include "process/boot_clock.hpp"
#include "process/descriptors.hpp"
#include "service/guard.hpp"
#include "service/say.hpp"

namespace iopriority::service {

namespace {

using engine::HoldId;
using process::ProcessKey;

// Into a pipe. Its reader may have closed it just before: the signal for that, which would end the service, is taken.
void write_byte_unless_closed(int fd) {
    sigset_t closed;
    sigset_t before;
    ::sigemptyset(&closed);
    ::sigaddset(&closed, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &closed, &before);
    const char byte = 1;
    if (::write(fd, &byte, 1) < 0 && errno == EPIPE) {
        const timespec at_once{};
        ::sigtimedwait(&closed, nullptr, &at_once);
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace

Holds::Holds(Loop& loop, HoldStore store, ChangeLog& log, std::function<void()> changed)
    : loop_(loop), store_(std::move(store)), log_(log), changed_(std::move(changed)) {}

Holds::~Holds() = default;

std::string Holds::name_of(HoldId id) {
    return "hold-" + std::to_string(id);
}

// ---- what is recorded

// Somebody with many subordinate user ids leaves half of the room to the others (Admission). What is born under a hold
// that is ending has as much room again: it must go back.
Expected<std::monostate> Holds::count_threads(uid_t holder, std::size_t more, bool is_ending) {
    const std::size_t times = is_ending ? 2 : 1;
    const bool subordinate = holder >= Admission::first_subordinate;
    const auto mine = threads_.find(holder);
    const auto of_user = (mine != threads_.end() ? mine->second : 0) + more;
    // What is born under their holds that are ending takes no room of the others.
    const auto extra = is_ending ? 0 : threads_of_subordinate_ - std::min(threads_of_subordinate_, most_threads / 2);
    const auto in_all = threads_in_all_ - extra + more;
    const auto of_subordinate = subordinate ? threads_of_subordinate_ + more : 0;
    const bool is_too_much = in_all > times * most_threads || of_subordinate > times * most_threads / 2;
    if (of_user > times * most_threads_of_a_user || (is_too_much && holder != 0)) {
        return Failure{ErrorCode::limits_exceeded,
                       "holds of user " + std::to_string(holder) + " would record " + std::to_string(of_user) +
                           " threads, and all holds " + std::to_string(in_all) + ", of at most " +
                           std::to_string(most_threads_of_a_user) + " and " + std::to_string(most_threads) +
                           (subordinate ? ", half of these for all users with ids from " +
                                              std::to_string(Admission::first_subordinate) + " on"
                                        : "") +
                           ": end one first"};
    }
    add_threads(holder, more);
    return std::monostate{};
}

void Holds::add_threads(uid_t holder, std::size_t more) {
    threads_[holder] += more;
    threads_in_all_ += holder != 0 ? more : 0;
    threads_of_subordinate_ += holder >= Admission::first_subordinate ? more : 0;
}

void Holds::discount_threads(uid_t holder, std::size_t fewer) {
    const auto mine = threads_.find(holder);
    if (mine == threads_.end()) {
        return;
    }
    threads_in_all_ -= holder != 0 ? fewer : 0;
    threads_of_subordinate_ -= holder >= Admission::first_subordinate ? fewer : 0;
    if ((mine->second -= fewer) == 0) {
        threads_.erase(mine);
    }
}

Expected<std::monostate> Holds::add_member(HoldId id, const ProcessKey& key, std::size_t threads) {
    auto& hold = holds_.at(id);
    const auto [member, is_new] = hold.members.try_emplace(key, 0);
    auto counted = count_threads(hold.holder.uid, threads, hold.ending != nullptr);
    if (counted) {
        member->second += threads;
    } else if (is_new) {
        hold.members.erase(member);
    }
    return counted;
}

bool Holds::save(const ProcessKey& key, const Held& held) const {
    if (held.stack.is_restoring()) {
        return true;  // the ending hold stays stored until everything is restored
    }
    HoldState state{key, held.start, held.stack, {}};
    for (const auto id : held.stack.inheritable()) {
        state.holders.emplace(id, holds_.at(id).holder);
    }
    return store_.save(state);
}

// The hold has ended for this process, or never began. @return false if it stays stored
bool Holds::forget(HoldId id, const ProcessKey& key) {
    if (const auto hold = holds_.find(id); hold != holds_.end()) {
        if (const auto member = hold->second.members.extract(key)) {
            discount_threads(hold->second.holder.uid, member.mapped());
        }
    }
    const auto held = held_.find(key);
    if (held == held_.end()) {
        return true;
    }
    auto& stack = held->second.stack;
    stack.forget(id);
    if (stack.is_restoring()) {
        return true;  // for another hold, which stays stored until that is done
    }
    bool stored = false;
    auto store = [&] {
        if (stack.is_over()) {
            store_.forget(key);
            stored = true;
        } else {
            stored = save(key, held->second);
        }
    };
    guard(store, [](const Failure&) {});  // on failure, the next run of the service ends it again
    if (stack.is_over()) {
        held_.erase(held);
    }
    return stored;
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

void Holds::overruled(const ProcessKey& key, const std::vector<pid_t>& tids, Priority set, bool all,
                      std::uint64_t since, HoldId newest) {
    store_.drop_unread(key);
    // What no look has found yet, and is set to just what a hold wants, would be taken for the work of that hold.
    if (std::any_of(holds_.begin(), holds_.end(), [set](const auto& each) { return each.second.wanted == set; })) {
        adopt_if_born(key);
    }
    if (const auto recorded = looked_at_.find(key); recorded != looked_at_.end() && recorded->second.id <= newest) {
        recorded->second.meanwhile.push_back({tids, set, all});
    }
    const auto held = held_.find(key);
    if (held == held_.end() || held->second.stack.detached()) {
        return;
    }
    auto& stack = held->second.stack;
    auto above = beginning_in(stack);
    for (const auto& hold : stack.holds()) {
        if (hold.id > newest) {
            above.insert(hold.id);
        }
    }
    if (!above.empty()) {
        stack.overrule(above, tids, set, all);
    } else if (all) {
        // What was born meanwhile is known by its priority, unless that may be the one that was set.
        stack.detach(stack.has_wanted(set) ? since : process::ticks_since_boot() + 1);
    } else if (!stack.overrule(tids, set)) {
        return;
    }
    tell_overruled(stack, newest);
    save_overruled(key, held->second);
}

std::set<HoldId> Holds::beginning_in(const engine::HoldStack& stack) const {
    auto beginning = not_begun_in(stack);
    std::erase_if(beginning, [this](HoldId id) { return holds_.at(id).ending != nullptr; });
    return beginning;
}

std::set<HoldId> Holds::not_begun_in(const engine::HoldStack& stack) const {
    std::set<HoldId> not_begun;
    for (const auto& each : stack.holds()) {
        if (const auto hold = holds_.find(each.id); hold != holds_.end() && !hold->second.begun) {
            not_begun.insert(each.id);
        }
    }
    return not_begun;
}

std::map<HoldId, policy::Grant> Holds::grants_of_realtime_in(const engine::HoldStack& stack, HoldId but) const {
    std::map<HoldId, policy::Grant> grants;
    for (const auto& each : stack.holds()) {
        if (each.id != but && each.wanted.io_class() == PriorityClass::realtime) {
            grants.emplace(each.id, holds_.at(each.id).holder.grant);
        }
    }
    return grants;
}

void Holds::save_overruled(const ProcessKey& key, Held& held) const {
    const process::UsingReserve reserve;  // must not fail for lack of descriptors, whoever has used them up
    if (!held.stack.detached()) {
        if (const auto opened = open(key)) {
            held.stack.discard_gone(*opened->threads);
        }
    }
    if (!held.stack.is_over()) {
        static_cast<void>(save(key, held));
    }
}

Expected<Holds::Opened> Holds::open(const ProcessKey& key) {
    auto pinned = process::Process::pin(key);
    if (!pinned) {
        return pinned.failure();
    }
    auto process = std::make_unique<const process::Process>(*std::move(pinned));
    auto threads = process::ProcThreads::open(*process);
    return threads ? Expected<Opened>({std::move(process), *std::move(threads)}) : threads.failure();
}

void Holds::tell_overruled(const engine::HoldStack& stack, HoldId newest) {
    for (const auto& each : stack.holds()) {
        const auto hold = holds_.find(each.id);
        if (hold != holds_.end() && each.id <= newest && hold->second.writing_end &&
            !std::exchange(hold->second.told, true)) {
            write_byte_unless_closed(hold->second.writing_end.get());
        }
    }
}

void Holds::tell_outrun(Hold& hold, const ProcessKey& key) {
    auto tell = [&] {
        if (!std::exchange(hold.ending->gave_up, true)) {
            say(LOG_WARNING, "a hold of user " + std::to_string(hold.holder.uid) + " has ended, but process " +
                                 std::to_string(key.pid) +
                                 " starts threads faster than they can be put back: some may keep its priority");
        }
    };
    guard(tell, [](const Failure&) {});
}

}  // namespace iopriority::service
