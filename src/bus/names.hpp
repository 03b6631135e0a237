// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The service's place on the system bus.
#pragma once

namespace iopriority::bus {

inline constexpr const char* service_name = "org.example.IoPriority";
inline constexpr const char* object_path = "/org/example/IoPriority";

}  // namespace iopriority::bus
