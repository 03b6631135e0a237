// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Processes with their traffic and their priority: what list --watch and monitor show.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <iopriority/client.hpp>

#include "cli/command.hpp"
#include "process/traffic.hpp"

namespace iopriority::cli {

struct TrafficRow {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;  ///< with the number it tells processes apart
    uid_t uid = 0;
    bool of_kernel = false;
    std::string user;                     ///< fit to be shown
    std::string command;                  ///< fit to be shown
    std::optional<Details> details;       ///< nothing as long as they were not read
    std::optional<process::Rates> rates;  ///< nothing if it is not known
};

/// It moves something, or has a priority of its own, as far as its details were read.
[[nodiscard]] bool is_of_interest(const TrafficRow& row);

enum class TrafficOrder : std::uint8_t { total, reads, writes, pid };
/// "by traffic"
[[nodiscard]] std::string order_text(TrafficOrder order);

/// The most first, what is not known last; among equals by number.
void sort(std::vector<TrafficRow>& rows, TrafficOrder order);

/// What is set: as shown(Details), or "?".
[[nodiscard]] std::string priority_text(const TrafficRow& row);

/// Bytes a second in at most five characters: "0", "900", "1.5K", "20M"; K is 1024. "-" if it is not known.
[[nodiscard]] std::string rate_text(std::optional<std::uint64_t> rate);

/// One of its rates; nothing if it is not known.
[[nodiscard]] std::optional<std::uint64_t> rate_of(const TrafficRow& row, std::uint64_t process::Rates::*which);

/// The time now, as strftime(3) has it.
[[nodiscard]] std::string time_text(const char* format, bool utc = false);

/// What was read at one moment.
struct Traffic {
    std::vector<TrafficRow> rows;
    unsigned hidden = 0;  ///< processes whose traffic this user may not see
};

/// Looks at all processes, again and again.
class TrafficReader {
 public:
    /// All but the details. Rates are known from the second time on. @throws Error
    [[nodiscard]] Traffic read();
    /// Reads the details. @return whether the process was there
    bool describe(TrafficRow& row);

 private:
    [[nodiscard]] const std::string& user(uid_t uid);

    Client client_;
    process::Sampler sampler_;
    process::TrafficMeter meter_;
    std::map<uid_t, std::string> users_;
};

/// Why some traffic is not known, and what to do; empty if all is.
/// @param again the command to be run as root
[[nodiscard]] std::string hidden_text(const Traffic& traffic, std::string_view again);

}  // namespace iopriority::cli
