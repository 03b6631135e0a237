// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// From what went wrong to the exception that the caller gets.
#pragma once

#include <exception>
#include <string>

#include <iopriority/error.hpp>

#include "values/expected.hpp"

namespace iopriority::client {

/// An error as the bus has it: its name is kept, a text that does not say what to do gets a sentence that does.
[[nodiscard]] std::exception_ptr error_from_bus(const std::string& name, const std::string& message);

/// The system bus itself cannot be reached, of this machine or, if there is a host, of that one.
[[nodiscard]] std::exception_ptr no_bus(const std::string& name, const std::string& message,
                                        const std::string& host = {});

/// The Client was destroyed, or is about to be.
[[nodiscard]] Unavailable destroyed();

/// A child of fork(2) uses what its parent has begun: only the parent has the thread for it.
[[nodiscard]] Unavailable of_a_parent(pid_t parent);

[[nodiscard]] std::exception_ptr error_of(const Failure& failure);

}  // namespace iopriority::client
