// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "request.hpp"

#include <algorithm>

namespace iopriority::test {

namespace {

constexpr int small_requests = 12;  // under each of the rules
constexpr int user_requests = 4;
constexpr int realtime = 1;
constexpr int best_effort = 2;

std::string words(Kind kind) {
    static const std::vector<std::string> all{"process", "pidfd", "tree", "list", "group", "user"};
    return all.at(static_cast<std::size_t>(kind));
}

std::string words(Verb verb) {
    static const std::vector<std::string> all{"set", "hold", "get", "describe"};
    return all.at(static_cast<std::size_t>(verb));
}

Level random_level(Dice& dice, std::size_t realtime_percent) {
    if (dice.chance(realtime_percent)) {
        return {realtime, dice.between(0, 7)};
    }
    const int io_class = std::vector<int>{0, best_effort, best_effort, 3}.at(dice.below(4));
    return {io_class, io_class == best_effort ? dice.between(0, 7) : 0};
}

class Draw {
 public:
    Draw(Dice& dice, const Population& population, const World& world, const Users& users)
        : dice_{dice}, processes_{population.processes()}, world_{world}, users_{users} {
        for (std::size_t i = 0; i < processes_.size(); ++i) {
            const auto& plan = population.plan().processes[i];
            if (plan.parent >= 0) {
                parents_.push_back(processes_[static_cast<std::size_t>(plan.parent)]);
            }
            if (plan.own_group) {
                groups_.push_back(processes_[i]);
            }
        }
    }

    Request small(Rules rules) {
        Request request = by_somebody(rules);
        request.verb =
            std::vector{Verb::set, Verb::set, Verb::set, Verb::hold, Verb::get, Verb::describe}.at(dice_.below(6));
        if (request.verb != Verb::get) {
            request.kind =
                std::vector{Kind::process, Kind::process, Kind::pidfd, Kind::tree, Kind::list, Kind::group}.at(
                    dice_.below(6));
        }
        request.plain = request.kind == Kind::process &&
                        (request.verb == Verb::get || (request.verb == Verb::set && dice_.chance(50)));
        request.target = static_cast<std::uint32_t>(target_of(request.kind));
        if (request.kind == Kind::list) {
            request.members = some_members();
        }
        if (request.verb == Verb::hold && dice_.chance(50)) {
            request.second = random_level(dice_, 0);
            request.second_ends_first = dice_.chance(50);
        }
        request.keep_explicit = may_keep_explicit(request) && dice_.chance(25);
        return request;
    }

    Request user(Rules rules) {
        Request request = by_somebody(rules);
        request.kind = Kind::user;
        request.verb = std::vector{Verb::describe, Verb::hold, Verb::set, Verb::set, Verb::set}.at(dice_.below(5));
        request.target = dice_.one_of(request.verb == Verb::describe ? std::vector{users_.alice, users_.bob}
                                                                     : std::vector{users_.alice, users_.bob, uid_t{0}});
        request.keep_explicit = may_keep_explicit(request) && dice_.chance(40);
        request.plain = request.verb == Verb::set && !request.keep_explicit && dice_.chance(50);
        return request;
    }

 private:
    Request by_somebody(Rules rules) {
        const bool rules_for_realtime = rules == Rules::realtime || rules == Rules::other_users_realtime;
        return {.who = dice_.chance(75) ? Who::alice : Who::root,
                .rules = rules,
                .wanted = random_level(dice_, rules_for_realtime ? 60 : 15)};
    }

    static bool may_keep_explicit(const Request& request) {
        return (request.verb == Verb::set || request.verb == Verb::hold) && !request.plain && !request.second &&
               request.wanted.io_class != realtime;
    }

    std::vector<pid_t> some_members() {
        std::vector<pid_t> members;
        for (int left = dice_.between(1, 12); left > 0; --left) {
            members.push_back(dice_.one_of(processes_));
        }
        if (dice_.chance(30)) {
            members.push_back(members.front());
        }
        return members;
    }

    pid_t target_of(Kind kind) {
        if (kind == Kind::tree && !parents_.empty() && dice_.chance(80)) {
            return dice_.one_of(parents_);
        }
        if (kind == Kind::group) {
            const bool any = groups_.empty() || dice_.chance(10);  // most are in one large group
            return any ? world_.processes.at(dice_.one_of(processes_)).group : dice_.one_of(groups_);
        }
        return dice_.one_of(processes_);
    }

    Dice& dice_;
    const std::vector<pid_t>& processes_;
    const World& world_;
    Users users_;
    std::vector<pid_t> parents_;
    std::vector<pid_t> groups_;
};

}  // namespace

std::string words(Rules rules) {
    static const std::vector<std::string> all{"nothing", "set-realtime", "set-other-users", "set-other-users for bob",
                                              "set-other-users-realtime"};
    return all.at(static_cast<std::size_t>(rules));
}

std::string words(const Request& request) {
    std::string text = request.who == Who::root ? "root" : "alice (polkit allows " + words(request.rules) + ')';
    text += ": " + words(request.verb) + ' ' + words(request.kind) + ' ' + std::to_string(request.target);
    for (const auto member : request.members) {
        text += ' ' + std::to_string(member);
    }
    if (request.verb == Verb::set || request.verb == Verb::hold) {
        text += " to " + words(request.wanted);
    }
    if (request.second) {
        text += ", within it to " + words(*request.second) + (request.second_ends_first ? ", which ends first" : "");
    }
    return text + (request.keep_explicit ? ", keep-explicit" : "") + (request.plain ? " (plain interface)" : "");
}

std::vector<Request> make_requests(Dice& dice, const Population& population, const World& world, const Users& users) {
    Draw draw{dice, population, world, users};
    std::vector<Request> requests;
    auto order = all_rules;
    dice.shuffle(order);
    for (const auto rules : order) {
        for (int i = 0; i < small_requests; ++i) {
            requests.push_back(draw.small(rules));
        }
    }
    dice.shuffle(order);
    for (const auto rules : order) {
        for (int i = 0; i < user_requests; ++i) {
            requests.push_back(draw.user(rules));
        }
        requests.push_back(draw.small(rules));
    }
    return requests;
}

}  // namespace iopriority::test
