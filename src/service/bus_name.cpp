// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/bus_name.hpp"

#include <cstdint>
#include <exception>

#include "bus/names.hpp"
#include "bus/sdbus_compat.hpp"

namespace iopriority::service {

namespace {

using bus::driver_name;

constexpr std::uint64_t timeout_usec = 25'000'000;
constexpr std::uint64_t timeout_of_systemd_usec = 20'000'000;
constexpr std::uint32_t do_not_queue = 4;
constexpr std::uint32_t is_owner = 1;

std::optional<std::string> why_not(sdbus::MethodReply& reply, const sdbus::Error* error) noexcept try {
    if (error != nullptr) {
        return std::string("cannot take the name ") + bus::service_name + ": " + error->getMessage();
    }
    std::uint32_t result = 0;
    reply >> result;
    if (result == is_owner) {
        return std::nullopt;
    }
    return std::string("the name ") + bus::service_name + " is taken: another iopriorityd runs on this bus";
} catch (const std::exception& e) {
    return std::string("the bus does not say whose ") + bus::service_name + " is: " + e.what();
}

}  // namespace

BusName::BusName(sdbus::IConnection& connection)
    : connection_(connection),
      driver_(sdbus::createProxy(connection, bus::ServiceName{driver_name}, bus::ObjectPath{bus::driver_path})) {}

void BusName::take(const std::function<void(const std::optional<std::string>&)>& taken) {
    auto call = driver_->createMethodCall(bus::InterfaceName{driver_name}, bus::MethodName{"RequestName"});
    call << std::string(bus::service_name) << do_not_queue;
    bus::call_async(
        *driver_, call, [taken](sdbus::MethodReply& reply, const sdbus::Error* error) { taken(why_not(reply, error)); },
        timeout_usec);
}

// The bus keeps the order of what it sends: its reply comes after the last call to the name.
void BusName::release(const std::function<void()>& released) {
    auto call = driver_->createMethodCall(bus::InterfaceName{driver_name}, bus::MethodName{"ReleaseName"});
    call << std::string(bus::service_name);
    bus::call_async(
        *driver_, call, [released](sdbus::MethodReply& /*reply*/, const sdbus::Error* /*error*/) { released(); },
        timeout_usec);
}

// The bus keeps the order of what it sends to systemd, and systemd handles one message after the other.
void BusName::when_systemd_knows(const std::function<void()>& function) {
    try {
        systemd_ = sdbus::createProxy(connection_, bus::ServiceName{"org.freedesktop.systemd1"},
                                      bus::ObjectPath{"/org/freedesktop/systemd1"});
        const auto ping =
            systemd_->createMethodCall(bus::InterfaceName{"org.freedesktop.DBus.Peer"}, bus::MethodName{"Ping"});
        bus::start_nobody(ping);
        bus::call_async(
            *systemd_, ping, [function](sdbus::MethodReply& /*reply*/, const sdbus::Error* /*error*/) { function(); },
            timeout_of_systemd_usec);
    } catch (const std::exception&) {
        function();
    }
}

}  // namespace iopriority::service
