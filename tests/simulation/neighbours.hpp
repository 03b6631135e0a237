// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Those the service asks: the bus, polkit, the name service, systemd. Each answers when and as the world wants.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "calls.hpp"
#include "service/callers.hpp"
#include "service/units.hpp"
#include "simulated_loop.hpp"

namespace iopriority::simulation {

/// As BusCallers: who is known is found at once, who leaves is not found any more.
class SimulatedCallers final : public service::Callers {
 public:
    SimulatedCallers(SimulatedLoop& loop, std::map<std::string, Connection*>& connections)
        : loop_(loop), connections_(connections) {}

    void find(const std::string& bus_name, Handler handler) override;
    /// The bus answers one question.
    void answer(Choices& choices);
    void left(const std::string& bus_name);
    [[nodiscard]] bool empty() const noexcept { return asked_.empty(); }

 private:
    struct Waiting {
        Call* call;
        Handler handler;
    };
    void tell(const std::string& bus_name, const Expected<service::Caller>& caller);

    SimulatedLoop& loop_;
    std::map<std::string, Connection*>& connections_;
    std::map<std::string, std::vector<Waiting>> asked_;
};

class SimulatedPolkit final : public policy::Authority {
 public:
    explicit SimulatedPolkit(SimulatedLoop& loop) : loop_(loop) {}

    std::unique_ptr<Check> check(const policy::Question& question, std::function<void(const policy::Answer&)> handler,
                                 std::shared_ptr<const void> place) override;
    /// Answers a question; there must be one.
    void answer(Choices& choices);
    /// Comes to a question that was taken back.
    void catch_up();
    [[nodiscard]] std::size_t open() const noexcept { return open_.size(); }
    [[nodiscard]] std::size_t taken_back() const noexcept { return taken_back_.size(); }
    /// A promise of the service that a question broke; empty if none did.
    [[nodiscard]] const std::string& broken() const noexcept { return broken_; }

 private:
    struct Open {
        Call* call = nullptr;
        bool may_ask_a_person = false;
        std::function<void(const policy::Answer&)> handler;
        std::shared_ptr<const void> place;
        bool is_taken_back = false;
    };
    class Taken;

    SimulatedLoop& loop_;
    std::list<std::shared_ptr<Open>> open_;
    std::vector<std::shared_ptr<const void>> taken_back_;
    std::string broken_;
};

class SimulatedUnits final : public service::Units {
 public:
    SimulatedUnits(SimulatedLoop& loop, Choices& choices) : loop_(loop), choices_(choices) {}
    void find(const std::string& name, Handler handler) override;

 private:
    SimulatedLoop& loop_;
    Choices& choices_;
};

}  // namespace iopriority::simulation
