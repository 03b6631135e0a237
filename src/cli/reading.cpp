// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/reading.hpp"

#include <algorithm>

#include "kernel/effective.hpp"

namespace iopriority::cli {

namespace {

void add(Reading& reading, Priority set, Priority effective) {
    if (reading.kinds.empty() || kernel::served_before(effective, reading.effective)) {
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

unsigned Reading::threads() const {
    unsigned sum = 0;
    for (const auto& [priority, count] : kinds) {
        sum += count;
    }
    return sum;
}

bool Reading::is_default() const {
    return kinds.size() == 1 && kinds.front().first == Priority::none();
}

std::string Reading::to_string() const {
    if (kinds.size() == 1) {
        return kinds.front().first.to_string();
    }
    std::string text;
    for (const auto& [priority, count] : kinds) {
        text += (text.empty() ? "" : ",") + priority.to_string() + "(" + std::to_string(count) + ")";
    }
    return text;
}

std::optional<Reading> read_threads(kernel::ThreadGroup& threads) {
    Reading reading;
    std::vector<pid_t> tids;
    threads.rewind();
    while (threads.next(tids) == 0 && !tids.empty()) {
        for (const pid_t tid : tids) {
            const int value = threads.get(tid);
            const auto set = values::from_kernel(value);
            const auto used = value < 0 ? std::nullopt : threads.effective(tid, set);
            if (used) {
                add(reading, set, *used);
            }
        }
    }
    // By number: what was read counts only if the process still owned it afterwards.
    if (reading.kinds.empty() || !threads.owns_number() || !threads.running()) {
        return std::nullopt;
    }
    return reading;
}

Expected<Reading> read_process(const kernel::Process& process) {
    const auto threads = kernel::ProcThreads::open(process);
    if (!threads) {
        return threads.failure();
    }
    auto reading = read_threads(**threads);
    if (!reading) {
        return process.ended();
    }
    return *std::move(reading);
}

}  // namespace iopriority::cli
