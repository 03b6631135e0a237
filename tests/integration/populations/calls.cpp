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

/// "best-effort 4"
std::string bus_words(const Level& level) {
    return words_of(level.io_class == 0 ? "none" : words(level));
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

// -- org.example.IoPriority.Extended1: to be written anew when its methods are
// ------------------------------------------

std::string extended_set(const Request& request) {
    const auto target = std::to_string(request.target) + ' ' + bus_words(request.wanted);
    switch (request.kind) {
        case Kind::process:
            return "SetProcess usua " + target + " 0";
        case Kind::tree:
            return "SetProcess usua " + target + " 1 descendants b true";
        case Kind::pidfd:
            return "SetProcessByPidfd hsua pidfd:" + target + " 0";
        case Kind::group:
            return "SetProcessGroup usua " + target + " 0";
        case Kind::user:
            return "SetUser usua " + target + (request.keep_explicit ? " 1 keep-explicit b true" : " 0");
    }
    throw std::logic_error("no such kind");
}

std::string extended_describe(const Request& request) {
    const auto target = std::to_string(request.target);
    switch (request.kind) {
        case Kind::process:
            return "DescribeProcess u " + target;
        case Kind::pidfd:
            return "DescribeProcessByPidfd h pidfd:" + target;
        case Kind::group:
            return "DescribeProcessGroup u " + target;
        case Kind::user:
            return "DescribeUser u " + target;
        case Kind::tree:
            break;
    }
    throw std::logic_error("trees are not described");
}

/// Only processes can be held.
std::string extended_hold(const Request& request) {
    return "HoldProcess usua " + std::to_string(request.target) + ' ' + bus_words(request.wanted) + " 0";
}

std::string extended_call(const Request& request) {
    switch (request.verb) {
        case Verb::set:
            return extended_set(request);
        case Verb::hold:
            return extended_hold(request);
        case Verb::describe:
            return extended_describe(request);
        case Verb::get:
            break;
    }
    throw std::logic_error("Get is of the plain interface");
}

/// Keys and values one after the other, by key; "breakdown" has pairs of its own.
void take_details(const std::vector<std::string>& values, Outcome& outcome) {
    const auto after = [&](const std::string& key) {
        const auto found = std::find(values.begin(), values.end(), key);
        if (values.end() - found < 2) {
            throw std::runtime_error("no " + key + " in: " + outcome.text);
        }
        return found + 1;
    };
    Details details;
    details.set = level_of(*after("io-class"), *after("level"));
    details.effective = level_of(*after("effective-class"), *after("effective-level"));
    details.uniform = *after("uniform") == "1";
    for (auto pair = after("breakdown"); pair + 1 < values.end() && *pair != "effective-class"; pair += 2) {
        details.breakdown[*pair] = number(*(pair + 1));
    }
    outcome.processes = number(*after("processes"));
    outcome.threads = number(*after("threads"));
    outcome.details = details;
}

void take_extended_answer(const Request& request, const std::vector<std::string>& values, Outcome& outcome) {
    if (request.verb == Verb::describe) {
        take_details(values, outcome);
    } else if (request.verb == Verb::hold) {
        outcome.hold = std::stoi(values.at(0));
    } else {
        outcome.processes = number(values.at(0));
        outcome.threads = number(values.at(1));
    }
}

bool holds_become(unsigned number) {
    return leases_become(number);
}

}  // namespace

Outcome Callers::by_plain_interface(const Request& request) {
    auto& caller = request.who == Who::root ? plain_root_ : plain_alice_;
    const auto target = std::to_string(request.target);
    const std::string arguments = target + ' ' + bus_words(request.wanted);
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
    const auto answer = client(request.who).call(extended_call(request));
    auto outcome = outcome_of(answer);
    if (outcome.error.empty()) {
        take_extended_answer(request, values_in(answer), outcome);
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
