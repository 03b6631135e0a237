// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The pure table: who, on whose process, which priority -> which action of polkit.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include <iopriority/priority.hpp>

#include "kernel/process.hpp"

namespace iopriority::authorization {

/// In order of strictness; none needs no question.
enum class Action : std::uint8_t { none, set_realtime, set_other_users, set_other_users_realtime };

/// The action's name in the policy file; "-" for none.
[[nodiscard]] const char* id(Action action) noexcept;

/// Whether the kernel would let the caller, unaided, change this process: its real uid is the caller's and it holds no
/// capability that the caller lacks. Which capabilities the caller holds now cannot be known without a race (it may
/// execute a setuid program after its call), so only root counts as holding any.
[[nodiscard]] bool is_own(uid_t caller, const kernel::Owner& target) noexcept;

[[nodiscard]] Action required(bool own, Priority priority) noexcept;

}  // namespace iopriority::authorization
