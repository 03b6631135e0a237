// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/reading.hpp"

#include <algorithm>

namespace iopriority::client {

namespace {

void add(Reading& reading, Priority set, Priority effective) {
    if (reading.kinds.empty() || kernel::served_before(effective, reading.effective)) {
        reading.highest = set;
        reading.effective = effective;
    }
    const auto kind = std::find_if(reading.kinds.begin(), reading.kinds.end(),
                                   [set](const auto& known) { return known.first == set; });
    if (kind == reading.kinds.end()) {
        reading.kinds.emplace_back(set, 1U);
    } else {
        ++kind->second;
    }
}

}  // namespace

std::optional<Reading> read_threads(kernel::ThreadGroup& threads,
                                    std::optional<Priority> (*effective)(pid_t, Priority) noexcept) {
    // A listing can leave threads out while others end. One that goes on doing so is taken as it is.
    constexpr int most_listings = 8;
    Reading reading;
    std::vector<pid_t> tids;
    for (int i = 0; i < most_listings; ++i) {
        reading = {};
        unsigned listed = 0;
        threads.rewind();
        while (threads.next(tids) == 0 && !tids.empty()) {
            for (const pid_t tid : tids) {
                ++listed;
                const int value = threads.get(tid);
                const auto set = values::from_kernel(value);
                const auto used = value < 0 ? std::nullopt : effective(tid, set);
                if (used) {
                    add(reading, set, *used);
                }
            }
        }
        if (!threads.owns_number() || !threads.running()) {
            return std::nullopt;
        }
        if (listed >= threads.count()) {
            break;
        }
    }
    return reading.kinds.empty() ? std::nullopt : std::optional(reading);
}

Expected<Reading> read_process(const kernel::Process& process) {
    const auto threads = kernel::ProcThreads::open(process);
    if (!threads) {
        return threads.failure();
    }
    auto reading = read_threads(**threads, kernel::effective);
    if (!reading) {
        return process.ended();
    }
    return *std::move(reading);
}

}  // namespace iopriority::client
