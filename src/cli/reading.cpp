// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/reading.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace iopriority::cli {

bool is_default(const Details& details) {
    return details.uniform() && details.set == Priority::none();
}

std::string shown(const Details& details) {
    if (details.uniform()) {
        return details.set.to_string();
    }
    std::vector<std::pair<std::string, unsigned>> parts(details.breakdown.begin(), details.breakdown.end());
    std::stable_sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    std::string text;
    for (const auto& [priority, threads] : parts) {
        text += (text.empty() ? "mixed (" : ", ") + std::to_string(threads) + " " + priority;
    }
    return text + ")";
}

}  // namespace iopriority::cli
