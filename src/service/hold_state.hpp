// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What is stored about the holds on a process, to end them properly after a crash: text in the runtime directory of
/// the service, one file per process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/hold_stack.hpp"
#include "policy/grant.hpp"

namespace iopriority::service {

/// The holder of a hold, and the grant that decides what may be restored at its end.
struct Holder {
    uid_t uid = 0;
    std::uint64_t began = 0;  ///< in ticks since boot
    policy::Grant grant;

    friend bool operator==(const Holder&, const Holder&) = default;
};

struct HoldState {
    process::ProcessKey key;
    std::uint64_t start = 0;  ///< of the process, in ticks since boot
    engine::HoldStack stack;
    std::map<engine::HoldId, Holder> holders;  ///< one for each hold, also for those that are past

    friend bool operator==(const HoldState&, const HoldState&) = default;
};

[[nodiscard]] std::string to_text(const HoldState& state);

/// Empty if the text is truncated or invalid.
[[nodiscard]] std::optional<HoldState> parse_hold_state(std::string_view text);

}  // namespace iopriority::service
