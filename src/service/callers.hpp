// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Who the caller is, as the bus reports it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "process/process.hpp"
#include "values/expected.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::service {

/// How process numbers of the caller relate to ours.
enum class PidView : std::uint8_t {
    same,     ///< the caller is in our pid namespace
    foreign,  ///< in another one: its numbers mean other processes here
    unknown,  ///< this could not be determined
};

struct Caller {
    std::string bus_name;  ///< its unique name, such as ":1.42"
    uid_t uid = 0;         ///< the effective uid that the bus recorded when the caller connected
    /// Its process, as it was when the bus was first asked; empty if it is not visible from here.
    std::optional<process::ProcessKey> process{};
    PidView pid_view = PidView::unknown;
    std::string program{};  ///< the name of that process then, sanitised; only for the log

    /// Pins that process; no_such_process if it has ended, even if its number has been recycled. (A connection outlives
    /// the process that opened it if a child keeps it.)
    [[nodiscard]] Expected<process::Process> pin() const;
};

/// Finds callers by their unique name.
class Callers : public Interface {
 public:
    using Handler = std::function<void(const Expected<Caller>&)>;

    /// Calls the handler, at once if the caller is already known.
    virtual void find(const std::string& bus_name, Handler handler) = 0;
};

}  // namespace iopriority::service
