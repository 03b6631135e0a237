// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Values in ranges.
#pragma once

#include <algorithm>
#include <vector>

namespace iopriority::values {

/// As std::ranges::contains of C++23.
template <typename Range, typename T>
[[nodiscard]] bool contains(const Range& range, const T& value) {
    return std::ranges::find(range, value) != std::ranges::end(range);
}

/// Appends what is not there yet.
template <typename T>
void add_once(std::vector<T>& all, const T& value) {
    if (!contains(all, value)) {
        all.push_back(value);
    }
}

}  // namespace iopriority::values
