// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The parts of the daemon, wired as src/service/main.cpp does it, and the neighbours that are simulated.
#pragma once

#include <map>
#include <string>

#include "neighbours.hpp"
#include "service/holds.hpp"
#include "service/lifetime.hpp"
#include "service/log_filters.hpp"
#include "service/request.hpp"

namespace iopriority::simulation {

/// Notes for which calls something was written.
class SimulatedLog final : public service::ChangeLog {
 public:
    explicit SimulatedLog(SimulatedLoop& loop) : loop_(loop), limited_(loop, sink_) {}
    [[nodiscard]] bool tells(uid_t user) const override { return limited_.tells(user); }
    void write(const service::ChangeRecord& record) override {
        if (auto* call = loop_.current()) {
            call->logged = true;
        }
        limited_.write(record);
    }
    void left_out(uid_t user, std::uint64_t changes) override { limited_.left_out(user, changes); }

 private:
    class Sink final : public ChangeLog {
        void write(const service::ChangeRecord& /*record*/) override {}
        void left_out(uid_t /*user*/, std::uint64_t /*changes*/) override {}
    };
    SimulatedLoop& loop_;
    Sink sink_;
    service::LimitedLog limited_;
};

class Daemon final : public NotCopyable {
 public:
    /// @param ends_all is true while all holds end
    Daemon(SimulatedLoop& loop, Choices& choices, std::map<std::string, Connection*>& connections, bool& ends_all);

    SimulatedPolkit polkit;
    SimulatedLog log;
    std::optional<service::Lifetime> lifetime;
    service::Holds holds;
    service::Requests requests;
    SimulatedCallers callers;
    SimulatedUnits units;
    service::Admission admission{service::Admission::requests};
    service::Admission questions{service::Admission::questions};
    service::Admission settling{service::Admission::settling};
    service::RefusalLog refusals;
    service::UserNames names;
    service::Parts parts;
    bool gave_name_up = false;  ///< whoever calls now calls the next one
};

}  // namespace iopriority::simulation
