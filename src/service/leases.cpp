// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/leases.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "kernel/descriptors.hpp"
#include "kernel/selection.hpp"
#include "kernel/threads.hpp"

namespace iopriority::service {

namespace {

constexpr auto late_delay = std::chrono::milliseconds(20);

std::string name_of(kernel::HoldId id) {
    return "lease-" + std::to_string(id);
}

Failure failed(const std::string& what) {
    return {ErrorCode::failed, what + ": " + std::generic_category().message(errno)};
}

}  // namespace

Leases::Leases(Loop& loop, LeaseStore store, ChangeLog& log, std::function<void()> changed)
    : loop_(loop), store_(std::move(store)), log_(log), changed_(std::move(changed)) {}

Leases::~Leases() = default;

Expected<std::monostate> Leases::room(uid_t holder) const {
    const auto of_holder = std::count_if(leases_.begin(), leases_.end(),
                                         [holder](const auto& each) { return each.second.holder == holder; });
    if (of_holder >= most_of_a_user || leases_.size() >= most) {
        return Failure{ErrorCode::limits_exceeded,
                       std::to_string(of_holder) + " leases of user " + std::to_string(holder) + " and " +
                           std::to_string(leases_.size()) + " in all are held already, of at most " +
                           std::to_string(most_of_a_user) + " and " + std::to_string(most) + ": end one first"};
    }
    return std::monostate{};
}

Expected<kernel::UniqueFd> Leases::begin(kernel::Process process, uid_t holder, Priority wanted,
                                         const std::vector<kernel::ThreadChange>& before) {
    // Others may have come first while this one was authorized.
    if (const auto left = room(holder); !left) {
        return left.failure();
    }
    const auto start = kernel::start_of(process);
    if (!start) {
        return start.failure();
    }
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        return failed("making the lease's pipe");
    }
    kernel::UniqueFd reading(ends[0]);
    kernel::UniqueFd writing(ends[1]);
    const pid_t pid = process.pid();
    // Two processes that had a number one after the other can have been started at the same tick.
    if (const auto known = held_.find(pid);
        known != held_.end() && (known->second.start_ticks != *start || !known->second.process.owns_number())) {
        held_.erase(known);  // an earlier process of this number: its leases end with nothing to restore
    }
    auto& held = held_.try_emplace(pid, Held{std::move(process), *start, {}, {}}).first->second;
    const auto id = ++last_id_;
    const auto stack_before = held.stack;
    held.stack.begin(id, wanted, before);
    held.late = {};
    auto& lease = leases_.emplace(id, Lease{pid, holder, std::move(writing), {}}).first->second;
    if (!save(pid, held)) {
        const auto failure = failed("writing the lease's state");
        leases_.erase(id);
        held.stack = stack_before;
        if (held.stack.empty()) {
            held_.erase(pid);
        }
        return failure;
    }
    LeaseStore::keep_descriptor(name_of(id), lease.writing_end.get());
    watch(id, lease);
    changed_();
    return reading;
}

void Leases::watch(kernel::HoldId id, Lease& lease) {
    lease.watch = loop_.when_closed(lease.writing_end.get(), [this, id] { end(id); });
}

bool Leases::save(pid_t pid, const Held& held) const {
    LeaseState state{pid, held.start_ticks, held.stack, {}};
    for (const auto& hold : held.stack.holds()) {
        state.holders[hold.id] = leases_.at(hold.id).holder;
    }
    return store_.save(state);
}

void Leases::end(kernel::HoldId id) {
    auto lease = leases_.extract(id);
    if (lease.empty()) {
        return;
    }
    LeaseStore::drop_descriptor(name_of(id));
    const pid_t pid = lease.mapped().pid;
    std::optional<ChangeRecord> record;
    // A lease on an earlier process of this number is not among the holds: it ends with nothing to restore.
    if (const auto found = held_.find(pid); found != held_.end() && found->second.stack.contains(id)) {
        Held& held = found->second;
        record = restore(id, lease.mapped().holder, held);
        if (held.stack.empty()) {
            store_.forget(pid);
        } else {
            static_cast<void>(save(pid, held));
        }
        held.late = loop_.after(late_delay, [this, pid] { end_late(pid); });
    }
    if (record) {
        log_.write(*record);
    }
    changed_();
}

// What is to be logged, if anything was set.
std::optional<ChangeRecord> Leases::restore(kernel::HoldId id, uid_t holder, Held& held) {
    const kernel::UsingReserve reserve;  // nobody keeps what was lent to them by leaving no descriptors
    auto threads = kernel::ProcThreads::open(held.process);
    if (!threads) {
        held.stack.forget(id);  // the process has ended
        return std::nullopt;
    }
    const auto& holds = held.stack.holds();
    const auto ended = std::find_if(holds.begin(), holds.end(), [id](const auto& hold) { return hold.id == id; });
    const auto before = ended->wanted.to_string();
    const unsigned changed = held.stack.end(id, **threads);
    if (changed == 0) {
        return std::nullopt;
    }
    ChangeRecord record;
    record.caller.uid = holder;
    record.caller.bus_name = "the end of a lease";
    const auto owner = held.process.real_uid();
    record.target = targets::name_of(held.process, owner ? *owner : holder);
    record.before = before;
    record.after = holds.empty() ? "what each thread had" : holds.back().wanted.to_string();
    record.result = "ok";
    record.processes = 1;
    record.threads = changed;
    return record;
}

// A thread that was being born when the lease ended.
void Leases::end_late(pid_t pid) {
    const auto found = held_.find(pid);
    if (found == held_.end()) {
        return;
    }
    const kernel::UsingReserve reserve;
    if (auto threads = kernel::ProcThreads::open(found->second.process)) {
        static_cast<void>(found->second.stack.end_late(**threads));
    }
    if (found->second.stack.empty()) {
        held_.erase(found);
    }
}

void Leases::overruled(const std::function<bool(pid_t, uid_t)>& is_among) {
    for (auto& [pid, held] : held_) {
        const auto uid = held.process.real_uid();
        if (uid && is_among(pid, *uid)) {
            held.stack.detach();
            if (!held.stack.empty()) {
                static_cast<void>(save(pid, held));
            }
        }
    }
}

void Leases::end_all() {
    while (!leases_.empty()) {
        end(leases_.rbegin()->first);  // the newest first: each puts back what the next one wants
    }
}

void Leases::recover() {
    auto kept = LeaseStore::kept_descriptors();
    for (const auto& state : store_.load()) {
        recover_process(state, kept);
    }
    for (const auto& [name, fd] : kept) {
        if (fd) {
            LeaseStore::drop_descriptor(name);  // belongs to no lease that is known
        }
    }
    changed_();
}

void Leases::recover_process(const LeaseState& state, std::map<std::string, kernel::UniqueFd>& kept) {
    auto process = kernel::Process::pin(state.pid);
    const auto start = process ? kernel::start_of(*process) : Expected<std::uint64_t>(Failure{});
    const bool same = start && *start == state.start_ticks;
    const bool known = std::any_of(state.holders.begin(), state.holders.end(),
                                   [this](const auto& holder) { return leases_.contains(holder.first); });
    if (!same || known) {
        store_.forget(state.pid);
        return;  // the descriptors, if any were kept, are dropped with the rest
    }
    held_.try_emplace(state.pid, Held{*std::move(process), state.start_ticks, state.stack, {}});
    std::vector<kernel::HoldId> lost;
    for (const auto& [id, holder] : state.holders) {
        last_id_ = std::max(last_id_, id);
        auto fd = std::move(kept[name_of(id)]);
        auto& lease = leases_.emplace(id, Lease{state.pid, holder, std::move(fd), {}}).first->second;
        if (lease.writing_end) {
            watch(id, lease);
        } else {
            lost.push_back(id);
        }
    }
    for (const auto id : lost) {
        end(id);
    }
}

}  // namespace iopriority::service
