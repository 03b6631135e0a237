// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/lifetime.hpp"

#include <exception>
#include <utility>

#include "service/sd_daemon.hpp"

namespace iopriority::service {

Lifetime::Lifetime(Loop& loop, Requests& requests, std::chrono::milliseconds idle, ReleaseName release_name)
    : loop_(loop), requests_(requests), idle_(idle), release_name_(std::move(release_name)) {
    rest();
}

void Lifetime::hold(std::function<std::size_t()> held, std::function<void()> end_held) {
    held_ = std::move(held);
    end_held_ = std::move(end_held);
    rest();
}

// A call after the name is released starts the service again; earlier calls are still served. The timer is not armed
// anew for each call: it looks how long the service has rested, and goes on for the rest of the time.
void Lifetime::rest() {
    rests_ = idle_.count() > 0 && requests_.count() == 0 && held_() == 0;
    if (!rests_) {
        return;
    }
    since_ = Clock::now();
    if (!timer_) {
        look_after(idle_);
    }
}

void Lifetime::look() {
    timer_ = Source();
    if (!rests_) {
        return;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(since_ + idle_ - Clock::now());
    if (left.count() <= 0) {
        give_up_name();
    } else {
        look_after(left);
    }
}

void Lifetime::requests_changed() {
    if (leaving_) {
        end_if_done();
    } else {
        rest();
    }
}

void Lifetime::leave() {
    if (std::exchange(told_to_, true)) {
        return;
    }
    deadline_ = loop_.after(patience, [this] { end(); });
    give_up_name();
    give_up_requests();
    end_if_done();
}

void Lifetime::give_up_name() {
    if (std::exchange(leaving_, true)) {
        return;
    }
    // systemd then queues a start instead of regarding the unit as running.
    static_cast<void>(::sd_notify(0, "STOPPING=1"));
    try {
        release_name_([this] { name_released(); });
    } catch (const std::exception&) {
        bus_lost();
    }
}

void Lifetime::give_up_requests() {
    requests_.give_up_all({ErrorCode::failed, "the service is being stopped: nothing was changed, call again"});
}

void Lifetime::name_released() {
    released_ = true;
    if (told_to_) {
        give_up_requests();  // those that arrived meanwhile
    }
    end_if_done();
}

// Until the name is released, having no requests is not the end yet: another call may still be taken up.
void Lifetime::end_if_done() {
    if (released_ && requests_.count() == 0) {
        end();
    }
}

// The last requests may have begun a hold: it ends with the service. Requests still under way, and those of messages
// that come in this turn of the loop, must not set anything after that. (What ends with it tells of each end.)
void Lifetime::end() {
    if (std::exchange(ended_, true)) {
        return;
    }
    requests_.drop_all();
    end_held_();
    loop_.quit();
}

void Lifetime::bus_lost() {
    leaving_ = true;
    released_ = true;
    end();
}

}  // namespace iopriority::service
