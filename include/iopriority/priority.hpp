// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// An I/O priority as a value: a class and a level, as in ioprio_set(2).
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include <iopriority/export.hpp>

namespace iopriority {

/// The kernel's four I/O scheduling classes.
enum class PriorityClass : std::uint8_t {
    none,         ///< nothing set: the thread follows its CPU nice value and scheduling policy
    realtime,     ///< served before all others
    best_effort,  ///< the usual class
    idle,         ///< served when no other process needs the disk
};

/// The name of the class on the bus, in ionice(1) and in systemd.exec(5): "none", "realtime", "best-effort", "idle".
[[nodiscard]] IOPRIORITY_API std::string_view to_string(PriorityClass io_class) noexcept;

/// A class and, for realtime and best-effort, a level from 0 (served first) to 7 (served last).
///
/// A Priority is always valid: it is made by the functions below, which refuse what the kernel would misread
/// (ioprio_set(2) takes best-effort "8" for best-effort 0 with a hint). Default: none.
class IOPRIORITY_API Priority {
 public:
    static constexpr unsigned lowest_level = 7;  ///< the highest number: served last

    constexpr Priority() noexcept = default;

    /// Nothing set: resets a priority.
    [[nodiscard]] static constexpr Priority none() noexcept { return {}; }
    /// Served when no other process needs the disk.
    [[nodiscard]] static constexpr Priority idle() noexcept { return {PriorityClass::idle, 0}; }
    /// @throws InvalidArgument if level is above 7.
    [[nodiscard]] static Priority realtime(unsigned level);
    /// @throws InvalidArgument if level is above 7.
    [[nodiscard]] static Priority best_effort(unsigned level);

    /// From the two values of the bus.
    /// @param io_class "none", "realtime", "best-effort" or "idle", nothing else.
    /// @param level 0 to 7; 0 for "none" and "idle".
    /// @throws InvalidArgument that names the argument, its value and what is accepted.
    [[nodiscard]] static Priority from(std::string_view io_class, unsigned level);

    /// From text as people write it: CLASS or CLASS:LEVEL, or a word: "background" (idle), "low" (best-effort:7),
    /// "normal" (none), "high" (best-effort:0). Case is ignored; "rt" and "be" are realtime and best-effort,
    /// whose level is 4 if none is given, as in ionice(1).
    /// @throws InvalidArgument that says what is accepted.
    [[nodiscard]] static Priority parse(std::string_view text);

    /// Its class.
    [[nodiscard]] constexpr PriorityClass io_class() const noexcept { return class_; }
    /// Its level; 0 for none and idle.
    [[nodiscard]] constexpr unsigned level() const noexcept { return level_; }

    /// "none", "idle", "best-effort:4", "realtime:0": what parse() reads.
    [[nodiscard]] std::string to_string() const;

    /// Class and level.
    friend constexpr bool operator==(const Priority&, const Priority&) noexcept = default;

 private:
    constexpr Priority(PriorityClass io_class, std::uint8_t level) noexcept : class_(io_class), level_(level) {}

    PriorityClass class_ = PriorityClass::none;
    std::uint8_t level_ = 0;
};

}  // namespace iopriority
