// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/lifetime.hpp"

#include <systemd/sd-daemon.h>

#include <exception>
#include <utility>

namespace iopriority::service {

Lifetime::Lifetime(Loop& loop, Requests& requests, std::chrono::milliseconds idle, std::function<void()> release_name)
    : loop_(loop), requests_(requests), idle_(idle), release_name_(std::move(release_name)) {
    rest();
}

void Lifetime::hold(std::function<std::size_t()> held, std::function<void()> end_held) {
    held_ = std::move(held);
    end_held_ = std::move(end_held);
    rest();
}

void Lifetime::rest() {
    timer_.reset();
    if (idle_.count() > 0 && requests_.count() == 0 && held_() == 0) {
        timer_ = loop_.after(idle_, [this] { idle_for_long(); });
    }
}

void Lifetime::requests_changed() {
    if (!leaving_) {
        rest();
    } else if (requests_.count() == 0 && !giving_up_) {
        end();
    }
}

void Lifetime::idle_for_long() {
    // Whoever calls from now on starts the service anew; whoever called before is still served.
    give_up_name();
    if (requests_.count() == 0) {
        end();
    }
}

// A lease can have begun in the last requests: it ends with the service.
void Lifetime::end() {
    end_held_();
    loop_.quit();
}

void Lifetime::leave() {
    give_up_name();
    requests_.give_up_all({ErrorCode::failed, "the service is being stopped: nothing was changed, call again"});
    if (requests_.count() == 0) {
        end();
    }
}

void Lifetime::give_up_name() {
    if (std::exchange(leaving_, true)) {
        return;
    }
    // Of the calls that have arrived, one may be done before the next is taken up: that is not the end yet.
    giving_up_ = true;
    // systemd then queues a start instead of taking the unit for running.
    static_cast<void>(::sd_notify(0, "STOPPING=1"));
    try {
        release_name_();
    } catch (const std::exception&) {
        giving_up_ = false;
        bus_lost();
        return;
    }
    if (bus_ != nullptr) {
        bus_->drain();
    }
    giving_up_ = false;
}

void Lifetime::bus_lost() {
    leaving_ = true;
    end();
}

}  // namespace iopriority::service
