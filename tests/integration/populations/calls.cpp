// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "calls.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace iopriority::test {

namespace {

std::vector<std::string> words_in(const std::string& text) {
    std::istringstream stream{text};
    std::vector<std::string> all;
    for (std::string word; stream >> word;) {
        all.push_back(word);
    }
    return all;
}

Level level_of(const std::string& io_class, const std::string& level) {
    static const std::vector<std::string> classes{"none", "realtime", "best-effort", "idle"};
    const auto found = std::find(classes.begin(), classes.end(), io_class);
    if (found == classes.end()) {
        throw std::runtime_error("no class: " + io_class);
    }
    return {static_cast<int>(found - classes.begin()), std::stoi(level)};
}

unsigned number(const std::string& word) {
    return static_cast<unsigned>(std::stoul(word));
}

/// "best-effort:4"
std::string priority_of(const Level& level) {
    return level.io_class == 0 ? "none" : words(level);
}

Outcome outcome_of(const Answer& answer) {
    Outcome outcome;
    outcome.error = answer.words.starts_with("ok") ? "" : answer.words;
    outcome.text = answer.words + (answer.text.empty() ? "" : " (" + answer.text + ')');
    return outcome;
}

std::vector<std::string> values_in(const Answer& answer) {
    auto values = words_in(answer.words);
    values.erase(values.begin());  // "ok"
    return values;
}

// -- org.example.IoPriority.Extended1
// --------------------------------------------------------------------------------------------------------------------

On target_of(const Request& request) {
    const auto number = static_cast<pid_t>(request.target);
    const auto target = [&] {
        switch (request.kind) {
            case Kind::process:
                return on::process(number);
            case Kind::tree:
                return on::tree(number);
            case Kind::list:
                return on::processes(request.members);
            case Kind::pidfd:
                return on::pidfd(number);
            case Kind::group:
                return on::group(number);
            case Kind::user:
                return on::user(request.target);
        }
        throw std::logic_error("no such kind");
    }();
    return request.keep_explicit ? target.with("keep-explicit") : target;
}

Reply reply_to(Client& client, const Request& request) {
    const auto target = target_of(request);
    switch (request.verb) {
        case Verb::set:
            return client.set(target, priority_of(request.wanted));
        case Verb::hold:
            return client.try_hold(target, priority_of(request.wanted));
        case Verb::describe:
            return client.describe(target);
        case Verb::get:
            break;
    }
    throw std::logic_error("Get is of the plain interface");
}

std::map<std::string, unsigned> counts_of(const Reply& reply, const std::string& place) {
    std::map<std::string, unsigned> counts;
    for (const auto& [priority, threads] : reply.counts(place)) {
        counts[priority] = static_cast<unsigned>(threads);
    }
    return counts;
}

Details details_of(const Reply& reply) {
    Details details;
    details.set = level_of(reply["io-class"], reply["level"]);
    details.effective = level_of(reply["effective-class"], reply["effective-level"]);
    details.uniform = reply["uniform"] == "1";
    details.breakdown = counts_of(reply, "breakdown");
    return details;
}

void take_extended_reply(const Request& request, const Reply& reply, Outcome& outcome) {
    outcome.processes = number(reply["processes"]);
    outcome.threads = number(reply["threads"]);
    outcome.hold = reply.hold;
    if (request.verb == Verb::describe) {
        outcome.details = details_of(reply);
    } else {
        outcome.is_of_a_setting = true;
        outcome.before = reply["before"];
        outcome.left_alone = counts_of(reply, "left-alone");
        outcome.before_counts = counts_of(reply, "before-breakdown");
    }
}

}  // namespace

Outcome Callers::by_plain_interface(const Request& request) {
    auto& caller = request.who == Who::root ? plain_root_ : plain_alice_;
    const auto target = std::to_string(request.target);
    const std::string arguments = target + ' ' + words_of(priority_of(request.wanted));
    const auto answer = caller.call(request.verb == Verb::get    ? "Get u " + target
                                    : request.kind == Kind::user ? "SetUser usu " + arguments
                                                                 : "SetProcess usu " + arguments);
    auto outcome = outcome_of(answer);
    if (!outcome.error.empty()) {
        return outcome;
    }
    const auto values = values_in(answer);
    if (request.verb == Verb::get) {
        outcome.level = level_of(values.at(0), values.at(1));
    } else {
        outcome.threads = number(values.back());
        if (request.kind == Kind::user) {
            outcome.processes = number(values.at(0));
        }
    }
    return outcome;
}

Outcome Callers::perform(const Request& request) {
    if (request.plain) {
        return by_plain_interface(request);
    }
    const auto reply = reply_to(client(request.who), request);
    auto outcome = outcome_of(reply);
    if (outcome.error.empty()) {
        take_extended_reply(request, reply, outcome);
    }
    return outcome;
}

void Callers::end_hold(const Request& request, const Outcome& held, unsigned left) {
    client(request.who).close(held.hold.value());
    if (!holds_become(left)) {
        throw std::runtime_error("a hold does not end");
    }
}

}  // namespace iopriority::test
