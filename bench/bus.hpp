// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// One connection to the system bus, by sd-bus itself: the least that a client can cost.
#pragma once

#include <sys/types.h>
#include <systemd/sd-bus.h>

#include <functional>
#include <memory>
#include <string>

namespace iopriority::bench {

inline constexpr const char* our_name = "org.example.IoPriority";
inline constexpr const char* our_path = "/org/example/IoPriority";
inline constexpr const char* our_extended = "org.example.IoPriority.Extended1";
inline constexpr const char* peer = "org.freedesktop.DBus.Peer";

using Message = std::unique_ptr<sd_bus_message, sd_bus_message* (*)(sd_bus_message*)>;

class Bus {
 public:
    Bus();

    [[nodiscard]] sd_bus* get() const { return bus_.get(); }
    [[nodiscard]] std::string unique_name() const;

    [[nodiscard]] Message new_call(const char* name, const char* path, const char* interface, const char* member) const;
    /// Sends it and waits for the answer. Throws with the error's text.
    Message call(const Message& message) const;

    void ping() const;
    void get_priority(pid_t pid) const;
    void set_process(pid_t pid, const std::string& io_class, unsigned level) const;
    /// The process that owns a name; 0 if nobody does.
    [[nodiscard]] pid_t owner(const std::string& name) const;

 private:
    std::unique_ptr<sd_bus, sd_bus* (*)(sd_bus*)> bus_;
};

/// Throws if an sd-bus function answered with a negative error.
int checked(int result, const char* what);

}  // namespace iopriority::bench
