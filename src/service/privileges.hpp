// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The privileges of the daemon: one capability, and its own user.
#pragma once

#include <string>

#include "values/expected.hpp"

namespace iopriority::service {

/// Keeps only CAP_SYS_NICE. If started as root (without systemd to drop privileges), it becomes this user first.
/// @return why it cannot: then the daemon must not continue.
/// @param runtime_directory is created, for that user alone, if started as root.
Expected<std::monostate> keep_only_sys_nice(const std::string& user, const std::string& runtime_directory);

/// Whether the kernel accepts CAP_SYS_NICE for the realtime class (Linux 5.10 and later do). Tried on the calling
/// thread, which has no I/O priority set before and after.
[[nodiscard]] bool kernel_grants_realtime();

/// Whether the calling process is in the initial user namespace. In any other (PrivateUsers= in its unit, some
/// containers) its capability does not count for the kernel.
[[nodiscard]] bool in_initial_user_namespace();

/// What the kernel will refuse although the service has its capability, why, and what to do.
/// @return empty if it will refuse nothing
[[nodiscard]] std::string expected_refusals(bool grants_realtime, bool initial_user_namespace);

}  // namespace iopriority::service
