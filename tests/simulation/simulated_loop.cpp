// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "simulated_loop.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

// What the service's loop gives out: GLib's are not there.
struct _GSource {
    iopriority::simulation::SimulatedLoop::Held entry;
    std::function<void()> end;
};

namespace iopriority::service {

using simulation::SimulatedLoop;

Source::~Source() {
    if (source_ != nullptr) {
        source_->entry->ended = true;
        source_->end();
        delete source_;
    }
}

// Every loop of these programs is a simulated one.
Loop::Loop() : loop_(nullptr) {}
Loop::~Loop() = default;

Source Loop::each_turn(std::uint64_t owner, std::function<void()> function) {
    return static_cast<SimulatedLoop&>(*this).add_turns(owner, std::move(function));
}
Source Loop::after(std::chrono::milliseconds delay, std::function<void()> function) {
    return static_cast<SimulatedLoop&>(*this).add_timer(delay, std::move(function));
}
Source Loop::when_closed(int fd, std::function<void()> function) {
    return static_cast<SimulatedLoop&>(*this).add_watch(fd, std::move(function));
}
bool Loop::turns_wait() const {
    return static_cast<const SimulatedLoop&>(*this).has_turns();
}
void Loop::quit() {
    static_cast<SimulatedLoop&>(*this).quit_now();
}

}  // namespace iopriority::service

namespace iopriority::simulation {

using service::Source;

Source SimulatedLoop::add_turns(std::uint64_t owner, std::function<void()> function) {
    const auto entry = std::make_shared<Entry>(Entry{current_, std::move(function), owner});
    turns_.add(owner, entry);
    working_.push_back(entry);
    return Source(new _GSource{entry, [this, entry] {
                                   turns_.remove(entry);
                                   working_.remove(entry);
                               }});
}

Source SimulatedLoop::add_timer(std::chrono::milliseconds delay, std::function<void()> function) {
    const auto due = kernel_.tasks.now + static_cast<Moment>(std::chrono::nanoseconds(delay).count());
    const auto entry = std::make_shared<Entry>(Entry{current_, std::move(function), 0, due});
    timers_.emplace(due, entry);
    return Source(new _GSource{entry, [this, entry] {
                                   const auto [first, last] = timers_.equal_range(entry->due);
                                   const auto found = std::find_if(
                                       first, last, [&](const auto& each) { return each.second == entry; });
                                   if (found != last) {
                                       timers_.erase(found);
                                   }
                               }});
}

Source SimulatedLoop::add_watch(int fd, std::function<void()> function) {
    const auto entry = std::make_shared<Entry>(Entry{current_, std::move(function), 0, 0, fd});
    closing_.push_back(entry);
    return Source(new _GSource{entry, [this, entry] { closing_.remove(entry); }});
}

void SimulatedLoop::event(Call* of, std::function<void()> function) {
    events_.push_back(std::make_shared<Entry>(Entry{of, std::move(function)}));
}

void SimulatedLoop::work_for(Call* call, Why why, const std::function<void()>& function) {
    auto* const before = std::exchange(current_, call);
    why_ = why;
    since_ = kernel_.tasks.now;
    function();
    if (dispatched) {
        dispatched(call, why);
    }
    current_ = before;
}

bool SimulatedLoop::turn() {
    bool any = false;
    const auto first = choices_.below(4);
    for (unsigned i = 0; i < 4; ++i) {
        switch ((first + i) % 4) {
            case 0:
                any = run_events() || any;
                break;
            case 1:
                any = run_timers() || any;
                break;
            case 2:
                any = run_closed() || any;
                break;
            default:
                any = run_turn() || any;
                break;
        }
    }
    return any;
}

// Those that were there at its beginning.
bool SimulatedLoop::run_events() {
    const auto count = events_.size();
    for (std::size_t i = 0; i < count; ++i) {
        const auto entry = events_.front();
        events_.pop_front();
        work_for(entry->call, Why::event, entry->function);
    }
    return count > 0;
}

bool SimulatedLoop::run_timers() {
    std::vector<Held> due;
    for (auto each = timers_.begin(); each != timers_.end() && each->first <= kernel_.tasks.now; ++each) {
        due.push_back(each->second);
    }
    timers_.erase(timers_.begin(), timers_.upper_bound(due.empty() ? 0 : due.back()->due));
    for (const auto& entry : due) {
        if (!entry->ended) {
            work_for(entry->call, Why::timer, entry->function);
        }
    }
    return !due.empty();
}

bool SimulatedLoop::run_closed() {
    std::vector<Held> closed;
    std::copy_if(closing_.begin(), closing_.end(), std::back_inserter(closed),
                 [this](const Held& entry) { return kernel_.is_closed(entry->fd); });
    for (const auto& entry : closed) {
        if (!entry->ended) {
            closing_.remove(entry);
            work_for(entry->call, Why::closed, entry->function);
        }
    }
    return !closed.empty();
}

bool SimulatedLoop::run_turn() {
    if (turns_.empty() || !bus_takes) {
        return false;
    }
    const auto entry = turns_.ready();
    turns_.go_round(entry);
    count_turn(entry);
    work_for(entry->call, Why::turn, entry->function);
    return true;
}

// With n users at work and m works of one's own, the next turn is at most twice n times m turns away: those who come
// later with nothing else at work have every other turn.
void SimulatedLoop::count_turn(const Held& served) {
    std::map<std::uint64_t, unsigned> works;
    for (const auto& entry : working_) {
        ++works[entry->owner];
    }
    for (const auto& entry : working_) {
        entry->users = std::max(entry->users, static_cast<unsigned>(works.size()));
        entry->works = std::max(entry->works, works[entry->owner]);
        if (entry == served) {
            entry->waited = entry->users = entry->works = 0;
        } else if (++entry->waited >= 2 * entry->users * entry->works) {
            unfair_ = "user " + std::to_string(entry->owner) + " waited " + std::to_string(entry->waited) +
                      " turns, with " + std::to_string(entry->works) + " works of " + std::to_string(entry->users) +
                      " users";
        }
    }
}

bool SimulatedLoop::is_busy() const {
    const auto timer = next_timer();
    return !events_.empty() || (timer && *timer <= kernel_.tasks.now) || (!turns_.empty() && bus_takes) ||
           std::any_of(closing_.begin(), closing_.end(),
                       [this](const Held& entry) { return kernel_.is_closed(entry->fd); });
}

std::optional<Moment> SimulatedLoop::next_timer() const {
    return timers_.empty() ? std::nullopt : std::optional(timers_.begin()->first);
}

bool SimulatedLoop::wait() {
    if (timers_.empty()) {
        return false;
    }
    kernel_.tasks.now = std::max(kernel_.tasks.now, timers_.begin()->first);
    return true;
}

}  // namespace iopriority::simulation
