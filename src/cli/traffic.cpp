// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/traffic.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "cli/arguments.hpp"
#include "cli/reading.hpp"
#include "cli/translation.hpp"

namespace iopriority::cli {

namespace {

/// What a row is sorted by: the greater the further up.
std::uint64_t weight(const kernel::Rates& rates, TrafficOrder order) {
    switch (order) {
        case TrafficOrder::reads:
            return rates.read;
        case TrafficOrder::writes:
            return rates.written;
        case TrafficOrder::total:
            return rates.total();
        case TrafficOrder::pid:
            break;
    }
    return 0;
}

}  // namespace

bool is_of_interest(const TrafficRow& row) {
    return (row.rates && row.rates->total() > 0) || (row.details && !is_default(*row.details));
}

std::string order_text(TrafficOrder order) {
    switch (order) {
        case TrafficOrder::reads:
            return tr("by reads");
        case TrafficOrder::writes:
            return tr("by writes");
        case TrafficOrder::pid:
            return tr("by process id");
        case TrafficOrder::total:
            break;
    }
    return tr("by traffic");
}

void sort(std::vector<TrafficRow>& rows, TrafficOrder order) {
    const auto key = [order](const TrafficRow& row) {
        const bool unknown = order != TrafficOrder::pid && !row.rates;
        // Of weights the greatest comes first.
        return std::tuple(unknown, ~(row.rates ? weight(*row.rates, order) : 0), row.pid, row.start_ticks);
    };
    std::sort(rows.begin(), rows.end(), [&](const TrafficRow& a, const TrafficRow& b) { return key(a) < key(b); });
}

std::string priority_text(const TrafficRow& row) {
    return row.details ? shown(*row.details) : "?";
}

std::string rate_text(std::optional<std::uint64_t> rate) {
    if (!rate) {
        return "-";
    }
    constexpr std::uint64_t longest = 1000;  // what has more digits is told in the next unit
    constexpr std::uint64_t step = 1024;
    constexpr std::array<char, 6> units{'K', 'M', 'G', 'T', 'P', 'E'};
    if (*rate < longest) {
        return std::to_string(*rate);
    }
    std::uint64_t whole = *rate;
    std::uint64_t rest = 0;
    std::size_t unit = 0;
    for (;; ++unit) {
        rest = whole % step;
        whole /= step;
        if (whole < longest) {
            break;
        }
    }
    const std::string tenths = whole < 10 ? "." + std::to_string(rest * 10 / step) : "";
    return std::to_string(whole) + tenths + units.at(unit);
}

const std::string& TrafficReader::user(uid_t uid) {
    const auto known = users_.find(uid);
    return (known != users_.end() ? known : users_.emplace(uid, user_name(uid)).first)->second;
}

Traffic TrafficReader::read() {
    const auto sample = sampler_.take();
    if (!sample) {
        throw Error(sample.failure().code, sample.failure().message);
    }
    const auto rates = meter_.measure(*sample);
    Traffic traffic;
    for (std::size_t i = 0; i < rates.size(); ++i) {
        const auto& process = sample->processes[i];
        traffic.hidden += process.io ? 0U : 1U;
        traffic.rows.push_back({process.pid, process.start_ticks, process.real_uid, process.of_kernel,
                                user(process.real_uid), process.name, std::nullopt, rates[i]});
    }
    return traffic;
}

bool TrafficReader::describe(TrafficRow& row) {
    try {
        row.details = client_.describe(Target::process(row.pid), {Route::kernel_only, false, {}});
        return true;
    } catch (const Error&) {
        return false;  // it has ended meanwhile
    }
}

std::string hidden_text(const Traffic& traffic, std::string_view again) {
    if (!kernel::counts_traffic()) {
        return tr("this kernel does not count what processes read and write (%1)", "CONFIG_TASK_IO_ACCOUNTING");
    }
    if (traffic.hidden == 0 || ::geteuid() == 0) {
        return "";  // of what is hidden from root nothing can be done
    }
    return tr_n(traffic.hidden, "the traffic of %1 process (\"-\") is shown to root only: %2",
                "the traffic of %1 processes (\"-\") is shown to root only: %2", traffic.hidden,
                "sudo " + std::string(again));
}

}  // namespace iopriority::cli
