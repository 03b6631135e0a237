// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "neighbours.hpp"

#include <algorithm>

namespace iopriority::simulation {

using policy::Verdict;
using service::Caller;
using Why = SimulatedLoop::Why;

// ---- the bus

void SimulatedCallers::find(const std::string& bus_name, Handler handler) {
    const auto& connection = *connections_.at(bus_name);
    if (connection.known) {
        handler(Caller{bus_name, connection.uid, process::ProcessKey{connection.process->pid, connection.process_birth},
                       service::PidView::same});
        return;
    }
    asked_[bus_name].push_back({loop_.current(), std::move(handler)});
}

void SimulatedCallers::answer(Choices& choices) {
    const std::string bus_name = choices.one_of(asked_).first;
    auto& connection = *connections_.at(bus_name);
    if (connection.left) {
        tell(bus_name, Failure{ErrorCode::failed, "the bus does not say who " + bus_name + " is"});
        return;
    }
    Caller caller{bus_name, connection.uid};
    connection.known = true;
    caller.process = process::ProcessKey{connection.process->pid, connection.process_birth};
    caller.pid_view = service::PidView::same;
    tell(bus_name, caller);
}

void SimulatedCallers::left(const std::string& bus_name) {
    connections_.at(bus_name)->known = false;
    tell(bus_name, Failure{ErrorCode::failed, bus_name + " has disconnected from the bus"});
}

void SimulatedCallers::tell(const std::string& bus_name, const Expected<Caller>& caller) {
    auto waiting = asked_.extract(bus_name);
    if (waiting.empty()) {
        return;
    }
    for (const auto& each : waiting.mapped()) {
        loop_.work_for(each.call, Why::event, [&] { each.handler(caller); });
    }
}

// ---- polkit

// Destroyed, the question is taken back; its place is given back when polkit has come to it.
class SimulatedPolkit::Taken final : public Check {
 public:
    Taken(SimulatedPolkit& polkit, std::shared_ptr<Open> open) : polkit_(polkit), open_(std::move(open)) {}
    Taken(const Taken&) = delete;
    Taken& operator=(const Taken&) = delete;
    Taken(Taken&&) = delete;
    Taken& operator=(Taken&&) = delete;
    ~Taken() override {
        const auto before = polkit_.open_.size();
        polkit_.open_.remove(open_);
        if (polkit_.open_.size() < before) {
            polkit_.taken_back_.push_back(std::move(open_->place));
        }
    }

 private:
    SimulatedPolkit& polkit_;
    std::shared_ptr<Open> open_;
};

std::unique_ptr<policy::Authority::Check> SimulatedPolkit::check(const policy::Question& question,
                                                                 std::function<void(const policy::Answer&)> handler,
                                                                 std::shared_ptr<const void> place) {
    auto* call = loop_.current();
    if (call == nullptr || question.bus_name != call->from->name) {
        broken_ = "polkit is asked about " + question.bus_name + " for a call of another";
    } else {
        ++call->questions;
        const auto owner = question.details.find("target-uid");
        call->asked = Asked{question.action, call->seen, false, loop_.since()};
        if (owner != question.details.end()) {
            call->asked->owners = {static_cast<uid_t>(std::stoul(owner->second))};
        }
    }
    const auto open =
        std::make_shared<Open>(Open{call, question.may_ask_a_person, std::move(handler), std::move(place)});
    open_.push_back(open);
    return std::make_unique<Taken>(*this, open);
}

void SimulatedPolkit::answer(Choices& choices) {
    const auto open = choices.one_of(open_);
    open_.remove(open);
    auto verdict = choices.weighed<Verdict>({{5, Verdict::granted},
                                             {1, Verdict::denied},
                                             {1, Verdict::would_ask},
                                             {1, Verdict::dismissed},
                                             {1, Verdict::unavailable}});
    if (open->call->asked) {
        open->call->asked->granted = verdict == Verdict::granted;
    }
    open->place.reset();
    loop_.work_for(open->call, Why::event, [&] { open->handler({verdict, "because"}); });
}

void SimulatedPolkit::catch_up() {
    if (!taken_back_.empty()) {
        taken_back_.erase(taken_back_.begin());
    }
}

// ---- systemd

void SimulatedUnits::find(const std::string& name, Handler handler) {
    const bool fails = choices_.one_in(8);
    loop_.event(loop_.current(), [name, fails, handler = std::move(handler)] {
        handler(fails ? Expected<service::RunningUnit>(
                            Failure{ErrorCode::no_such_process, "unit " + name + " is not running"})
                      : Expected<service::RunningUnit>({name, "/system.slice/" + name}));
    });
}

}  // namespace iopriority::simulation
