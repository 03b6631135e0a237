// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "raw_bus.hpp"

#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <stdexcept>

#include "support/bus.hpp"

namespace iopriority::test {

namespace {

void require(bool condition, const char* what) {
    if (!condition) {
        throw std::runtime_error(std::string{"raw bus: "} + what);
    }
}

void pad(std::string& bytes, std::size_t to) {
    bytes.append((to - bytes.size() % to) % to, '\0');
}

std::string number_bytes(std::uint32_t value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};  // NOLINT(*-reinterpret-cast): little-endian machines
}

std::uint32_t number_at(const std::string& bytes, std::size_t at) {
    std::uint32_t value = 0;
    std::memcpy(&value, &bytes.at(at), sizeof value);
    return value;
}

void add_text_field(std::string& fields, char code, char type, const std::string& text) {
    pad(fields, 8);
    fields += code;
    fields += std::string{'\1', type, '\0'};
    fields += number_bytes(static_cast<std::uint32_t>(text.size())) + text + '\0';
}

std::string call_bytes(std::uint32_t serial, const std::string& destination, const std::string& path,
                       const std::string& interface, const std::string& member, std::size_t descriptors,
                       const RawBody& body, const std::string& sender = {}, char flags = 0) {
    std::string fields;
    add_text_field(fields, 1, 'o', path);
    add_text_field(fields, 6, 's', destination);
    add_text_field(fields, 2, 's', interface);
    add_text_field(fields, 3, 's', member);
    if (!sender.empty()) {
        add_text_field(fields, 7, 's', sender);
    }
    if (descriptors > 0) {
        pad(fields, 8);
        fields += std::string{'\11', '\1', 'u', '\0'} + number_bytes(static_cast<std::uint32_t>(descriptors));
    }
    if (!body.signature.empty()) {
        pad(fields, 8);
        fields +=
            std::string{'\10', '\1', 'g', '\0'} + static_cast<char>(body.signature.size()) + body.signature + '\0';
    }
    std::string bytes{'l', '\1', flags, '\1'};
    bytes += number_bytes(static_cast<std::uint32_t>(body.bytes.size())) + number_bytes(serial) +
             number_bytes(static_cast<std::uint32_t>(fields.size())) + fields;
    pad(bytes, 8);
    return bytes + body.bytes;
}

}  // namespace

RawBody& RawBody::text(const std::string& value) {
    pad(bytes, 4);
    bytes += number_bytes(static_cast<std::uint32_t>(value.size())) + value + '\0';
    return *this;
}

RawBody& RawBody::number(std::uint32_t value) {
    pad(bytes, 4);
    bytes += number_bytes(value);
    return *this;
}

RawBody& RawBody::variant(const std::string& type) {
    bytes += static_cast<char>(type.size()) + type + '\0';
    return *this;
}

RawBody& RawBody::numbers(const std::vector<std::uint32_t>& values) {
    number(static_cast<std::uint32_t>(values.size() * sizeof values[0]));
    for (const auto value : values) {
        number(value);
    }
    return *this;
}

RawBody& RawBody::nothing() {
    number(0);
    pad(bytes, 8);
    return *this;
}

RawBus::RawBus() : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, "/run/dbus/system_bus_socket");  // NOLINT(*-strcpy,*-array-decay)
    // NOLINTNEXTLINE(*-reinterpret-cast): sockets
    require(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "connect");
    send(std::string(1, '\0'));
    say_line("AUTH EXTERNAL 30");  // user 0
    say_line("NEGOTIATE_UNIX_FD");
    send("BEGIN\r\n");
    constexpr const char* driver = "org.freedesktop.DBus";
    send(call_bytes(++serial_, driver, "/org/freedesktop/DBus", driver, "Hello", 0, {}));
    const auto hello = answer();  // while it authenticates, the bus loses descriptors
    name_ = hello.substr(hello.rfind(":1."));
    name_.resize(name_.find('\0'));
}

RawBus::~RawBus() {
    ::close(socket_);
}

void RawBus::call(const std::string& of, const std::string& member, const std::vector<int>& descriptors,
                  const RawBody& body) {
    send(call_bytes(++serial_, interface, object_path, of, member, descriptors.size(), body), descriptors);
}

void RawBus::call_too_deep(const std::vector<int>& descriptors) {
    const std::string deep(20, 'a');
    call(interface, "SetProcess", descriptors, RawBody{deep + '(' + deep + "y)", {}}.number(0));
}

void RawBus::call_within_a_call(const std::string& sender, const RawBody& arguments) {
    constexpr char no_reply = 1;
    const auto bytes_of = [&](std::uint32_t serial, const char* member, const RawBody& body, char flags,
                              const std::string& from) {
        return call_bytes(serial, interface, object_path, interface, member, 0, body, from, flags);
    };
    call_too_deep();
    call(interface, "Get", {}, RawBody{"u", {}}.number(1));
    const auto serial = ++serial_;
    const auto dropped = RawBody{"s", {}}.text(std::string(1000, 'x'));
    const auto thrown_away = bytes_of(serial, "Get", dropped, no_reply, name_).size();
    for (int i = 0; i < 2; ++i) {
        send(bytes_of(serial, "Get", dropped, no_reply, {}));
    }
    // As the bus passes it on, with its sender.
    const auto head = bytes_of(0, "SetProcess", RawBody{"ay", {}}.number(0), 0, name_).size();
    RawBody outer{"ay", {}};
    const auto inner = bytes_of(1, "SetProcess", arguments, no_reply, sender);
    outer.number(static_cast<std::uint32_t>(thrown_away - head + inner.size()));
    outer.bytes += std::string(thrown_away - head, '\0') + inner;
    send(bytes_of(++serial_, "SetProcess", outer, 0, {}));
}

std::string RawBus::answer() {
    for (;;) {
        const std::string message = next_message();
        constexpr std::size_t fields_at = 16;
        const bool is_reply = message.at(1) == 2 || message.at(1) == 3;
        // The field REPLY_SERIAL, wherever it stands.
        const std::string field = std::string{'\5', '\1', 'u', '\0'} + number_bytes(serial_);
        if (is_reply && message.find(field, fields_at) != std::string::npos) {
            return message;
        }
    }
}

void RawBus::send(const std::string& bytes, const std::vector<int>& descriptors) const {
    std::string copy = bytes;
    iovec data{copy.data(), copy.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(16 * sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    if (!descriptors.empty()) {
        message.msg_control = control.data();
        message.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
        cmsghdr* part = CMSG_FIRSTHDR(&message);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
        std::memcpy(CMSG_DATA(part), descriptors.data(), descriptors.size() * sizeof(int));
    }
    require(::sendmsg(socket_, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()), "send");
}

void RawBus::say_line(const std::string& line) const {
    send(line + "\r\n");
    std::string answer;
    while (!answer.ends_with("\r\n")) {
        answer += bytes(1);
    }
    require(answer.starts_with("OK") || answer.starts_with("AGREE"), answer.c_str());
}

std::string RawBus::next_message() const {
    std::string message = bytes(16);
    const std::size_t fields = (number_at(message, 12) + 7) / 8 * 8;
    return message + bytes(fields + number_at(message, 4));
}

std::string RawBus::bytes(std::size_t number) const {
    std::string read(number, '\0');
    for (std::size_t size = 0; size < number;) {
        const ssize_t more = ::recv(socket_, &read[size], number - size, 0);
        require(more > 0, "the bus has closed the connection");
        size += static_cast<std::size_t>(more);
    }
    return read;
}

}  // namespace iopriority::test
