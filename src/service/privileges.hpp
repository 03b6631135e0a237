// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The privileges of the daemon: one capability, as a user of its own.
#pragma once

#include <string>

#include "values/expected.hpp"

namespace iopriority::service {

/// Keeps CAP_SYS_NICE and nothing else. Started as root (where there is no systemd to do it), becomes this user first.
/// @return why it cannot: then the daemon must not go on.
/// @param runtime_directory is made, for that user alone, if it is started as root.
Expected<std::monostate> keep_only_sys_nice(const std::string& user, const std::string& runtime_directory);

/// Whether the kernel takes CAP_SYS_NICE for enough for the realtime class (Linux 5.10 and later do). Tried on the
/// calling thread, which has nothing set before and after.
[[nodiscard]] bool kernel_grants_realtime();

/// Whether the calling process is in the user namespace that the system began with. In any other (PrivateUsers= of its
/// unit, some containers) the kernel does not count its capability.
[[nodiscard]] bool in_initial_user_namespace();

/// What the kernel will refuse although the service has its capability, why, and what to do.
/// @return empty if it will refuse nothing
[[nodiscard]] std::string expected_refusals(bool grants_realtime, bool initial_user_namespace);

}  // namespace iopriority::service
