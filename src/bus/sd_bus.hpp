// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// sd-bus, from whichever library provides it: libsystemd, libelogind (same names, in its own directory), or basu.
#pragma once

#include <memory>

#if __has_include(<systemd/sd-bus.h>) && !defined(IOPRIORITY_COMPILE_FOR_BASU)
#include <systemd/sd-bus.h>  // IWYU pragma: export

namespace iopriority::bus {
/// Whether a message can be handled later than it is read.
constexpr bool can_enqueue = true;
}  // namespace iopriority::bus
#else
#include <basu/sd-bus.h>  // IWYU pragma: export

#include <cerrno>

namespace iopriority::bus {
constexpr bool can_enqueue = false;
}  // namespace iopriority::bus

inline int sd_bus_enqueue_for_read(sd_bus* /*bus*/, sd_bus_message* /*message*/) {
    return -ENOSYS;
}
#endif

namespace iopriority::bus {

/// The bus itself: its name, which is that of its interface, too, and its object.
inline constexpr const char* driver_name = "org.freedesktop.DBus";
inline constexpr const char* driver_path = "/org/freedesktop/DBus";

struct UnrefMessage {
    void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using MessagePtr = std::unique_ptr<sd_bus_message, UnrefMessage>;

}  // namespace iopriority::bus
