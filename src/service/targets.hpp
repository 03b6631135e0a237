// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Finds the processes that a request names.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <iopriority/target.hpp>

#include "bus/names.hpp"
#include "engine/target.hpp"
#include "process/unique_fd.hpp"
#include "service/callers.hpp"
#include "service/units.hpp"

namespace iopriority::service {

/// The target of a request and its options, in the terms of D-Bus, checked as far as possible without querying the
/// system.
struct TargetSpec {
    using Kind = Target::Kind;  // that of the library

    Kind kind = Kind::process;
    std::uint32_t id = 0;  ///< of a process, group or user
    std::vector<std::uint32_t> ids{};
    /// One or several. Shared, because descriptors cannot be copied but functions are.
    std::shared_ptr<std::vector<process::UniqueFd>> pidfds{};
    std::string unit{};
    bool descendants = false;
    bool keep_explicit = false;
    bool interactive = false;  ///< polkit may ask a person

    /// invalid_argument or limits_exceeded, naming what is wrong. Nothing has been queried or done then.
    [[nodiscard]] Expected<std::monostate> check() const;
};

[[nodiscard]] inline const char* to_string(TargetSpec::Kind kind) noexcept {
    return bus::kind_names.at(static_cast<std::size_t>(kind));
}

/// Pins the target of a request. Calls the handler once: immediately, or when systemd has replied.
void resolve(const TargetSpec& spec, const Caller& caller, Units& units,
             std::function<void(Expected<engine::Target>)> handler);

}  // namespace iopriority::service
