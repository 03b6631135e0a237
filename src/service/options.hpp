// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The daemon's command line.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "values/expected.hpp"

namespace iopriority::service {

struct Options {
    enum class Task : std::uint8_t { serve, help, version };
    Task task = Task::serve;
    std::chrono::milliseconds idle_timeout{60'000};
};

/// invalid_argument, with a message for the person who started it.
Expected<Options> parse_options(const std::vector<std::string>& arguments);

[[nodiscard]] const char* help_text() noexcept;

}  // namespace iopriority::service
