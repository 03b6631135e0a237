// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/traffic.hpp"

#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <tuple>

#include "cli/arguments.hpp"
#include "cli/messages.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

namespace {

using process::Rates;

/// The name of an order, and what rows are sorted by: the greatest comes first.
struct OrderRow {
    const char* name;
    std::uint64_t (*weight)(const Rates&);
};
constexpr std::array<OrderRow, 4> orders{{
    {translatable("by traffic"), [](const Rates& rates) { return rates.total(); }},
    {translatable("by reads"), [](const Rates& rates) { return rates.read; }},
    {translatable("by writes"), [](const Rates& rates) { return rates.written; }},
    {translatable("by process id"), [](const Rates&) { return std::uint64_t{0}; }},
}};

const OrderRow& row_of(TrafficOrder order) {
    return orders.at(static_cast<std::size_t>(order));
}

}  // namespace

bool is_of_interest(const TrafficRow& row) {
    return (row.rates && row.rates->total() > 0) || (row.details && !is_default(*row.details));
}

std::string order_text(TrafficOrder order) {
    return tr(row_of(order).name);
}

void sort(std::vector<TrafficRow>& rows, TrafficOrder order) {
    const auto key = [order](const TrafficRow& row) {
        const bool unknown = order != TrafficOrder::pid && !row.rates;
        // The greatest weight comes first.
        return std::tuple(unknown, ~(row.rates ? row_of(order).weight(*row.rates) : 0), row.pid, row.start_ticks);
    };
    std::ranges::sort(rows, {}, key);
}

std::string priority_text(const TrafficRow& row) {
    return row.details ? shown(row.details->breakdown) : "?";
}

std::string time_text(const char* format, bool utc) {
    std::array<char, 32> text{};
    const std::time_t now = std::time(nullptr);
    tm parts{};
    static_cast<void>(utc ? ::gmtime_r(&now, &parts) : ::localtime_r(&now, &parts));
    return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

std::string rate_text(std::optional<std::uint64_t> rate) {
    if (!rate) {
        return "-";
    }
    constexpr std::uint64_t longest = 1000;  // numbers with more digits use the next unit
    constexpr std::uint64_t step = 1024;
    constexpr std::array<char, 6> units{'K', 'M', 'G', 'T', 'P', 'E'};
    std::uint64_t whole = *rate;
    std::uint64_t rest = 0;
    std::string unit;
    for (std::size_t i = 0; whole >= longest; ++i) {
        rest = whole % step;
        whole /= step;
        unit = units.at(i);
    }
    const std::string tenths = !unit.empty() && whole < 10 ? "." + std::to_string(rest * 10 / step) : "";
    return std::to_string(whole) + tenths + unit;
}

std::array<std::string, 6> cells_of(const TrafficRow& row) {
    const auto rate = [&](std::uint64_t Rates::*which) {
        return rate_text(row.rates ? std::optional((*row.rates).*which) : std::nullopt);
    };
    return {std::to_string(row.pid), row.user, priority_text(row), rate(&Rates::read), rate(&Rates::written), row.name};
}

const std::string& TrafficReader::user(uid_t uid) {
    const auto known = users_.find(uid);
    return (known != users_.end() ? known : users_.emplace(uid, user_name(uid)).first)->second;
}

Traffic TrafficReader::read(process::Sampler::Which which) {
    const auto sample = sampler_.take(which).value();
    const auto rates = meter_.measure(sample);
    Traffic traffic;
    for (std::size_t i = 0; i < rates.size(); ++i) {
        const auto& process = sample.processes[i];
        traffic.hidden += process.io ? 0U : 1U;
        traffic.rows.push_back({process, user(process.real_uid), std::nullopt, rates[i]});
    }
    return traffic;
}

bool TrafficReader::describe(TrafficRow& row) {
    auto found = direct_->serve({client::What::describe, Target::process(row.pid)});
    if (found) {  // otherwise it has ended meanwhile
        row.details = std::move(*found).details;
    }
    return found.has_value();
}

std::string hidden_text(const Traffic& traffic, std::string_view again) {
    if (!process::counts_traffic()) {
        return tr("this kernel does not count what processes read and write (%1)", "CONFIG_TASK_IO_ACCOUNTING");
    }
    if (traffic.hidden == 0 || ::geteuid() == 0) {
        return "";  // nothing can be done about what is hidden even from root
    }
    return tr_n(traffic.hidden, "the traffic of %1 process (\"-\") is shown to root only: %2",
                "the traffic of %1 processes (\"-\") is shown to root only: %2", traffic.hidden,
                "sudo " + std::string(again));
}

}  // namespace iopriority::cli
