// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/call_gate.hpp"

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>

#include "bus/sdbus_compat.hpp"
#include "service/guard.hpp"

namespace iopriority::service {

namespace {

struct Room {
    unsigned values = CallGate::most_values;
    unsigned numbers = CallGate::most_numbers;
    std::size_t text = CallGate::most_text;
};

std::string_view or_nothing(const char* text) {
    return text != nullptr ? text : "";
}

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

// Steps over one value.
bool value_fits(sd_bus_message* message, char type, const char* contents, Room& room) {
    const bool is_number = std::strchr("ybnqiuxtd", type) != nullptr;
    unsigned& left = is_number ? room.numbers : room.values;
    if (left == 0) {
        return false;
    }
    --left;
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

// The rest of the message, or of the container that was entered. Each level uses up room, which limits the depth.
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

// At most: numbers count as the largest.
std::size_t size_of(sd_bus_message* message, const Room& left) {
    return (CallGate::most_numbers - left.numbers) * sizeof(std::uint64_t) + CallGate::most_text - left.text +
           or_nothing(sd_bus_message_get_path(message)).size();
}

Failure foreign_descriptor() {
    return {ErrorCode::invalid_argument,
            "a descriptor of the call is no pidfd: pass what pidfd_open(2) opens, and no other descriptors"};
}

Failure too_much() {
    return {ErrorCode::invalid_argument,
            "the call holds more than " + std::to_string(CallGate::most_values) + " values, " +
                std::to_string(CallGate::most_numbers) + " numbers or " + std::to_string(CallGate::most_text) +
                " bytes of text, names a descriptor that was not sent with it, or cannot be decoded"};
}

void refuse_without_memory(sd_bus_message* call) {
    static_cast<void>(sd_bus_reply_method_errorf(  // NOLINT(*-vararg): a caller that has left needs no reply
        call, SD_BUS_ERROR_LIMITS_EXCEEDED, "out of memory"));
}

// Without a reply nobody would see its result: everything except a set.
bool does_nothing(bool wants_reply, std::string_view member) {
    return !wants_reply && !member.starts_with("Set");
}

}  // namespace

int CallGate::look_through(sd_bus_message* message) noexcept {
    if (message == taken_up_) {
        return 0;
    }
    std::uint64_t serial = 0;
    static_cast<void>(sd_bus_message_get_cookie(message, &serial));
    const bool foreign = foreign_.came_with(serial);
    if (sd_bus_message_is_method_call(message, nullptr, nullptr) <= 0) {
        return foreign ? 1 : 0;
    }
    if (does_nothing(sd_bus_message_get_expect_reply(message) != 0, or_nothing(sd_bus_message_get_member(message)))) {
        return 1;
    }
    try {
        const auto sender = or_nothing(sd_bus_message_get_sender(message));
        if (foreign) {
            calls_.wait(sender, message, 0, foreign_descriptor());
        } else if (!calls_.refuse(sender, message)) {
            Room room;
            const bool fits = rest_fits(message, room);
            if (fits && !bus::can_enqueue) {
                return sd_bus_message_rewind(message, 1) >= 0 ? 0 : 1;
            }
            calls_.wait(sender, message, size_of(message, room), fits ? std::nullopt : std::optional(too_much()));
        }
    } catch (...) {
        refuse_without_memory(message);
    }
    return 1;
}

void CallGate::take_up(sd_bus_message* call) {
    sd_bus* bus = sd_bus_message_get_bus(call);
    taken_up_ = call;
    std::uint64_t queued = 0;
    auto handle = [&] {
        // libsystemd does not read from the socket while something is queued.
        while (sd_bus_get_n_queued_read(bus, &queued) >= 0 && queued > 0 && bus::process_pending(connection_)) {
        }
    };
    if (sd_bus_enqueue_for_read(bus, call) >= 0) {
        guard(handle, [](const Failure&) {});  // a lost bus connection is detected elsewhere
    } else {
        refuse_without_memory(call);
    }
    taken_up_ = nullptr;
}

bool CallGate::drops(const MessageHead& head) const {
    return head.is_call && !head.wants_reply && (does_nothing(false, head.member) || calls_.ignore(head.sender));
}

CallGate::CallGate(sdbus::IConnection& connection, ForeignDescriptors& foreign, Calls& calls)
    : connection_(connection), foreign_(foreign), calls_(calls) {
    const auto filter = [](sd_bus_message* message, void* gate, sd_bus_error* /*error*/) {
        return static_cast<CallGate*>(gate)->look_through(message);
    };
    if (sd_bus_add_filter(bus::raw(connection), &slot_, filter, this) < 0) {
        throw std::runtime_error("cannot look through the messages of the bus");
    }
}

CallGate::~CallGate() {
    sd_bus_slot_unref(slot_);
}

}  // namespace iopriority::service
