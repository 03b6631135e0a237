// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "engine/walk.hpp"

#include <string>
#include <utility>

#include "process/syscalls.hpp"

namespace iopriority::engine {

namespace {

constexpr std::size_t most_processes = 4096;  // in one request, except for a user target
constexpr unsigned most_in_a_step = 16;

}  // namespace

void Walk::begin_round() {
    visited_.clear();
    scans_ = 0;
    failure_.reset();
    scan_again();
}

void Walk::scan_again() {
    target_.selection->restart();
    scanning_ = true;
    turn_over_ = false;
}

void Walk::go_back() {
    next_ = 0;
    turn_over_ = false;
}

Walk::Step Walk::step() {
    if (failure_) {
        return Step::scan_ended;
    }
    return scanning_ ? scan() : next();
}

Walk::Step Walk::scan() {
    const auto ended = target_.selection->step();
    if (!ended) {
        failure_ = ended.failure();
        return Step::scan_ended;
    }
    if (!*ended) {
        return Step::more;
    }
    scanning_ = false;
    ++scans_;
    next_ = 0;
    candidates_ = target_.selection->found({members_.begin(), members_.end()});
    if (!target_.threads_of && candidates_.size() > most_processes) {
        failure_ =
            Failure{ErrorCode::limits_exceeded, target_.name.text + ": more than " + std::to_string(most_processes) +
                                                    " processes in one request are too many"};
    }
    // If a number was recycled meanwhile, the next round finds the new process.
    std::erase_if(candidates_, [this](const auto& each) { return visited_.contains(each.pid); });
    return Step::more;
}

Walk::Step Walk::next() {
    if (is_single() && open_) {
        open_->alone.reset();
        return std::exchange(turn_over_, true) ? Step::scan_ended : Step::opened;
    }
    open_.reset();
    // A piece: all processes of a machine may have to be skipped.
    for (unsigned looked_at = 0; looked_at < most_in_a_step; ++looked_at) {
        if (next_ == candidates_.size()) {
            return Step::scan_ended;
        }
        const auto& candidate = candidates_[next_++];
        visited_.insert(candidate.pid);
        auto pinned = target_.selection->pin(candidate);
        const auto key = pinned ? (*pinned)->key() : Expected<process::ProcessKey>(pinned.failure());
        if (!key) {
            missed(key.failure());
            continue;
        }
        members_.insert(candidate.pid);
        open_.emplace(Open{*std::move(pinned), *key});
        if (!target_.threads_of || !alone() || alone()->credentials.real_uid == *target_.threads_of) {
            turn_over_ = true;
            return Step::opened;
        }
        open_.reset();
    }
    return Step::more;
}

int Walk::read_first() const {
    return process::sys::ioprio_get(process::sys::Who::thread, static_cast<id_t>(open_->process->pid()));
}

const std::optional<Walk::Alone>& Walk::alone() {
    auto& alone = open_->alone;
    const int value = alone ? 0 : read_first();
    if (!alone && value >= 0 && open_->process->thread_count() == 1) {
        const auto credentials = open_->process->credentials();
        alone = credentials ? std::optional(Alone{value, *credentials}) : std::nullopt;
    }
    return alone;
}

// It reads so before it is seen to be the only one, and after. So it had that priority then, and what it has started
// since has inherited it; also what has taken its place since, by executing a program. (Whoever changes it in between
// could as well do so afterwards.) What is read by number is its own: it still has a thread that runs, afterwards.
std::optional<process::Credentials> Walk::alone_with(Priority wanted) {
    const auto is_wanted = [wanted](int value) { return value >= 0 && values::from_kernel(value) == wanted; };
    const bool now = is_wanted(read_first());
    return now && alone() && is_wanted(alone()->value) && is_wanted(read_first()) && open_->process->running()
               ? std::optional(alone()->credentials)
               : std::nullopt;
}

bool Walk::open_threads() {
    auto threads = target_.open(*open_->process);
    if (!threads) {
        missed(threads.failure());
        open_.reset();
        return false;
    }
    open_->threads = *std::move(threads);
    open_->threads->rewind();
    return true;
}

void Walk::close() {
    if (!is_single()) {
        open_.reset();
    }
}

void Walk::missed(const Failure& why) {
    if (why.code != ErrorCode::no_such_process || is_single()) {
        failure_ = why;
    }
}

}  // namespace iopriority::engine
