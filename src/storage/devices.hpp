// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Block devices, and what their I/O scheduler makes of an I/O priority.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <iopriority/details.hpp>

#include "values/expected.hpp"

namespace iopriority::storage {

// Measured: `none` and `kyber` ignore a priority, mq-deadline orders by class and not by level (since Linux
// 5.14, before that by neither), bfq by both.
using iopriority::Honours;

/// "nothing", "classes" or "all".
[[nodiscard]] std::string_view to_string(Honours honours) noexcept;

/// An unknown scheduler counts as honouring nothing.
[[nodiscard]] Honours honoured_by(std::string_view scheduler) noexcept;

using iopriority::Device;

/// The scheduler in use, from the text of queue/scheduler, such as "none [mq-deadline] kyber"; "none" if the text names
/// no scheduler or does not have that form.
[[nodiscard]] std::string active_scheduler(std::string_view text);

/// The schedulers that the text of queue/scheduler lists, if one of them is in use: the text of a device that has no
/// choice is a plain "none".
[[nodiscard]] std::vector<std::string> available_schedulers(std::string_view text);

/// The name of a device, from that of its directory in /sys/block, where "/" stands as "!"; made safe to display.
[[nodiscard]] std::string device_name(std::string_view directory);

/// @param directory its name in /sys/block
/// @param schedulers the text of its queue/scheduler
[[nodiscard]] Device device_of(std::string_view directory, std::string_view schedulers);

/// The block devices that have a size (an unused loop device has none), by name.
/// @param directory /sys/block, or what a test uses instead.
[[nodiscard]] Expected<std::vector<Device>> list_devices(const std::string& directory = "/sys/block");

}  // namespace iopriority::storage
