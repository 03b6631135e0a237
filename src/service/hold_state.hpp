// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What is stored about the holds on a process, to end them properly after a crash: text in the runtime directory of
/// the service, one file for each process.
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

/// Whose a hold is, and by what its end is judged.
struct Holder {
    uid_t uid = 0;
    std::uint64_t began = 0;  ///< in ticks after boot
    policy::Grant grant;

    friend bool operator==(const Holder&, const Holder&) = default;
};

struct HoldState {
    process::ProcessKey key;
    engine::HoldStack stack;
    std::map<engine::HoldId, Holder> holders;  ///< of each hold

    friend bool operator==(const HoldState&, const HoldState&) = default;
};

[[nodiscard]] std::string to_text(const HoldState& state);

/// Nothing for a text that is cut off or in which something is wrong.
[[nodiscard]] std::optional<HoldState> parse_hold_state(std::string_view text);

}  // namespace iopriority::service
