// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/call_gate.hpp"

#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "bus/sdbus_compat.hpp"

namespace iopriority::service {

namespace {

struct Room {
    unsigned values = CallGate::most_values;
    std::size_t text = CallGate::most_text;
};

bool text_fits(sd_bus_message* message, char type, Room& room) {
    const char* text = nullptr;
    if (sd_bus_message_read_basic(message, type, static_cast<void*>(&text)) <= 0) {
        return false;
    }
    const std::size_t size = std::strlen(text);
    if (size > room.text) {
        return false;
    }
    room.text -= size;
    return true;
}

bool rest_fits(sd_bus_message* message, Room& room);

// One value, which is stepped over.
bool value_fits(sd_bus_message* message, char type, const char* contents, Room& room) {
    if (room.values == 0) {
        return false;
    }
    --room.values;
    if (std::strchr("avre", type) != nullptr) {
        return sd_bus_message_enter_container(message, type, contents) > 0 && rest_fits(message, room) &&
               sd_bus_message_exit_container(message) > 0;
    }
    if (std::strchr("sog", type) != nullptr) {
        return text_fits(message, type, room);
    }
    std::uint64_t number = 0;
    return sd_bus_message_read_basic(message, type, &number) > 0;
}

// What is left of the message, or of the container that was entered. Each level takes of the room: it cannot be deep.
bool rest_fits(sd_bus_message* message, Room& room) {
    char type = 0;
    const char* contents = nullptr;
    int more = 0;
    while ((more = sd_bus_message_peek_type(message, &type, &contents)) > 0) {
        if (!value_fits(message, type, contents, room)) {
            return false;
        }
    }
    return more == 0;
}

// A filter: 0 lets the message pass, 1 says that it has been dealt with.
int look_through(sd_bus_message* message, void* /*data*/, sd_bus_error* /*error*/) noexcept {
    if (sd_bus_message_is_method_call(message, nullptr, nullptr) <= 0) {
        return 0;
    }
    Room room;
    const bool fits = rest_fits(message, room);
    if (sd_bus_message_rewind(message, 1) >= 0 && fits) {
        return 0;
    }
    const int sent = sd_bus_reply_method_errorf(  // NOLINT(*-vararg)
        message, SD_BUS_ERROR_INVALID_ARGS,
        "the call holds more than %u values or %zu bytes of text: no method takes so much", CallGate::most_values,
        CallGate::most_text);
    return sent < 0 ? sent : 1;
}

// sdbus-c++ gives its sd_bus to nobody, but each of its messages knows it.
sd_bus* bus_of(sdbus::IConnection& connection) {
    const auto proxy = sdbus::createProxy(connection, bus::ServiceName{"org.freedesktop.DBus"},
                                          bus::ObjectPath{"/org/freedesktop/DBus"});
    const auto message = proxy->createMethodCall(bus::InterfaceName{"org.freedesktop.DBus"}, bus::MethodName{"GetId"});
    return sd_bus_message_get_bus(bus::MessageAccess::raw(message));
}

}  // namespace

CallGate::CallGate(sdbus::IConnection& connection) {
    if (sd_bus_add_filter(bus_of(connection), &slot_, &look_through, nullptr) < 0) {
        throw std::runtime_error("cannot look through the messages of the bus");
    }
}

CallGate::~CallGate() {
    sd_bus_slot_unref(slot_);
}

}  // namespace iopriority::service
