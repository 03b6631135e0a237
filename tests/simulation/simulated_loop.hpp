// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The loop, with time that only passes as calls are made and where nothing is to do. Knows for which call it works.
///
/// It stands in place of src/service/loop.cpp: the program is linked with this one, so that the service's own
/// `Loop` and `Source` are these. Whose turn it is, is decided by the same class in both.
#pragma once

#include <list>
#include <map>
#include <string>

#include "calls.hpp"
#include "choices.hpp"
#include "kernel.hpp"
#include "service/loop.hpp"
#include "service/turns.hpp"

namespace iopriority::simulation {

class SimulatedLoop final : public service::Loop {
 public:
    enum class Why : std::uint8_t { event, turn, timer, closed };

    SimulatedLoop(Kernel& kernel, Choices& choices) : kernel_(kernel), choices_(choices) {}

    /// An event from outside (the bus, polkit, systemd) that comes in its turn.
    void event(Call* of, std::function<void()> function);
    /// One turn of the loop: all that is ready once, and one piece of work. False if there was nothing.
    bool turn();
    /// There is something for the next turn.
    [[nodiscard]] bool is_busy() const;
    /// When the next timer is due; nothing if there is none.
    [[nodiscard]] std::optional<Moment> next_timer() const;
    /// Lets the time pass until the next timer. False if there is none.
    bool wait();
    /// The service is started anew.
    void begin_again() { has_quit_ = false; }

    /// The call that is worked for, and since when; null between two.
    [[nodiscard]] Call* current() const noexcept { return current_; }
    [[nodiscard]] Why why() const noexcept { return why_; }
    [[nodiscard]] Moment since() const noexcept { return since_; }
    /// Works for this call.
    void work_for(Call* call, Why why, const std::function<void()>& function);

    /// Told after each dispatch.
    std::function<void(Call*, Why)> dispatched;
    /// The bus takes what is sent, so there are turns (Outbox).
    bool bus_takes = true;
    [[nodiscard]] bool has_quit() const noexcept { return has_quit_; }
    /// Why somebody waited longer than his turn; empty if nobody has.
    [[nodiscard]] const std::string& unfair() const noexcept { return unfair_; }

    struct Entry {
        Call* call = nullptr;
        std::function<void()> function{};
        std::uint64_t owner = 0;
        Moment due = 0;
        int fd = -1;
        bool ended = false;
        // While it waits: the turns of others, and how many users and how many works of its own there were at most.
        unsigned waited = 0;
        unsigned users = 0;
        unsigned works = 0;
    };
    using Held = std::shared_ptr<Entry>;

    // As the service's loop has them.
    service::Source add_turns(std::uint64_t owner, std::function<void()> function);
    service::Source add_timer(std::chrono::milliseconds delay, std::function<void()> function);
    service::Source add_watch(int fd, std::function<void()> function);
    [[nodiscard]] bool has_turns() const noexcept { return !working_.empty(); }
    void quit_now() noexcept { has_quit_ = true; }

 private:
    bool run_events();
    bool run_timers();
    bool run_closed();
    bool run_turn();
    void count_turn(const Held& served);

    Kernel& kernel_;
    Choices& choices_;
    Call* current_ = nullptr;
    Why why_ = Why::event;
    Moment since_ = 0;
    service::Turns<Held> turns_;
    std::list<Held> working_;
    std::multimap<Moment, Held> timers_;
    std::list<Held> closing_;
    std::list<Held> events_;
    std::string unfair_;
    bool has_quit_ = false;
};

}  // namespace iopriority::simulation
