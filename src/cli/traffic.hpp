// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Processes with their traffic and their priority: what list --watch and monitor show.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"
#include "client/direct.hpp"
#include "process/traffic.hpp"

namespace iopriority::cli {

struct TrafficRow : process::ProcessSample {
    std::string user;                     ///< safe to display
    std::optional<Details> details;       ///< nothing until they have been read
    std::optional<process::Rates> rates;  ///< nothing if not known
};

/// Whether it has traffic, or a priority of its own as far as its details were read.
[[nodiscard]] bool is_of_interest(const TrafficRow& row);

enum class TrafficOrder : std::uint8_t { total, reads, writes, pid };
/// "by traffic"
[[nodiscard]] std::string order_text(TrafficOrder order);

/// The greatest first, unknown values last; equal ones by process id.
void sort(std::vector<TrafficRow>& rows, TrafficOrder order);

/// What is set: as shown(Details), or "?".
[[nodiscard]] std::string priority_text(const TrafficRow& row);

/// Bytes per second in at most five characters: "0", "900", "1.5K", "20M"; K is 1024. "-" if it is not known.
[[nodiscard]] std::string rate_text(std::optional<std::uint64_t> rate);

/// What is shown of it: process id, user, priority, bytes read and written per second, command.
[[nodiscard]] std::array<std::string, 6> cells_of(const TrafficRow& row);

/// The current time, formatted by strftime(3).
[[nodiscard]] std::string time_text(const char* format, bool utc = false);

/// What was read at one moment.
struct Traffic {
    std::vector<TrafficRow> rows;
    unsigned hidden = 0;  ///< processes whose traffic this user may not see
};

/// Reads all processes repeatedly.
class TrafficReader {
 public:
    /// Reads everything except the details. Rates are known from the second call on. @throws Error
    [[nodiscard]] Traffic read(process::Sampler::Which which = process::Sampler::Which::all);
    /// Reads the details. @return whether the process still existed
    bool describe(TrafficRow& row);

 private:
    [[nodiscard]] const std::string& user(uid_t uid);

    std::unique_ptr<client::DirectBackend> direct_ = client::direct_backend();
    process::Sampler sampler_;
    process::TrafficMeter meter_;
    std::map<uid_t, std::string> users_;
};

/// Why some traffic is not known, and what to do about it; empty if all is known.
/// @param again the command to be run as root
[[nodiscard]] std::string hidden_text(const Traffic& traffic, std::string_view again);

}  // namespace iopriority::cli
