// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Populations from a seed, changed by every method and read back thread by thread: no wrong answer, no thread missed,
// none changed that was not to be. What must be is said by the oracle (oracle.hpp).
//
// IOPRIORITY_SEED=N begins with this seed, IOPRIORITY_POPULATIONS=N takes so many seeds:
//   IOPRIORITY_SEED=7 IOPRIORITY_POPULATIONS=1 integration_populations_test     # replays one
//   IOPRIORITY_SEED=1000 IOPRIORITY_POPULATIONS=200 integration_populations_test
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <numeric>
#include <optional>

#include "calls.hpp"
#include "comparison.hpp"
#include "oracle.hpp"
#include "population.hpp"
#include "request.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"
#include "world.hpp"

namespace iopriority::test {
namespace {

constexpr std::uint64_t default_seed = 1;
constexpr std::uint64_t default_populations = 6;
constexpr std::size_t most_threads_shown = 4;
constexpr std::size_t most_requests_shown = 25;
#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t single_threads = 200;  // a fork takes 30 ms there
#else
constexpr std::size_t single_threads = 2000;
#endif
constexpr std::size_t threads = 2000;
constexpr std::uint64_t kinds_of_populations = 6;  // one is of single threads, one of processes of one mind

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* given = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
    return given != nullptr ? std::stoull(given) : otherwise;
}

std::vector<std::uint64_t> seeds() {
    std::vector<std::uint64_t> all(from_environment("IOPRIORITY_POPULATIONS", default_populations));
    std::iota(all.begin(), all.end(), from_environment("IOPRIORITY_SEED", default_seed));
    return all;
}

Size size_for(std::uint64_t seed) {
    const bool single = seed % kinds_of_populations == 0;
    return {.threads = single ? single_threads : threads,
            .most_threads = single ? 1 : 40,
            .of_one_mind = seed % kinds_of_populations == 5,
            .child_percent = single ? 30U : 50U};
}

void put_in_force(Rules rules) {
    switch (rules) {
        case Rules::nothing:
            return reset_rules();
        case Rules::realtime:
            return set_rules(rule(set_realtime, "YES"));
        case Rules::other_users:
            return set_rules(rule(set_other_users, "YES"));
        case Rules::other_users_if_bob:
            return set_rules(std::string{"polkit.addRule(function(action, subject) { if (action.id == '"} +
                             set_other_users +
                             "' && action.lookup('target-user') == 'bob') { return polkit.Result.YES; } });\n");
        case Rules::other_users_realtime:
            return set_rules(rule(set_other_users_realtime, "YES"));
    }
}

std::vector<int> values_of(const World& world) {
    std::vector<int> values;
    for (const auto& thread : world.threads) {
        values.push_back(thread.value);
    }
    return values;
}

std::vector<std::vector<int>> exactly(const std::vector<int>& values) {
    std::vector<std::vector<int>> all;
    for (const int value : values) {
        all.push_back({value});
    }
    return all;
}

class RandomPopulation : public testing::TestWithParam<std::uint64_t> {
 protected:
    /// All that is wrong with it, a line each; empty: nothing.
    std::string make(const Request& request);

    const Users users{uid_of("alice"), uid_of("bob")};
    Dice dice{GetParam()};
    const Population population{make_plan(dice, size_for(GetParam()), users)};
    Callers callers;
    PolkitMonitor polkit;
    World world;  ///< as it was last read

 private:
    std::string compare_values(const std::vector<std::vector<int>>& expected, const std::string& when);
    std::string end_hold(const Request& request, const Outcome& held, const std::vector<int>& before);
    std::string hold_within(const Request& first, const Outcome& held, const std::vector<int>& before);
    std::string compare_after_end(const std::vector<int>& expected, const std::string& when);
};

/// Compares with what must be; the world is then what was read.
std::string RandomPopulation::compare_values(const std::vector<std::vector<int>>& expected, const std::string& when) {
    const auto found = read_values(world);
    std::string report;
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (std::count(expected[i].begin(), expected[i].end(), found[i]) == 0 && ++wrong <= most_threads_shown) {
            report += "    " + words(world.threads[i], users) + ": expected " + words_of_value(expected[i].front()) +
                      ", found " + words_of_value(found[i]) + '\n';
        }
    }
    take_values(world, found);
    return wrong == 0 ? "" : "  " + std::to_string(wrong) + " threads are wrong " + when + ":\n" + report;
}

std::string RandomPopulation::compare_after_end(const std::vector<int>& expected, const std::string& when) {
    // The hold is gone from the count before its last thread is.
    static_cast<void>(eventually([&] { return read_values(world) == expected; }));
    return compare_values(exactly(expected), when);
}

std::string RandomPopulation::end_hold(const Request& request, const Outcome& held, const std::vector<int>& before) {
    if (request.second) {
        return hold_within(request, held, before);
    }
    callers.end_hold(request, held, 0);
    return compare_after_end(before, "after the end of the hold");
}

/// Two holds of the same: what is left after one has ended is the other's.
std::string RandomPopulation::hold_within(const Request& first, const Outcome& held, const std::vector<int>& before) {
    auto second = first;
    second.wanted = first.second.value();
    const auto under_first = values_of(world);
    const auto expected = expectation_of(world, second, users);
    const auto outcome = callers.perform(second);
    auto wrong = compare_answer(outcome, expected) + compare_values(expected.values, "after the second hold's answer");
    if (outcome.hold) {
        const auto under_second = values_of(world);
        callers.end_hold(first, first.second_ends_first ? outcome : held, 1);
        wrong += compare_after_end(first.second_ends_first ? under_first : under_second, "after the end of one hold");
    }
    callers.end_hold(first, outcome.hold && !first.second_ends_first ? outcome : held, 0);
    static_cast<void>(polkit.actions());
    return wrong + compare_after_end(before, "after the end of both holds");
}

std::string RandomPopulation::make(const Request& request) {
    const auto before = values_of(world);
    auto wrong = compare_values(exactly(before), "since the answer before");
    const auto expected = expectation_of(world, request, users);
    const auto outcome = callers.perform(request);
    wrong += compare_answer(outcome, expected);
    wrong += compare_values(expected.values, "after the answer");
    if (const auto asked = polkit.actions(); request.who != Who::root) {  // whom polkit refuses nothing, asked or not
        wrong += compare_asked(asked, expected);
    }
    if (outcome.hold) {
        wrong += end_hold(request, outcome, before);
    }
    return wrong.empty() ? "" : "  answer: " + outcome.text + '\n' + wrong;
}

TEST_P(RandomPopulation, is_set_and_read_as_the_contract_says) {
    world = read_world(population.contexts());
    const auto requests = make_requests(dice, population, world, users);
    std::optional<Rules> in_force;
    std::size_t failed = 0;
    std::map<std::string_view, std::size_t> answers;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        if (in_force != requests[i].rules) {
            put_in_force(requests[i].rules);
            in_force = requests[i].rules;
        }
        ++answers[expectation_of(world, requests[i], users).error];
        const auto wrong = make(requests[i]);
        if (!wrong.empty() && ++failed <= most_requests_shown) {
            ADD_FAILURE() << "seed " << GetParam() << ", request " << i << ", " << words(requests[i]) << '\n' << wrong;
        }
    }
    EXPECT_EQ(failed, 0U) << "wrong requests of " << requests.size() << ", seed " << GetParam();
    std::cout << population.processes().size() << " processes, " << world.threads.size() << " threads, "
              << requests.size() << " requests: " << answers[""] << " to succeed, "
              << answers[error::interaction_required] << " to be refused, " << answers[error::no_such_process]
              << " of nobody\n";
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomPopulation, testing::ValuesIn(seeds()), testing::PrintToStringParamName());

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
