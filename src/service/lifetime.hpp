// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// When the daemon exits: after being idle for a while, on a signal, or without a bus. Never with a call unanswered.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

#include "service/loop.hpp"
#include "service/requests.hpp"

namespace iopriority::service {

class Lifetime {
 public:
    /// Releases the bus name, and calls back when everything that was sent to it until then has been handled.
    using ReleaseName = std::function<void(std::function<void()> released)>;
    /// How long requests that have begun to change something, and messages that have arrived, may delay a stop by
    /// signal. Requests still under way are then dropped, and get an error as their reply.
    static constexpr std::chrono::milliseconds patience{500};

    /// @param idle it exits after being idle for this long; zero: it never exits when idle.
    Lifetime(Loop& loop, Requests& requests, std::chrono::milliseconds idle, ReleaseName release_name);

    /// What keeps it running besides requests: how many there are, so that it is not idle; and how to end them.
    void hold(std::function<std::size_t()> held, std::function<void()> end_held);

    /// The number of requests or of holds has changed.
    void requests_changed();
    /// Takes no further requests, answers those under way, then exits.
    void leave();
    /// Exits at once: the bus is gone.
    void bus_lost();

 private:
    using Clock = std::chrono::steady_clock;
    void rest();
    void look_after(std::chrono::milliseconds delay) {
        timer_ = loop_.after(delay, [this] { look(); });
    }
    void look();
    void give_up_name();
    void give_up_requests();
    void name_released();
    void end_if_done();
    void end();

    Loop& loop_;
    Requests& requests_;
    std::chrono::milliseconds idle_;
    ReleaseName release_name_;
    std::function<std::size_t()> held_ = [] { return std::size_t{0}; };
    std::function<void()> end_held_ = [] {};
    Source timer_;
    bool rests_ = false;
    Clock::time_point since_;  ///< when it last had something to do
    Source deadline_;
    bool leaving_ = false;
    bool told_to_ = false;
    bool released_ = false;
    bool ended_ = false;
};

}  // namespace iopriority::service
