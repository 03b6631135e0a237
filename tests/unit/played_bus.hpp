// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A bus that the test plays, at the other end of a connection.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <thread>

#include "bus/sdbus_compat.hpp"
#include "process/unique_fd.hpp"

namespace iopriority::test {

inline void require(int result, const char* what) {
    if (result < 0) {
        throw std::system_error(-result, std::generic_category(), what);
    }
}

using Message = std::unique_ptr<sd_bus_message, decltype(&sd_bus_message_unref)>;

/// The other end of one connection; after that is closed, of another.
class Played_bus {
 public:
    Played_bus() {
        sockaddr_un chosen{};  // by the kernel: a name that nobody has
        chosen.sun_family = AF_UNIX;
        socklen_t size = sizeof chosen.sun_family;
        // NOLINTBEGIN(*-reinterpret-cast)
        require(::bind(listening_.get(), reinterpret_cast<const sockaddr*>(&chosen), size), "bind");
        size = sizeof chosen;
        require(::getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&chosen), &size), "name");
        // NOLINTEND(*-reinterpret-cast)
        require(::listen(listening_.get(), 1), "listen");
        const auto length = size - offsetof(sockaddr_un, sun_path) - 1;
        address_ = "unix:abstract=" + std::string(&chosen.sun_path[1], length);
    }
    Played_bus(const Played_bus&) = delete;
    Played_bus& operator=(const Played_bus&) = delete;
    Played_bus(Played_bus&&) = delete;
    Played_bus& operator=(Played_bus&&) = delete;
    ~Played_bus() { sd_bus_flush_close_unref(bus_); }

    [[nodiscard]] std::unique_ptr<sdbus::IConnection> connect() {
        std::thread other_end([this] { accept(); });
        auto connection = sdbus::createSessionBusConnectionWithAddress(address());
        other_end.join();
        return connection;
    }
    /// Where somebody else can connect.
    [[nodiscard]] const std::string& address() const { return address_; }
    /// Waits for a connection, and greets back when it greets.
    void accept() {
        await_connection();
        greet();
    }
    void await_connection() {
        bus_ = sd_bus_flush_close_unref(bus_);
        sd_id128_t id{};
        require(sd_id128_randomize(&id), "an id");
        require(sd_bus_new(&bus_), "a bus");
        const int fd = ::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        require(sd_bus_set_fd(bus_, fd, fd), "its socket");
        require(sd_bus_set_server(bus_, 1, id), "a server");
        require(sd_bus_set_anonymous(bus_, 1), "anybody");
        require(sd_bus_negotiate_fds(bus_, passes_descriptors ? 1 : 0), "descriptors");
        require(sd_bus_start(bus_), "starting");
    }
    void greet() const {
        const auto hello = await_next();
        require(sd_bus_reply_method_return(hello.get(), "s", ":1.1"), "greeting");  // NOLINT(*-vararg)
        require(sd_bus_flush(bus_), "greeting");
    }
    [[nodiscard]] Message call(const char* member, const char* interface = "org.example.IoPriority.Extended1",
                               const char* sender = ":1.7") const {
        sd_bus_message* call = nullptr;
        require(sd_bus_message_new_method_call(bus_, &call, ":1.1", "/org/example/IoPriority", interface, member),
                "a call");
        require(sd_bus_message_set_sender(call, sender), "its sender");
        return {call, &sd_bus_message_unref};
    }
    /// Sends it. @return its serial
    std::uint64_t send(const Message& call) const {
        std::uint64_t serial = 0;
        require(sd_bus_send(bus_, call.get(), &serial), "sending");
        require(sd_bus_flush(bus_), "sending");
        return serial;
    }
    /// The next message that has come; null if there is none.
    [[nodiscard]] Message next() const {
        sd_bus_message* message = nullptr;
        int more = 1;
        while (message == nullptr && more > 0) {
            more = sd_bus_process(bus_, &message);
            require(more, "reading");
        }
        return {message, &sd_bus_message_unref};
    }

    /// The next message, also if it is still to come.
    [[nodiscard]] Message await_next() const {
        auto message = next();
        for (; !message; message = next()) {
            require(sd_bus_wait(bus_, UINT64_MAX), "waiting");
        }
        return message;
    }

    void close() const { sd_bus_close(bus_); }

    bool passes_descriptors = true;  ///< of connections to come

 private:
    process::UniqueFd listening_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    std::string address_;
    sd_bus* bus_ = nullptr;
};

}  // namespace iopriority::test
