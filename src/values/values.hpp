// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Checked conversions between text, value and the kernel's integer; and the one table of errors.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include <iopriority/priority.hpp>

#include "values/expected.hpp"

namespace iopriority::values {

/// Like Priority::from, without an exception.
Expected<Priority> from_bus(std::string_view io_class, std::uint32_t level);

/// The integer that ioprio_set(2) takes. Built from class and level alone: never from a value that was read.
/// Layout: class << 13 | level (include/uapi/linux/ioprio.h of Linux; the bits between are hints, always 0 here).
[[nodiscard]] int to_kernel(Priority priority) noexcept;

/// What ioprio_get(2) returned, masked: hints are left out, any reading of class none is none (Linux before 5.15 says
/// "none 4"), idle has no level. A class this program does not know reads as none.
[[nodiscard]] Priority from_kernel(int value) noexcept;

/// Of two such values, without the hints.
[[nodiscard]] inline bool is_same(int a, int b) {
    return from_kernel(a) == from_kernel(b);
}

[[nodiscard]] inline bool is_realtime(int value) {
    return from_kernel(value).io_class() == PriorityClass::realtime;
}

/// Whether its priorities differ by a level: realtime and best-effort.
[[nodiscard]] bool has_level(PriorityClass io_class) noexcept;

/// One row of the table of errors.
struct ErrorInfo {
    ErrorCode code;
    const char* dbus_name;
    int exit_status;  ///< of ioprioctl
    int error;        ///< errno value that the functions for C return
    /// An exception of its class.
    std::exception_ptr (*make)(ErrorCode code, const std::string& dbus_name, const std::string& message);
};

[[nodiscard]] const ErrorInfo& info(ErrorCode code) noexcept;
/// An exception of the class that belongs to the code.
[[nodiscard]] std::exception_ptr exception_of(ErrorCode code, const std::string& dbus_name, const std::string& message);
/// The code of a D-Bus error name; failed for a name that is not in the table.
[[nodiscard]] ErrorCode code_of(std::string_view dbus_name) noexcept;

}  // namespace iopriority::values
