// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What users do.
#include <algorithm>

#include "world.hpp"

namespace iopriority::simulation {

using service::TargetSpec;
using Kind = service::TargetSpec::Kind;

Connection* World::someone() {
    auto& connection = choices_.one_of(connections_);
    return connection.left ? nullptr : &connection;
}

void World::connect() {
    auto* process = some_process();
    if (process == nullptr || !process->running() || process->of_kernel) {
        return;
    }
    connect(*process);
}

Connection& World::connect(Process& process) {
    auto& connection = connections_.emplace_back();
    connection.name = ":1." + std::to_string(connections_.size());
    connection.uid = process.first->effective;
    connection.process = &process;
    connection.process_birth = process.birth;
    by_name_[connection.name] = &connection;
    users_.insert(connection.uid);
    tell([&] { return connection.name + " of user " + std::to_string(connection.uid) + " comes"; });
    return connection;
}

// The bus tells it after all that was sent before.
void World::leave(Connection& connection) {
    if (connection.left) {
        return;
    }
    tell([&] { return connection.name + " leaves"; });
    connection.left = true;
    for (Call* call : connection.holds) {
        call->descriptor.reset();
    }
    loop_.event(nullptr, [this, &connection] {
        connection.known = false;
        daemon_->requests.caller_left(connection.name);
        daemon_->callers.left(connection.name);
    });
}

void World::close_hold(Call& call) {
    if (call.descriptor) {
        tell([&] { return "the hold of " + call.text() + " is closed"; });
        call.descriptor.reset();
    }
}

Priority World::some_priority() {
    return choices_.weighed<Priority>({{2, Priority::idle()},
                                       {1, Priority::none()},
                                       {2, Priority::realtime(4)},
                                       {2, Priority::best_effort(0)},
                                       {2, Priority::best_effort(choices_.below(8))}});
}

TargetSpec World::some_target(Call& call) {
    TargetSpec spec;
    spec.kind = choices_.weighed<Kind>({{8, Kind::process},
                                        {3, Kind::pidfd},
                                        {2, Kind::processes},
                                        {2, Kind::pidfds},
                                        {2, Kind::group},
                                        {3, Kind::user},
                                        {1, Kind::unit},
                                        {1, Kind::user_unit}});
    constexpr unsigned most_named = 4;
    auto* process = choices_.one_in(3) ? call.from->process : some_process();
    switch (spec.kind) {
        case Kind::process:
            spec.id = choices_.one_in(4) ? 0 : static_cast<std::uint32_t>(process->pid);
            break;
        case Kind::processes:
            for (auto left = choices_.below(most_named); left > 0; --left) {
                spec.ids.push_back(static_cast<std::uint32_t>(some_process()->pid));
            }
            spec.ids.push_back(static_cast<std::uint32_t>(process->pid));
            break;
        case Kind::pidfd:
        case Kind::pidfds:
            spec.pidfds = std::make_shared<std::vector<process::UniqueFd>>();
            for (auto left = spec.kind == Kind::pidfd ? 1 : 1 + choices_.below(most_named); left > 0; --left) {
                call.passed.push_back(left == 1 ? process : some_process());
                spec.pidfds->emplace_back(kernel_.pass(*call.passed.back()));
            }
            break;
        case Kind::group:
            spec.id = choices_.one_in(4) ? 0 : static_cast<std::uint32_t>(process->group);
            break;
        case Kind::user:
            spec.id = choices_.one_in(2) ? call.uid() : process->first->real;
            break;
        case Kind::unit:
        case Kind::user_unit:
            spec.unit = "backup.service";
            break;
    }
    spec.descendants = spec.kind <= Kind::pidfds && choices_.one_in(4);
    return spec;
}

void World::send() {
    auto* connection = someone();
    if (connection == nullptr) {
        return;
    }
    auto& call = call_of(*connection);
    call.kind = choices_.weighed<Call::Kind>({{2, Call::Kind::read}, {5, Call::Kind::set}, {3, Call::Kind::hold}});
    call.spec = some_target(call);
    call.wanted = some_priority();
    call.keep_explicit = choices_.one_in(8);
    send(call);
}

Call& World::call_of(Connection& connection) {
    auto& call = calls_.emplace_back();
    call.id = static_cast<unsigned>(calls_.size());
    call.from = &connection;
    return call;
}

void World::send(Call& call) {
    if (call.kind == Call::Kind::hold) {
        call.from->holds.insert(&call);
    }
    ++call.from->calls;
    tell([&] { return call.text(); });
    loop_.event(&call, [this, &call] { deliver(call); });
}

void World::flood() {
    constexpr unsigned most = 90;
    for (auto left = choices_.below(most); left > 0; --left) {
        send();
    }
}

void World::something_happens() {
    enum class What : std::uint8_t {
        turn,
        live,
        send,
        flood,
        connect,
        leave,
        know,
        answer,
        catch_up,
        close,
        wait,
        clog,
        stop
    };
    constexpr std::size_t few = 3;
    if (connections_.size() < few) {
        connect();
    }
    switch (choices_.weighed<What>({{60, What::turn},
                                    {8, What::live},
                                    {10, What::send},
                                    {1, What::flood},
                                    {2, What::connect},
                                    {1, What::leave},
                                    {8, What::know},
                                    {6, What::answer},
                                    {4, What::catch_up},
                                    {3, What::close},
                                    {2, What::wait},
                                    {2, What::clog},
                                    {1, What::stop}})) {
        case What::turn:
            loop_.turn();
            break;
        case What::live:
            live();
            break;
        case What::send:
            if (!connections_.empty()) {
                send();
            }
            break;
        case What::flood:
            if (choices_.one_in(20) && !connections_.empty()) {
                flood();
            }
            break;
        case What::connect:
            connect();
            break;
        case What::leave:
            if (auto* connection = connections_.empty() ? nullptr : someone()) {
                leave(*connection);
            }
            break;
        case What::know:
            if (!daemon_->callers.empty()) {
                daemon_->callers.answer(choices_);
            }
            break;
        case What::answer:
            if (daemon_->polkit.open() > 0 && !choices_.one_in(4)) {
                daemon_->polkit.answer(choices_);
            }
            break;
        case What::catch_up:
            daemon_->polkit.catch_up();
            break;
        case What::close:
            if (!held_.empty()) {
                close_hold(*choices_.one_of(held_));
            }
            break;
        case What::wait:
            loop_.wait();
            break;
        case What::clog:
            loop_.bus_takes = !loop_.bus_takes || !choices_.one_in(4);
            break;
        case What::stop:
            if (choices_.one_in(20)) {
                stop_service();
            }
            break;
    }
}

}  // namespace iopriority::simulation
