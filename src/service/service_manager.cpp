// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/service_manager.hpp"

#include <cstdint>
#include <exception>

#include "bus/sdbus_compat.hpp"

namespace iopriority::service {

namespace {

constexpr std::uint64_t timeout_usec = 20'000'000;

}  // namespace

// The bus keeps the order of what it sends to systemd, and systemd handles one message after the other.
void ServiceManager::when_up_to_date(const std::function<void()>& function) {
    try {
        proxy_ = sdbus::createProxy(connection_, bus::ServiceName{"org.freedesktop.systemd1"},
                                    bus::ObjectPath{"/org/freedesktop/systemd1"});
        const auto ping =
            proxy_->createMethodCall(bus::InterfaceName{"org.freedesktop.DBus.Peer"}, bus::MethodName{"Ping"});
        bus::start_nobody(ping);
        bus::call_async(
            *proxy_, ping, [function](sdbus::MethodReply& /*reply*/, const sdbus::Error* /*error*/) { function(); },
            timeout_usec);
    } catch (const std::exception&) {
        function();
    }
}

}  // namespace iopriority::service
