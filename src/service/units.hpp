// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Finds the control group of a systemd unit, which setting the unit's priority needs.
#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <functional>
#include <string>

#include "values/expected.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::service {

/// Checks that a name is a valid unit name (systemd.unit(5)), so that it is safe in a path and in a message.
[[nodiscard]] bool is_unit_name(const std::string& name);

class Units : public Interface {
 public:
    using Handler = std::function<void(const Expected<std::string>&)>;

    /// Calls the handler with the control group of a running unit of the system manager, such as
    /// "/system.slice/cron.service", or with no_such_process.
    virtual void control_group(const std::string& unit, Handler handler) = 0;
};

/// Asks systemd on the system bus, without blocking.
class BusUnits final : public Units {
 public:
    explicit BusUnits(sdbus::IConnection& connection) : connection_(connection) {}

    void control_group(const std::string& unit, Handler handler) override;

 private:
    class Query;
    sdbus::IConnection& connection_;
};

}  // namespace iopriority::service
