// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "engine/thread_setter.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace iopriority::engine {

Tally& Tally::operator+=(const Tally& other) noexcept {
    as_wanted += other.as_wanted;
    refused += other.refused;
    joined += other.joined;
    privileged += other.privileged;
    is_explicit += other.is_explicit;
    outside += other.outside;
    contested += other.contested;
    refusal = other.refused > 0 ? other.refusal : refusal;
    return *this;
}

ThreadSetter::ThreadSetter(process::ThreadGroup& threads, Order order, Judge judge, OwnPriority own, Bounds bounds)
    : threads_(threads), order_(order), judge_(std::move(judge)), own_(std::move(own)), bounds_(bounds) {}

bool ThreadSetter::step() {
    const auto start = std::chrono::steady_clock::now();
    judging_ = {};
    if (pass_ == Pass::none) {
        begin_pass();
    }
    // Succeeds only while the process owns its number: this proves that what this pass has done by number so far
    // reached that process.
    if (next_chunk() < 0) {
        return end_round(true);
    }
    for (const pid_t tid : chunk_) {
        handle(tid);
        if (order_.kernel_judges && tally_.refused > 0) {
            gave_up_ = true;  // the kernel has decided: the rest of the listing is skipped
            needs_second_round_ = true;
            return end_round(false);
        }
    }
    const bool ended = chunk_.empty() && end_pass();
    worked_ += std::chrono::steady_clock::now() - start - judging_;
    if (!ended && is_over_bounds()) {
        gave_up_ = true;
        needs_second_round_ = true;
        return end_round(!threads_.running());
    }
    return ended;
}

void ThreadSetter::run() {
    while (!step()) {
    }
}

void ThreadSetter::again() {
    pass_ = Pass::none;
    passes_ = 0;
    clean_ = 0;
    worked_ = {};
    gave_up_ = false;
    moved_ = false;
}

void ThreadSetter::begin_pass() {
    ++passes_;
    tally_ = {};
    pass_changed_any_ = false;
    ended_ = 0;
    std::swap(previous_, current_);
    current_.clear();
    as_wanted_.clear();
    ending_.clear();
    threads_.rewind();
    // A process with one thread needs no listing and only one pass: the thread is set and read back between two checks
    // of the number of threads. It has the number of the process, which that owns if it still runs at the end.
    const auto only = passes_ == 1 ? threads_.only_thread() : std::nullopt;
    alone_ = only.has_value();
    if (only) {
        previous_ = {*only};
        pass_ = Pass::recall;
        recalled_ = 0;
        return;
    }
    // There are as many threads as were listed: if each of those still belongs to the process afterwards, and there are
    // no more of them at the end, the listing was complete. So a second listing, which would cost more than all the
    // rest, is not needed. (A thread that joins meanwhile may have been created before its creator was set.)
    pass_ = passes_ > 1 && !moved_ && threads_.count() == previous_.size() ? Pass::recall : Pass::listing;
    recalled_ = 0;
}

int ThreadSetter::next_chunk() {
    if (pass_ == Pass::listing) {
        const int result = threads_.next(chunk_);
        piece_ = std::max(piece_, chunk_.size());
        return result;
    }
    if (recalled_ > 0 && !alone_ && !threads_.owns_number()) {
        return -ESRCH;
    }
    const auto begin = previous_.begin() + static_cast<std::ptrdiff_t>(recalled_);
    const auto size = std::min(piece_, previous_.size() - recalled_);
    chunk_.assign(begin, begin + static_cast<std::ptrdiff_t>(size));
    recalled_ += size;
    return 0;
}

void ThreadSetter::handle(pid_t tid) {
    current_.push_back(tid);
    const int found = threads_.get(tid);
    if (found < 0) {
        moved_ = true;  // it has ended since it was listed
        ++ended_;
        return;
    }
    if (pass_ == Pass::recall && !alone_ && !threads_.belongs(tid)) {
        moved_ = true;  // and its number was recycled
        return;
    }
    const Priority now = values::from_kernel(found);
    if ((now.io_class() == PriorityClass::none && threads_.is_ended_first(tid)) || leaves_alone(standing(tid))) {
        return;
    }
    if (!changed_.contains(tid) && is_explicit(order_, own_, tid, found)) {
        ++tally_.is_explicit;
    } else if (now != order_.wanted || (order_.kernel_judges && passes_ == 1)) {
        set(tid, found);
    } else {
        count(tid);
    }
}

void ThreadSetter::count(pid_t tid) {
    ++tally_.as_wanted;
    as_wanted_.push_back(tid);
}

bool is_explicit(const Order& order, const OwnPriority& own, pid_t tid, int found) {
    if (!order.keep_explicit) {
        return false;
    }
    const auto priority = own ? own(tid, found) : values::from_kernel(found);
    return priority.io_class() != PriorityClass::none && priority != order.wanted;
}

Standing ThreadSetter::standing(pid_t tid) {
    if (!judge_) {
        return Standing::admitted;
    }
    const auto start = std::chrono::steady_clock::now();
    const auto standing = judge_(tid);
    judging_ += std::chrono::steady_clock::now() - start;
    return standing;
}

// True if the thread is not to be set; counts it if the reply reports it.
bool ThreadSetter::leaves_alone(Standing standing) {
    switch (standing) {
        case Standing::admitted:
            return false;
        case Standing::joined:
            ++tally_.joined;
            break;
        case Standing::privileged:
            ++tally_.privileged;
            break;
        case Standing::gone:
            moved_ = true;
            pass_changed_any_ = true;  // a child may have inherited its priority: the listing still changes
            break;
        case Standing::overlaid:
            ++tally_.as_wanted;  // it will have this priority when the newer hold ends
            break;
        case Standing::outside:
            ++tally_.outside;
            break;
    }
    return true;
}

void ThreadSetter::set(pid_t tid, int found) {
    const int result = threads_.set(tid, values::to_kernel(order_.wanted));
    if (result == -ESRCH) {
        moved_ = true;
        return;
    }
    if (result < 0) {
        ++tally_.refused;
        tally_.refusal = -result;
        return;
    }
    // It may have changed owner between the check and the set.
    if (const auto after = standing(tid); after != Standing::admitted) {
        take_back(threads_, tid, order_.wanted, found, found);
        static_cast<void>(leaves_alone(after));
        return;
    }
    const bool was_changed = changed_.contains(tid);
    // For a thread that is ending, the kernel reports success and does nothing. Those of the first pass are found by
    // the second, which is made unless the thread is alone: that one is read back when the pass ends.
    if (passes_ > 1 && !is_as_wanted(tid)) {
        if (threads_.has_ended(tid)) {
            ending_.push_back(tid);
            return;
        }
        ++tally_.contested;
    } else {
        count(tid);
        // (A new thread with the recycled id of a changed one was not set by anybody.)
        tally_.contested += was_changed && !threads_.is_new(tid) ? 1U : 0U;
    }
    if (values::from_kernel(found) != order_.wanted) {
        pass_changed_any_ = true;
        changed_.emplace(tid, found);
    } else {
        confirmed_.emplace(tid, found);
    }
}

bool ThreadSetter::end_pass() {
    const bool recalled = pass_ == Pass::recall;
    pass_ = Pass::none;
    if (recalled && moved_) {
        clean_ = 0;
        return false;  // this proves nothing: list the threads
    }
    // If most of many threads ended before their turn came, the threads that they started were never seen.
    constexpr unsigned few = 8;
    const bool outpaced = ended_ > few && 2 * ended_ > current_.size();
    const auto count = threads_.count();
    // The last look is at the priority: a thread that was born before the set can have taken the place of the first one
    // since, by executing a program, which ends all others. It has what its creator had.
    const bool may_be_last = alone_ || passes_ > 1;
    const bool replaced = may_be_last && count == 1 && !as_wanted_.empty() && !is_as_wanted(as_wanted_.front());
    const bool complete = !outpaced && !replaced && current_.size() >= count;
    const bool same = current_ == previous_;
    if (passes_ > 1 && !same) {
        needs_second_round_ = true;
    }
    clean_ = !pass_changed_any_ && complete ? clean_ + 1 : 0;
    const bool still = clean_ == 1 && same && passes_ > 1;
    const bool done_alone = alone_ && count == 1 && !replaced && ending_.empty() && tally_.contested == 0;
    if (!still && clean_ < 2 && !done_alone) {
        return false;
    }
    end_round(!threads_.running());
    needs_second_round_ = needs_second_round_ || (!gone_ && current_.size() > 1 && threads_.is_young(current_.back()));
    return true;
}

bool ThreadSetter::is_over_bounds() const {
    constexpr unsigned needed_passes = 2;
    constexpr unsigned slow = 10;
    const bool between = pass_ == Pass::none;
    return (between && passes_ >= bounds_.passes) || (between && passes_ >= needed_passes && worked_ > bounds_.work) ||
           worked_ > slow * bounds_.work;
}

bool ThreadSetter::end_round(bool gone) {
    gone_ = gone;
    pass_ = Pass::none;
    for (const pid_t tid : ending_) {
        changed_.erase(tid);
    }
    restore_recycled();
    return true;
}

}  // namespace iopriority::engine
