// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Requests as calls on the bus. All that is known here of Extended1's methods is in calls.cpp.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "extended/cast.hpp"
#include "request.hpp"

namespace iopriority::test {

struct Details {
    Level set;
    Level effective;
    bool uniform{false};
    std::map<std::string, unsigned> breakdown;
};

/// What came back, of either interface.
struct Outcome {
    std::string error;  ///< its name; empty: success
    std::string text;   ///< the whole answer
    std::optional<unsigned> processes;
    std::optional<unsigned> threads;
    bool is_of_a_setting{false};  ///< in Extended1, so that the next three say something
    std::string before;           ///< of settings, in Extended1
    std::map<std::string, unsigned> left_alone;
    std::map<std::string, unsigned> before_counts;  ///< where it is "mixed"
    std::optional<Details> details;
    std::optional<Level> level;  ///< of Get
    std::optional<int> hold;     ///< a descriptor of the caller
};

/// alice and root, each with a connection for either interface.
class Callers {
 public:
    Outcome perform(const Request& request);
    /// Ends a hold; returns when the service has seen that, and so many are left.
    void end_hold(const Request& request, const Outcome& held, unsigned left);

 private:
    Outcome by_plain_interface(const Request& request);
    Client& client(Who who) { return who == Who::root ? root_ : alice_; }

    Caller plain_alice_{"alice"};
    Caller plain_root_{"root"};
    Client alice_{"alice"};
    Client root_{"root"};
};

}  // namespace iopriority::test
