// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The rules of the real polkitd, and what it is asked.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bus_message.hpp"

namespace iopriority::test {

/// Puts a rules file in place and waits until polkitd decides by it; the end of the test takes it away.
void set_rules(const std::string& javascript);
/// Takes the rules away, if there are any.
void reset_rules();

/// A rule that gives one result ("YES", "NO", "AUTH_ADMIN"...) for one action.
[[nodiscard]] std::string rule(const std::string& action, const std::string& result);

/// One question to polkit, as it went over the bus.
struct Check {
    std::string sender;
    std::string subject;  ///< what identifies it: for a bus name the name
    std::string action;
    std::map<std::string, std::string> details;
    bool interactive{false};
};

/// Sees every question to polkit from its construction on (the bus copies them to it).
class PolkitMonitor {
 public:
    PolkitMonitor();

    /// All questions since the last call, complete: everything that the bus has delivered before it was called.
    std::vector<Check> checks();
    /// Their actions only.
    std::vector<std::string> actions();

 private:
    Bus monitor_;
    Bus marker_;
    int marks_{0};
};

}  // namespace iopriority::test
