// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What systemd has seen of the service on the bus.
#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <functional>
#include <memory>

namespace iopriority::service {

class ServiceManager {
 public:
    explicit ServiceManager(sdbus::IConnection& connection) : connection_(connection) {}

    /// Calls the function once, later: when systemd has handled everything that the bus sent it before this call, such
    /// as that the service's name is owned; or if there is no systemd, or it does not reply.
    void when_up_to_date(const std::function<void()>& function);

 private:
    sdbus::IConnection& connection_;
    std::unique_ptr<sdbus::IProxy> proxy_;
};

}  // namespace iopriority::service
