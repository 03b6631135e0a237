// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The one rule: who, on whose thread, which priority -> which polkit action. Pure functions over values.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include <iopriority/priority.hpp>

#include "process/credentials.hpp"

namespace iopriority::policy {

/// In order of strictness; `none` needs no authorization.
enum class Action : std::uint8_t { none, set_realtime, set_other_users, set_other_users_realtime };

/// The action's name in the policy file; "-" for none.
[[nodiscard]] const char* id(Action action) noexcept;

/// Whether the kernel would let this user change a thread: its real uid is the user's, and it holds no capability that
/// the user lacks. Which capabilities a caller holds now cannot be known without a race (it may execute a setuid
/// program after its call), so only root counts as holding any.
[[nodiscard]] bool is_own(uid_t caller, const process::Credentials& thread) noexcept;

/// What a caller needs for setting a thread to this.
[[nodiscard]] Action required(uid_t caller, const process::Credentials& thread, Priority wanted) noexcept;

}  // namespace iopriority::policy
