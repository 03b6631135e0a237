// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/reading.hpp"

#include "kernel/threads.hpp"

namespace iopriority::cli {

Expected<kernel::Description> read_process(const kernel::Process& process) {
    const auto threads = kernel::ProcThreads::open(process);
    if (!threads) {
        return threads.failure();
    }
    kernel::Survey survey;
    (*threads)->rewind();
    while (!survey.step(**threads)) {
    }
    // By number: what was read counts only if the process still owned it afterwards.
    auto description = survey.result();
    if (!description || !process.owns_number() || !process.running()) {
        return process.ended();
    }
    return *std::move(description);
}

bool is_default(const kernel::Description& description) {
    return description.uniform() && description.set == Priority::none();
}

std::string shown(const kernel::Description& description) {
    if (description.uniform()) {
        return description.set.to_string();
    }
    std::string text;
    for (const auto& [priority, threads] : description.breakdown) {
        text += (text.empty() ? "" : ",") + priority + "(" + std::to_string(threads) + ")";
    }
    return text;
}

}  // namespace iopriority::cli
