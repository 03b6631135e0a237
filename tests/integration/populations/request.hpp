// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// One request to the service, as a value: who asks, under which polkit rules, for what.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dice.hpp"
#include "population.hpp"
#include "world.hpp"

namespace iopriority::test {

enum class Verb { set, hold, get, describe };
enum class Kind { process, pidfd, tree, list, group, user };
enum class Who { alice, root };
/// What polkit allows without asking anybody; all else would need a password.
enum class Rules { nothing, realtime, other_users, other_users_if_bob, other_users_realtime };

inline const std::vector<Rules> all_rules{Rules::nothing, Rules::realtime, Rules::other_users,
                                          Rules::other_users_if_bob, Rules::other_users_realtime};

struct Request {
    Who who{};
    Rules rules{};
    Verb verb{};
    Kind kind{};
    std::uint32_t target{};
    std::vector<pid_t> members{};  ///< of a list; some stand in it twice
    Level wanted{};
    bool keep_explicit{false};
    bool plain{false};  ///< by the plain interface
    /// Of a hold: another one within it, to this, and which of them ends first.
    std::optional<Level> second{};
    bool second_ends_first{false};
};

/// For failures: "alice (polkit allows nothing): set tree 812 to idle".
[[nodiscard]] std::string words(const Request& request);
[[nodiscard]] std::string words(Rules rules);

/// First processes, trees and groups under each of the rules, then users, who leave nothing as it was.
[[nodiscard]] std::vector<Request> make_requests(Dice& dice, const Population& population, const World& world,
                                                 const Users& users);

}  // namespace iopriority::test
