// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A bus that the test plays, at the other end of the service's own connection.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <thread>

#include "bench.hpp"
#include "bus/sdbus_compat.hpp"

namespace iopriority::service::test {

inline constexpr const char* caller = ":1.7";
inline constexpr const char* service = ":1.1";

inline void require(int result, const char* what) {
    if (result < 0) {
        throw std::system_error(-result, std::generic_category(), what);
    }
}

using Message = std::unique_ptr<sd_bus_message, decltype(&sd_bus_message_unref)>;

/// The other end of the service's connection.
class Played_bus {
 public:
    Played_bus() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path().copy(address.sun_path, sizeof address.sun_path - 1);  // NOLINT(*-array-to-pointer-decay)
        // NOLINTNEXTLINE(*-reinterpret-cast)
        require(::bind(listening_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
        require(::listen(listening_.get(), 1), "listen");
    }
    Played_bus(const Played_bus&) = delete;
    Played_bus& operator=(const Played_bus&) = delete;
    Played_bus(Played_bus&&) = delete;
    Played_bus& operator=(Played_bus&&) = delete;
    ~Played_bus() { sd_bus_flush_close_unref(bus_); }

    [[nodiscard]] std::unique_ptr<sdbus::IConnection> connect() {
        std::thread other_end([this] { accept(); });
        auto connection = sdbus::createSessionBusConnectionWithAddress("unix:path=" + path());
        other_end.join();
        return connection;
    }
    [[nodiscard]] Message call(const char* member, const char* interface = "org.example.IoPriority.Extended1",
                               const char* sender = caller) const {
        sd_bus_message* call = nullptr;
        require(sd_bus_message_new_method_call(bus_, &call, service, "/org/example/IoPriority", interface, member),
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

    void close() const { sd_bus_close(bus_); }
    /// Confirms each call (that of a match, for which the connection waits) until the function has returned.
    template <typename Function>
    auto while_confirming(Function function) {
        std::atomic<bool> over = false;
        std::thread other_end([&] {
            while (!over) {
                if (const auto call = next()) {
                    require(sd_bus_reply_method_return(call.get(), ""), "confirming");  // NOLINT(*-vararg)
                }
            }
        });
        auto result = function();
        over = true;
        other_end.join();
        return result;
    }

 private:
    [[nodiscard]] std::string path() const { return directory_.path() + "/bus"; }
    // It greets, and the bus greets back.
    void accept() {
        sd_id128_t id{};
        require(sd_id128_randomize(&id), "an id");
        require(sd_bus_new(&bus_), "a bus");
        const int fd = ::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        require(sd_bus_set_fd(bus_, fd, fd), "its socket");
        require(sd_bus_set_server(bus_, 1, id), "a server");
        require(sd_bus_set_anonymous(bus_, 1), "anybody");
        require(sd_bus_negotiate_fds(bus_, 1), "descriptors");
        require(sd_bus_start(bus_), "starting");
        auto hello = next();
        for (; !hello; hello = next()) {
            require(sd_bus_wait(bus_, UINT64_MAX), "waiting");
        }
        require(sd_bus_reply_method_return(hello.get(), "s", service), "greeting");  // NOLINT(*-vararg)
        require(sd_bus_flush(bus_), "greeting");
    }

    Directory directory_;
    process::UniqueFd listening_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sd_bus* bus_ = nullptr;
};

}  // namespace iopriority::service::test
