// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/threads.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace iopriority::kernel {

ThreadSetter::ThreadSetter(ThreadGroup& threads, Priority wanted, SetterBounds bounds)
    : threads_(threads), wanted_(wanted), bounds_(bounds) {}

bool ThreadSetter::step() {
    const auto start = std::chrono::steady_clock::now();
    if (!running_pass_) {
        begin_pass();
    }
    // Succeeds only while the process owns its number: what was done by number before, in this pass, is so proved to
    // have gone to it.
    if (next_chunk() < 0) {
        return end_round(true);
    }
    for (const pid_t tid : chunk_) {
        handle(tid);
    }
    const bool ended = chunk_.empty() && end_pass();
    worked_ += std::chrono::steady_clock::now() - start;
    if (!ended && is_outrun()) {
        outrun_ = true;
        restless_ = true;
        return end_round(!threads_.running());
    }
    return ended;
}

void ThreadSetter::run() {
    while (!step()) {
    }
}

void ThreadSetter::again() {
    running_pass_ = false;
    passes_ = 0;
    clean_ = 0;
    worked_ = {};
    outrun_ = false;
    moved_ = false;
}

void ThreadSetter::begin_pass() {
    running_pass_ = true;
    ++passes_;
    as_wanted_ = 0;
    refused_ = 0;
    changed_ = false;
    std::swap(previous_, current_);
    current_.clear();
    ending_.clear();
    threads_.rewind();
    // There are as many threads as were listed: if after that each of those still belongs to the process, and if at the
    // end there are no more, they were all there were. So a second listing, which would cost more than all the rest, is
    // not needed. (One that joins meanwhile may have been begun before its creator was set.)
    recalling_ = passes_ > 1 && !moved_ && threads_.count() == previous_.size();
    recalled_ = 0;
}

int ThreadSetter::next_chunk() {
    if (!recalling_) {
        const int result = threads_.next(chunk_);
        piece_ = std::max(piece_, chunk_.size());
        return result;
    }
    if (recalled_ > 0 && !threads_.owns_number()) {
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
        moved_ = true;  // it ended since it was listed
        return;
    }
    if (recalling_ && !threads_.belongs(tid)) {
        moved_ = true;  // and its number was given to another
        return;
    }
    const Priority before = values::from_kernel(found);
    if (!first_seen_) {
        first_seen_ = true;
        before_ = before;
    }
    if (before == wanted_) {
        ++as_wanted_;
        return;
    }
    const int result = threads_.set(tid, values::to_kernel(wanted_));
    if (result == -ESRCH) {
        moved_ = true;
        return;
    }
    if (result < 0) {
        ++refused_;
        refusal_ = -result;
        return;
    }
    // The kernel says success for a thread that is ending, and does nothing. After the first pass the second one, which
    // there always is, finds these.
    if (passes_ > 1 && !is_as_wanted(tid)) {
        ending_.push_back(tid);
        return;
    }
    ++as_wanted_;
    changed_ = true;
    changes_.push_back({tid, before});
}

bool ThreadSetter::is_as_wanted(pid_t tid) {
    const int now = threads_.get(tid);
    return now >= 0 && values::from_kernel(now) == wanted_;
}

bool ThreadSetter::end_pass() {
    running_pass_ = false;
    if (recalling_ && moved_) {
        clean_ = 0;
        return false;  // it was no proof: list them
    }
    const bool complete = current_.size() >= threads_.count();
    const bool same = current_ == previous_;
    if (passes_ > 1 && !same) {
        restless_ = true;
    }
    clean_ = !changed_ && complete ? clean_ + 1 : 0;
    const bool still = clean_ == 1 && same && passes_ > 1;
    if (!still && clean_ < 2) {
        return false;
    }
    end_round(!threads_.running());
    restless_ = restless_ || (!gone_ && current_.size() > 1 && threads_.is_young(current_.back()));
    return true;
}

bool ThreadSetter::is_outrun() const {
    constexpr unsigned needed_passes = 2;
    constexpr unsigned slow = 10;
    const bool between = !running_pass_;
    return (between && passes_ >= bounds_.passes) || (between && passes_ >= needed_passes && worked_ > bounds_.work) ||
           worked_ > slow * bounds_.work;
}

bool ThreadSetter::end_round(bool gone) {
    gone_ = gone;
    running_pass_ = false;
    std::sort(ending_.begin(), ending_.end());
    std::erase_if(changes_, [this](const ThreadChange& change) {
        return std::binary_search(ending_.begin(), ending_.end(), change.tid);
    });
    spare_strangers();
    return true;
}

void ThreadSetter::spare_strangers() {
    if (!restless_ && !gone_) {
        return;  // every listing was the same: no thread has ended
    }
    // Where a round broke off, a thread may have ended since it was listed.
    auto present = gone_ || outrun_ ? std::vector<pid_t>{} : current_;
    std::sort(present.begin(), present.end());
    for (const auto& change : changes_) {
        if (!std::binary_search(present.begin(), present.end(), change.tid)) {
            spare(change);
        }
    }
}

void ThreadSetter::spare(const ThreadChange& change) {
    if (!is_as_wanted(change.tid) || threads_.contains(change.tid)) {
        return;
    }
    const auto creator = threads_.creator_of_stranger(change.tid);
    if (!creator) {
        return;
    }
    const int found = threads_.get(*creator);
    const auto inherited = found < 0 ? change.before : values::from_kernel(found);
    if (inherited == wanted_) {
        return;  // so it is not of our doing
    }
    // The parent of an orphan is not its creator: this must not make anybody realtime who was not.
    const bool rises =
        inherited.io_class() == PriorityClass::realtime && change.before.io_class() != PriorityClass::realtime;
    static_cast<void>(threads_.set(change.tid, values::to_kernel(rises ? change.before : inherited)));
}

void ThreadSetter::undo() {
    for (const auto& change : changes_) {
        if (threads_.contains(change.tid) && is_as_wanted(change.tid)) {
            static_cast<void>(threads_.set(change.tid, values::to_kernel(change.before)));
        }
    }
}

}  // namespace iopriority::kernel
