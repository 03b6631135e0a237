// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What is known of a call from outside the service.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policy/authority.hpp"
#include "service/request.hpp"
#include "tasks.hpp"

namespace iopriority::simulation {

/// A connection to the bus.
struct Connection {
    std::string name;
    uid_t uid = 0;
    Process* process = nullptr;
    std::uint64_t process_birth = 0;
    bool left = false;
    bool known = false;  ///< the service has its credentials
    unsigned calls = 0;  ///< that are not answered
    std::set<Call*> holds;
};

/// What polkit was asked for a call, and what it has said.
struct Asked {
    policy::Action action = policy::Action::none;
    std::set<uid_t> owners;  ///< that it was told of, or that the service had seen
    bool granted = false;
    Moment at = 0;
};

struct Call {
    enum class Kind : std::uint8_t { read, set, hold };

    unsigned id = 0;
    Kind kind = Kind::read;
    Connection* from = nullptr;
    service::TargetSpec spec;
    std::vector<Process*> passed;  ///< by pidfds
    Priority wanted;
    bool keep_explicit = false;

    Moment begun = 0;
    unsigned answers = 0;
    bool failed = false;
    bool in_part = false;  ///< it failed with some threads set
    Moment answered_at = 0;
    std::weak_ptr<service::StepwiseRequest> request;

    // What was seen of it.
    Process* pinned = nullptr;             ///< the first
    std::multimap<pid_t, Process*> named;  ///< those of a list, by number: as many as name it, as they were pinned
    std::set<uid_t> seen;                  ///< owners of threads that it has looked at
    std::optional<Asked> asked;
    unsigned questions = 0;
    unsigned turns = 0;         ///< of the loop that it has had
    std::set<Thread*> owes;     ///< threads that it must put back
    std::set<Process*> set;     ///< processes of which it has set threads
    std::set<Thread*> changed;  ///< of which it made a value another one
    bool logged = false;
    bool held = false;             ///< the hold lasts
    std::optional<Moment> closed;  ///< the hold, whose end takes a while
    bool dropped = false;          ///< the service has ended meanwhile
    std::shared_ptr<process::UniqueFd> descriptor;

    [[nodiscard]] bool under_way() const { return !request.expired(); }
    [[nodiscard]] uid_t uid() const { return from->uid; }
    [[nodiscard]] std::string text() const;
};

}  // namespace iopriority::simulation
