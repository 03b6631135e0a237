// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus.hpp"

#include <stdexcept>
#include <system_error>

namespace iopriority::bench {

int checked(int result, const char* what) {
    if (result < 0) {
        throw std::system_error(-result, std::generic_category(), what);
    }
    return result;
}

Bus::Bus() : bus_(nullptr, sd_bus_flush_close_unref) {
    sd_bus* bus = nullptr;
    checked(sd_bus_open_system(&bus), "connecting to the system bus");
    bus_.reset(bus);
}

std::string Bus::unique_name() const {
    const char* name = nullptr;
    checked(sd_bus_get_unique_name(get(), &name), "unique name");
    return name;
}

Message Bus::new_call(const char* name, const char* path, const char* interface, const char* member) const {
    sd_bus_message* message = nullptr;
    checked(sd_bus_message_new_method_call(get(), &message, name, path, interface, member), member);
    return {message, sd_bus_message_unref};
}

Message Bus::call(const Message& message) const {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message* reply = nullptr;
    if (sd_bus_call(get(), message.get(), 0, &error, &reply) < 0) {
        const std::string text = std::string(sd_bus_message_get_member(message.get())) + ": " +
                                 (error.name != nullptr ? error.name : "") + ' ' +
                                 (error.message != nullptr ? error.message : "");
        sd_bus_error_free(&error);
        throw std::runtime_error(text);
    }
    return {reply, sd_bus_message_unref};
}

void Bus::ping() const {
    call(new_call(our_name, our_path, peer, "Ping"));
}

void Bus::get_priority(pid_t pid) const {
    const auto message = new_call(our_name, our_path, our_name, "Get");
    checked(sd_bus_message_append(message.get(), "u", static_cast<unsigned>(pid)), "append");
    call(message);
}

void Bus::set_process(pid_t pid, const std::string& io_class, unsigned level) const {
    const auto message = new_call(our_name, our_path, our_name, "SetProcess");
    checked(sd_bus_message_append(message.get(), "usu", static_cast<unsigned>(pid), io_class.c_str(), level), "append");
    call(message);
}

pid_t Bus::owner(const std::string& name) const {
    const char* driver = "org.freedesktop.DBus";
    const auto message = new_call(driver, "/org/freedesktop/DBus", driver, "GetConnectionUnixProcessID");
    checked(sd_bus_message_append(message.get(), "s", name.c_str()), "append");
    try {
        unsigned pid = 0;
        checked(sd_bus_message_read(call(message).get(), "u", &pid), "read");
        return static_cast<pid_t>(pid);
    } catch (const std::runtime_error&) {
        return 0;
    }
}

}  // namespace iopriority::bench
