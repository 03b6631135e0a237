// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// From what a request says it is about to the processes that are.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "engine/target.hpp"
#include "process/unique_fd.hpp"
#include "service/callers.hpp"
#include "service/units.hpp"

namespace iopriority::service {

/// What a request is about, in the words of the bus, checked as far as that takes no look at the system.
struct TargetSpec {
    enum class Kind : std::uint8_t { process, pidfd, group, user, unit, user_unit };

    Kind kind = Kind::process;
    std::uint32_t id = 0;  ///< of a process, group or user
    /// Shared: a descriptor cannot be copied, functions are.
    std::shared_ptr<process::UniqueFd> pidfd{};
    std::string unit{};
    bool descendants = false;  ///< of a process

    /// invalid_argument that names what is wrong. Nothing has been asked or done then.
    [[nodiscard]] Expected<std::monostate> check() const;
};

class Targets {
 public:
    using Handler = std::function<void(Expected<engine::Target>)>;

    /// @param units must outlive this.
    explicit Targets(Units& units) : units_(units) {}

    /// Pins what the request is about. Calls the handler once: at once, or when systemd has answered.
    void resolve(const TargetSpec& spec, const Caller& caller, Handler handler);

 private:
    Units& units_;
};

}  // namespace iopriority::service
