// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// sdbus-c++ 1.2 (Debian 12) and 2.1 (Debian 13) behind one set of names. No other file tells them apart.
///
/// Neither can read or set the message flag ALLOW_INTERACTIVE_AUTHORIZATION: libsystemd can, and the message it needs
/// is a protected member of sdbus::Message.
#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <cerrno>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bus/sd_bus.hpp"

#if __has_include(<sdbus-c++/VTableItems.h>)
#define IOPRIORITY_SDBUS_MAJOR 2  // NOLINT(*-macro-usage)
#else
#define IOPRIORITY_SDBUS_MAJOR 1  // NOLINT(*-macro-usage)
#endif

namespace iopriority::bus {

/// The message of libsystemd inside one of sdbus-c++.
class MessageAccess : public sdbus::Message {
 public:
    static sd_bus_message* raw(const sdbus::Message& message) {
        return static_cast<sd_bus_message*>(message.*(&MessageAccess::msg_));
    }
};

/// Says with the call that polkit may ask a person.
inline void allow_interaction(const sdbus::Message& call) {
    sd_bus_message_set_allow_interactive_authorization(MessageAccess::raw(call), 1);
}

/// Whether the call says so.
inline bool interaction_allowed(const sdbus::Message& call) {
    return sd_bus_message_get_allow_interactive_authorization(MessageAccess::raw(call)) > 0;
}

/// Marks the call so that the bus does not start a service for it.
inline void start_nobody(const sdbus::Message& call) {
    sd_bus_message_set_auto_start(MessageAccess::raw(call), 0);
}

// sdbus::UnixFd of 1.2 duplicates descriptors without close-on-exec: a hold would outlive its holder in a program that
// the holder has started. So they are passed by libsystemd.

/// Appends a variant of a descriptor, or of an array of them. They stay the caller's.
inline void append_descriptors(const sdbus::Message& message, const std::vector<int>& fds, bool array) {
    auto* const raw = MessageAccess::raw(message);
    int result = sd_bus_message_open_container(raw, SD_BUS_TYPE_VARIANT, array ? "ah" : "h");
    result = array && result >= 0 ? sd_bus_message_open_container(raw, SD_BUS_TYPE_ARRAY, "h") : result;
    for (const int fd : fds) {
        result = result >= 0 ? sd_bus_message_append_basic(raw, SD_BUS_TYPE_UNIX_FD, &fd) : result;
    }
    result = array && result >= 0 ? sd_bus_message_close_container(raw) : result;
    result = result >= 0 ? sd_bus_message_close_container(raw) : result;
    if (result < 0) {
        throw sdbus::createError(-result, "cannot pass a descriptor");
    }
}

/// Reads a descriptor, which stays the message's.
inline int read_descriptor(const sdbus::Message& message) {
    int fd = -1;
    if (const int result = sd_bus_message_read_basic(MessageAccess::raw(message), SD_BUS_TYPE_UNIX_FD, &fd);
        result <= 0) {
        throw sdbus::createError(result == 0 ? ENXIO : -result, "no descriptor in the message");
    }
    return fd;
}

#if IOPRIORITY_SDBUS_MAJOR == 2

using ServiceName = sdbus::ServiceName;
using ObjectPath = sdbus::ObjectPath;
using InterfaceName = sdbus::InterfaceName;
using MethodName = sdbus::MethodName;
using ErrorName = sdbus::Error::Name;

inline bool process_pending(sdbus::IConnection& connection) {
    return connection.processPendingEvent();
}
inline sdbus::PendingAsyncCall call_async(sdbus::IProxy& proxy, const sdbus::MethodCall& call,
                                          std::function<void(sdbus::MethodReply&, const sdbus::Error*)> handler,
                                          std::uint64_t timeout_usec) {
    return proxy.callMethodAsync(
        call,
        [handler = std::move(handler)](sdbus::MethodReply reply, std::optional<sdbus::Error> error) {
            handler(reply, error ? &*error : nullptr);
        },
        timeout_usec);
}
/// The message that is being handled by the object. Valid only inside the handler.
inline sdbus::Message current_message(const sdbus::IObject& object) {
    return object.getCurrentlyProcessedMessage();
}

#else

using ServiceName = std::string;
using ObjectPath = std::string;
using InterfaceName = std::string;
using MethodName = std::string;
using ErrorName = std::string;

inline bool process_pending(sdbus::IConnection& connection) {
    return connection.processPendingRequest();
}
inline sdbus::PendingAsyncCall call_async(sdbus::IProxy& proxy, const sdbus::MethodCall& call,
                                          std::function<void(sdbus::MethodReply&, const sdbus::Error*)> handler,
                                          std::uint64_t timeout_usec) {
    return proxy.callMethod(
        call,
        [handler = std::move(handler)](sdbus::MethodReply& reply, const sdbus::Error* error) { handler(reply, error); },
        timeout_usec);
}
inline const sdbus::Message& current_message(const sdbus::IObject& object) {
    return *object.getCurrentlyProcessedMessage();
}

#endif

/// sdbus-c++ does not expose its sd_bus, but each of its messages knows it.
inline sd_bus* raw(sdbus::IConnection& connection) {
    const auto proxy = sdbus::createProxy(connection, ServiceName{driver_name}, ObjectPath{driver_path});
    const auto message = proxy->createMethodCall(InterfaceName{driver_name}, MethodName{"GetId"});
    return sd_bus_message_get_bus(MessageAccess::raw(message));
}

}  // namespace iopriority::bus
