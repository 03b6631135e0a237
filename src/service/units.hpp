// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Finds the control group of a systemd unit, which setting the unit's priority needs, and the unit's own name.
#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <functional>
#include <string>

#include "values/expected.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::service {

/// Checks that a name is a valid unit name (systemd.unit(5)), so that it is safe in a path and in a message.
[[nodiscard]] bool is_unit_name(const std::string& name);

/// A running unit of the system manager.
struct RunningUnit {
    std::string id;             ///< its own name, whatever alias was asked for: what rules deny, and what is logged
    std::string control_group;  ///< such as "/system.slice/cron.service"
};

class Units : public Interface {
 public:
    using Handler = std::function<void(const Expected<RunningUnit>&)>;

    /// Calls the handler with the unit of this name or alias, or with no_such_process.
    virtual void find(const std::string& name, Handler handler) = 0;
};

/// Asks systemd on the system bus, without blocking.
class BusUnits final : public Units {
 public:
    explicit BusUnits(sdbus::IConnection& connection) : connection_(connection) {}

    void find(const std::string& name, Handler handler) override;

 private:
    class Query;
    sdbus::IConnection& connection_;
};

}  // namespace iopriority::service
