// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Finds the processes that a request names.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/target.hpp"
#include "process/unique_fd.hpp"
#include "service/callers.hpp"
#include "service/units.hpp"

namespace iopriority::service {

/// What a request is about, in the words of the bus, checked as far as that takes no look at the system.
struct TargetSpec {
    enum class Kind : std::uint8_t { process, processes, pidfd, pidfds, group, user, unit, user_unit };
    /// In one list.
    static constexpr std::size_t most_processes = 4096;
    static constexpr std::size_t most_pidfds = 16;

    Kind kind = Kind::process;
    std::uint32_t id = 0;  ///< of a process, group or user
    std::vector<std::uint32_t> ids{};
    /// One or several. Shared: descriptors cannot be copied, functions are.
    std::shared_ptr<std::vector<process::UniqueFd>> pidfds{};
    std::string unit{};
    bool descendants = false;

    /// invalid_argument, or limits_exceeded, that names what is wrong. Nothing has been asked or done then.
    [[nodiscard]] Expected<std::monostate> check() const;
    /// It names processes, whose descendants can be meant as well.
    [[nodiscard]] bool is_of_processes() const noexcept { return kind <= Kind::pidfds; }
};

/// The words of the bus for the kinds, in the order of the enumeration.
inline constexpr std::array<const char*, 8> kind_names{"process", "processes", "pidfd", "pidfds",
                                                       "group",   "user",      "unit",  "user-unit"};
[[nodiscard]] inline const char* to_string(TargetSpec::Kind kind) noexcept {
    return kind_names.at(static_cast<std::size_t>(kind));
}

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
