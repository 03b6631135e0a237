// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The service's name on the bus, and what systemd has seen of it.
#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace iopriority::service {

/// Acquires and releases the name without waiting for the reply: while libsystemd waits for a reply, it reads
/// everything that has arrived into memory, and bypasses the checks on what arrives (ForeignDescriptors).
class BusName {
 public:
    explicit BusName(sdbus::IConnection& connection);

    /// @param taken is called later, with the reason if the name could not be acquired.
    void take(const std::function<void(const std::optional<std::string>& why_not)>& taken);
    /// @param released is called later, when everything that was sent to the name has been handled.
    void release(const std::function<void()>& released);

    /// Calls the function once, later: when systemd has handled everything that the bus sent it before this call, such
    /// as that the service's name is owned; or if there is no systemd, or it does not reply.
    void when_systemd_knows(const std::function<void()>& function);

 private:
    sdbus::IConnection& connection_;
    std::unique_ptr<sdbus::IProxy> driver_;
    std::unique_ptr<sdbus::IProxy> systemd_;
};

}  // namespace iopriority::service
