// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "comparison.hpp"

namespace iopriority::test {

namespace {

std::string differs(const std::string& what, const std::string& expected, const std::string& found) {
    return expected == found ? "" : "  " + what + ": expected " + expected + ", found " + found + '\n';
}

std::string number_differs(const std::string& what, unsigned expected, const std::optional<unsigned>& found) {
    return found ? differs(what, std::to_string(expected), std::to_string(*found)) : "";
}

std::string error_words(std::string_view error) {
    return error.empty() ? "success" : std::string{error};
}

std::string words(const std::map<std::string, unsigned>& breakdown) {
    std::string text;
    for (const auto& [priority, number] : breakdown) {
        text += (text.empty() ? "" : " ") + priority + '*' + std::to_string(number);
    }
    return text;
}

std::string compare_highest(const Level& found, const Expectation& expected) {
    return expected.highest.contains(found) ? "" : differs("highest", words(*expected.highest.begin()), words(found));
}

std::string compare_before(const Outcome& outcome, const Expectation& expected) {
    if (expected.before.empty()) {
        return "";
    }
    const bool mixed = expected.before.size() > 1;
    return differs("before", mixed ? "mixed" : expected.before.begin()->first, outcome.before) +
           differs("before-breakdown", mixed ? words(expected.before) : "", words(outcome.before_counts));
}

std::string compare_left_alone(const Outcome& outcome, const Expectation& expected) {
    return differs("left-alone", words(expected.left_alone), words(outcome.left_alone));
}

}  // namespace

std::string compare_answer(const Outcome& outcome, const Expectation& expected) {
    if (!outcome.error.empty() || !expected.error.empty()) {
        return differs("answer", error_words(expected.error), error_words(outcome.error));
    }
    auto wrong = number_differs("processes", expected.processes, outcome.processes) +
                 number_differs("threads", expected.threads, outcome.threads);
    if (outcome.is_of_a_setting) {
        wrong += compare_before(outcome, expected) + compare_left_alone(outcome, expected);
    }
    if (outcome.level) {
        wrong += compare_highest(*outcome.level, expected);
    }
    if (outcome.details) {
        const auto& details = *outcome.details;
        wrong += compare_highest(details.set, expected);
        wrong += differs("effective", words(expected.effective), words(details.effective));
        wrong += differs("breakdown", words(expected.breakdown), words(details.breakdown));
        wrong += differs("uniform", expected.breakdown.size() == 1 ? "yes" : "no", details.uniform ? "yes" : "no");
    }
    return wrong;
}

std::string compare_asked(const std::vector<std::string>& asked, const Expectation& expected) {
    std::string found;
    for (const auto& action : asked) {
        found += (found.empty() ? "" : " ") + action;
    }
    return differs("asked of polkit", expected.action.empty() ? "nothing" : std::string{expected.action},
                   found.empty() ? "nothing" : found);
}

}  // namespace iopriority::test
