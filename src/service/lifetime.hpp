// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// When the daemon leaves: idle for a while, asked by a signal, or without a bus. Never with a call unanswered.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>

#include "service/bus_source.hpp"
#include "service/loop.hpp"
#include "service/requests.hpp"

namespace iopriority::service {

class Lifetime {
 public:
    /// @param idle how long nothing may happen before it leaves; zero: for ever.
    /// @param release_name gives the bus name up; messages sent to it until then have arrived when it returns.
    Lifetime(Loop& loop, Requests& requests, std::chrono::milliseconds idle, std::function<void()> release_name);

    /// What is held beside requests: how many, so that it does not leave for idleness; and how to end that.
    void hold(std::function<std::size_t()> held, std::function<void()> end_held);

    /// The source that brings messages, once there is one.
    void watch(BusSource& bus) { bus_ = &bus; }
    /// The number of requests, or of what is held, has changed.
    void requests_changed();
    /// Takes no further requests, answers those under way, then leaves.
    void leave();
    /// Leaves at once: there is no bus any more.
    void bus_lost();

 private:
    void rest();
    void idle_for_long();
    void end();
    void give_up_name();

    Loop& loop_;
    Requests& requests_;
    std::chrono::milliseconds idle_;
    std::function<void()> release_name_;
    std::function<std::size_t()> held_ = [] { return std::size_t{0}; };
    std::function<void()> end_held_ = [] {};
    BusSource* bus_ = nullptr;
    std::optional<Source> timer_;
    bool leaving_ = false;
    bool giving_up_ = false;
};

}  // namespace iopriority::service
