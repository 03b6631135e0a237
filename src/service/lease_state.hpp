// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What must be known of the holds on a process to end them properly after a crash, as text in the service's runtime
/// directory: one file a process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/hold_stack.hpp"

namespace iopriority::service {

struct LeaseState {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;  ///< with pid, which process it is
    kernel::HoldStack stack;
    std::map<kernel::HoldId, uid_t> holders;  ///< of each hold

    friend bool operator==(const LeaseState&, const LeaseState&) = default;
};

[[nodiscard]] std::string to_text(const LeaseState& state);

/// Nothing for a text that is cut off or in which something is wrong.
[[nodiscard]] std::optional<LeaseState> parse_lease_state(std::string_view text);

}  // namespace iopriority::service
