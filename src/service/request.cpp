// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/request.hpp"

namespace iopriority::service {

namespace {

// How long work runs before others get a turn: a call on an ordinary process is served in one go.
constexpr auto slice_time = std::chrono::milliseconds(1);

}  // namespace

// Goes on with what was waited for, unless the request has ended meanwhile: its caller was told that nothing was
// changed.
template <typename Then>
auto StepwiseRequest::when_found(Then then) {
    return [this, weak = weak_from_this(), then](auto&& found) {
        const auto self = weak.lock();
        if (!self || ended_) {
            return;
        }
        guarded([&] {
            if (found) {
                then(*std::forward<decltype(found)>(found));
            } else {
                fail(found.failure());
            }
        });
    };
}

void StepwiseRequest::start() {
    guarded([this] {
        if (parts_.requests.add(shared_from_this())) {
            parts_.callers.find(call_.bus_name, when_found([this](const Caller& caller) { caller_found(caller); }));
        }
    });
}

void StepwiseRequest::caller_found(const Caller& caller) {
    caller_ = caller;
    auto place = parts_.admission.admit(caller_.uid);
    if (!place) {
        parts_.refusals.refused(caller_.uid, place.failure().message);
        fail(place.failure());
        return;
    }
    place_.emplace(*std::move(place));
    resolve(spec_, caller_, parts_.units,
            when_found([this](engine::Target target) { target_found(std::move(target)); }));
}

void StepwiseRequest::in_slices(std::function<bool()> step, std::function<void()> then) {
    step_ = std::move(step);
    then_ = std::move(then);
    if (!slice()) {
        timer_ = parts_.loop.each_turn(caller_.uid, [this] { guarded([this] { static_cast<void>(slice()); }); });
    }
}

// True if the work has ended.
bool StepwiseRequest::slice() {
    const auto end = std::chrono::steady_clock::now() + slice_time;
    do {
        if (step_()) {
            timer_.reset();
            const auto then = std::move(then_);  // it may begin other work
            then();
            return true;
        }
    } while (std::chrono::steady_clock::now() < end);
    return false;
}

void StepwiseRequest::after(std::chrono::milliseconds delay, std::function<void()> then) {
    timer_ = parts_.loop.after(delay, [this, then = std::move(then)] {
        guarded([this, &then] {
            const auto next = then;  // resetting the timer destroys it
            timer_.reset();
            next();
        });
    });
}

void StepwiseRequest::end() {
    const auto keep = shared_from_this();
    ended_ = true;
    timer_.reset();
    parts_.requests.remove(*this);
}

void StepwiseRequest::give_up(const Failure& why) {
    if (may_be_given_up()) {
        fail(why);
    }
}

}  // namespace iopriority::service
