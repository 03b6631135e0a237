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
    unknown,  ///< it could not be found out
};

struct Caller {
    std::string bus_name;  ///< unique, such as ":1.42"
    uid_t uid = 0;         ///< the effective uid that the bus took when the caller connected
    /// Its process, as it was when the bus was first asked; nothing if it cannot be seen from here.
    std::optional<process::ProcessKey> process{};
    PidView pid_view = PidView::unknown;
    std::string program{};  ///< what that process was called then, sanitised; for the log alone

    /// Pins that process; no_such_process if it has ended, also where its number is another's now. (A connection
    /// outlives the process that has made it where a child keeps it.)
    [[nodiscard]] Expected<process::Process> pin() const;
};

/// Finds callers by their unique name.
class Callers : public Interface {
 public:
    using Handler = std::function<void(const Expected<Caller>&)>;

    /// Calls the handler, at once if the caller is known already.
    virtual void find(const std::string& bus_name, Handler handler) = 0;
};

}  // namespace iopriority::service
