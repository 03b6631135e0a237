// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The service's place on the system bus, and the words and limits of its targets.
#pragma once

#include <array>
#include <cstddef>

namespace iopriority::bus {

inline constexpr const char* service_name = "org.example.IoPriority";
inline constexpr const char* object_path = "/org/example/IoPriority";

/// The kinds of targets, in the order of Target::Kind.
inline constexpr std::array kind_names{"process", "processes", "pidfd", "pidfds", "group", "user", "unit", "user-unit"};
/// In one list. dbus-daemon takes no more descriptors in a message.
inline constexpr std::size_t most_processes = 4096;
inline constexpr std::size_t most_pidfds = 16;

}  // namespace iopriority::bus
