// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/describing.hpp"

#include <chrono>
#include <exception>
#include <map>
#include <utility>

namespace iopriority::service {

namespace {

constexpr auto slice_time = std::chrono::milliseconds(1);

}  // namespace

Describing::Describing(const Parts& parts, Call call, Pin pin, Answer<kernel::Description> answer)
    : parts_(parts), call_(std::move(call)), pin_(std::move(pin)), answer_(std::move(answer)) {}

template <typename Step>
void Describing::guarded(Step step) {
    const auto keep = shared_from_this();
    guard(step, [this](const Failure& failure) { finish(failure); });
}

void Describing::start() {
    guarded([this] {
        parts_.requests.add(shared_from_this());
        parts_.callers.find(call_.bus_name, [weak = weak_from_this()](const Expected<Caller>& caller) {
            if (const auto self = weak.lock(); self && !self->finished_) {
                self->guarded([&] { self->caller_found(caller); });
            }
        });
    });
}

void Describing::caller_found(const Expected<Caller>& caller) {
    if (!caller) {
        finish(caller.failure());
        return;
    }
    auto subject = pin_(*caller);
    if (!subject) {
        finish(subject.failure());
        return;
    }
    subject_ = *std::move(subject);
    if (subject_.selection) {
        subject_.selection->restart();
    }
    slice();
}

void Describing::slice() {
    const auto end = std::chrono::steady_clock::now() + slice_time;
    bool ended = false;
    do {
        ended = step();
    } while (!ended && std::chrono::steady_clock::now() < end);
    if (!ended) {
        if (!turn_) {
            turn_ = parts_.loop.each_turn([this] { guarded([this] { slice(); }); });
        }
        return;
    }
    const auto description = survey_.result();
    if (failure_) {
        finish(*failure_);  // rather than a part for the whole
    } else if (description) {
        finish(*description);
    } else {
        finish(Failure{ErrorCode::no_such_process, subject_.nobody});
    }
}

// True when all processes are read. Each is let go before the next: a description holds few descriptors.
bool Describing::step() {
    if (subject_.selection) {
        if (!subject_.selection->step()) {
            return false;
        }
        subject_.processes = subject_.selection->found(std::map<pid_t, int>{});
        failure_ = subject_.selection->failure();
        subject_.selection.reset();
    }
    if (subject_.processes.empty()) {
        return true;
    }
    if (!threads_) {
        auto threads = kernel::ProcThreads::open(subject_.processes.back());
        if (!threads) {
            if (threads.failure().code != ErrorCode::no_such_process) {
                failure_ = threads.failure();
            }
            subject_.processes.pop_back();
            return subject_.processes.empty();
        }
        threads_ = *std::move(threads);
        threads_->rewind();
        return false;
    }
    if (survey_.step(*threads_)) {
        threads_.reset();
        subject_.processes.pop_back();
    }
    return subject_.processes.empty();
}

void Describing::finish(const Expected<kernel::Description>& description) {
    if (std::exchange(finished_, true)) {
        return;
    }
    const auto keep = shared_from_this();
    turn_.reset();
    answer_.send(description);
    parts_.requests.remove(*this);
}

}  // namespace iopriority::service
