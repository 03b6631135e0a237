// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/threads.hpp"

#include <algorithm>
#include <cerrno>

namespace iopriority::kernel {

namespace {

constexpr unsigned most_passes = 32;
constexpr auto most_work = std::chrono::milliseconds(500);

}  // namespace

ThreadSetter::ThreadSetter(ThreadGroup& threads, Priority wanted) : threads_(threads), wanted_(wanted) {}

bool ThreadSetter::step() {
    const auto start = std::chrono::steady_clock::now();
    if (!running_pass_) {
        begin_pass();
    }
    // By number from here on, so the process must own its number before and after.
    if (!threads_.owns_number() || threads_.next(chunk_) < 0) {
        return stop(true);
    }
    for (const pid_t tid : chunk_) {
        handle(tid);
    }
    const bool ended = chunk_.empty() && end_pass();
    worked_ += std::chrono::steady_clock::now() - start;
    if (!threads_.owns_number()) {
        return stop(true);
    }
    if (!ended && worked_ > most_work) {
        outrun_ = true;
        return stop(false);
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
}

void ThreadSetter::begin_pass() {
    running_pass_ = true;
    ++passes_;
    as_wanted_ = 0;
    refused_ = 0;
    changed_ = false;
    previous_ = std::move(current_);
    current_.clear();
    threads_.rewind();
}

void ThreadSetter::handle(pid_t tid) {
    current_.push_back(tid);
    const int found = threads_.get(tid);
    if (found < 0) {
        return;  // it ended since it was listed
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
        return;
    }
    if (result < 0) {
        ++refused_;
        refusal_ = -result;
        return;
    }
    // The kernel says success for a thread that is ending, and does nothing.
    const int now = threads_.get(tid);
    if (now >= 0 && values::from_kernel(now) == wanted_) {
        ++as_wanted_;
        changed_ = true;
        changes_.push_back({tid, before});
    }
}

bool ThreadSetter::end_pass() {
    running_pass_ = false;
    const bool complete = current_.size() >= threads_.count();
    const bool same = current_ == previous_;
    if (passes_ > 1 && !same) {
        restless_ = true;
    }
    clean_ = !changed_ && complete ? clean_ + 1 : 0;
    const bool still = clean_ >= 1 && same && passes_ > 1;
    if (still || clean_ >= 2) {
        if (!threads_.running()) {
            return stop(true);
        }
        if (!restless_ && current_.size() > 1 && threads_.is_young(current_.back())) {
            restless_ = true;
        }
        return stop(false);
    }
    if (passes_ >= most_passes) {
        outrun_ = true;
        return stop(!threads_.running());
    }
    return false;
}

bool ThreadSetter::stop(bool gone) {
    gone_ = gone;
    running_pass_ = false;
    return true;
}

void ThreadSetter::undo() {
    for (const auto& change : changes_) {
        if (!threads_.contains(change.tid)) {
            continue;
        }
        const int now = threads_.get(change.tid);
        if (now >= 0 && values::from_kernel(now) == wanted_) {
            static_cast<void>(threads_.set(change.tid, values::to_kernel(change.before)));
        }
    }
}

}  // namespace iopriority::kernel
