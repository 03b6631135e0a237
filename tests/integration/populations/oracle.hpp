// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What a request must come to. A pure function over what the kernel says before it, written from the contract alone:
/// nothing of src is used.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "request.hpp"
#include "world.hpp"

namespace iopriority::test {

struct Expectation {
    std::string_view error;   ///< its name; empty: success
    std::string_view action;  ///< what polkit is asked for; empty: it is not asked
    unsigned processes{0};
    unsigned threads{0};
    /// For each thread of the world what it may have afterwards, the likeliest first.
    std::vector<std::vector<int>> values;
    std::map<std::string, unsigned> before;      ///< of settings; empty: it cannot be told
    std::map<std::string, unsigned> left_alone;  ///< threads that keep a priority of their own, members that have ended
    // Of readings:
    std::set<Level> highest;  ///< what is set on the threads that count as the highest (there may be several)
    Level effective;
    std::map<std::string, unsigned> breakdown;
};

[[nodiscard]] Expectation expectation_of(const World& world, const Request& request, const Users& users);

/// Whether a user who has no capabilities may set the thread (not to realtime) without asking anybody.
[[nodiscard]] bool is_ones_own(const Thread& thread, uid_t caller);

/// Why a thread is or is not among those that need more, for failures.
[[nodiscard]] std::string words(const Thread& thread, const Users& users);

}  // namespace iopriority::test
