// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/reading.hpp"

#include <chrono>
#include <utility>

namespace iopriority::service {

namespace {

// As of a change: a call on a usual process is served in one go.
constexpr auto slice_time = std::chrono::milliseconds(1);

}  // namespace

Reading::Reading(const Parts& parts, Call call, pid_t pid, Answer<Priority> answer)
    : parts_(parts), call_(std::move(call)), pid_(pid), answer_(std::move(answer)) {}

template <typename Step>
void Reading::guarded(Step step) {
    const auto keep = shared_from_this();
    guard(step, [this](const Failure& failure) { finish(failure); });
}

void Reading::start() {
    guarded([this] {
        parts_.requests.add(shared_from_this());
        parts_.callers.find(call_.bus_name, [weak = weak_from_this()](const Expected<Caller>& caller) {
            if (const auto self = weak.lock(); self && !self->finished_) {
                self->guarded([&] { self->caller_found(caller); });
            }
        });
    });
}

void Reading::caller_found(const Expected<Caller>& caller) {
    if (!caller) {
        finish(caller.failure());
        return;
    }
    const auto pid = resolved_pid(pid_, *caller);
    if (!pid) {
        finish(pid.failure());
        return;
    }
    auto process = kernel::Process::pin(*pid);
    if (!process) {
        finish(process.failure());
        return;
    }
    process_.emplace(*std::move(process));
    auto threads = kernel::ProcThreads::open(*process_);
    if (!threads) {
        finish(threads.failure());
        return;
    }
    threads_ = *std::move(threads);
    reader_.emplace(*threads_);
    slice();
}

void Reading::slice() {
    const auto end = std::chrono::steady_clock::now() + slice_time;
    while (!reader_->step()) {
        if (std::chrono::steady_clock::now() < end) {
            continue;
        }
        if (!turn_) {
            turn_ = parts_.loop.each_turn([this] { guarded([this] { slice(); }); });
        }
        return;
    }
    const auto highest = reader_->highest();
    if (highest) {
        finish(*highest);
    } else {
        finish(process_->ended());
    }
}

void Reading::finish(const Expected<Priority>& priority) {
    if (std::exchange(finished_, true)) {
        return;
    }
    const auto keep = shared_from_this();
    turn_.reset();
    answer_.send(priority);
    parts_.requests.remove(*this);
}

}  // namespace iopriority::service
