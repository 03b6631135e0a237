// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Operations side by side: A B C, B C A, ..., so that what disturbs one disturbs all.
#include "operations.hpp"
#include "service_cpu.hpp"

namespace iopriority::bench {

namespace {

std::int64_t timed(const Operation& operation) {
    operation.prepare();
    const auto begin = now();
    operation.run();
    return now() - begin;
}

/// Several blocks of calls of each side, in turns. @return nanoseconds a call, of each block
void add_cpu(const std::vector<Operation>& sides, unsigned calls, unsigned blocks,
             std::map<std::string, Samples>& samples) {
    const ServiceCpu service;
    auto before = service.at_rest();
    for (unsigned block = 0; block < blocks; ++block) {
        for (const auto& side : sides) {
            for (unsigned call = 0; call < calls; ++call) {
                side.prepare();
                side.run();
            }
            const auto after = service.at_rest();
            samples["cpu." + side.name].push_back((after - before) / calls);
            before = after;
        }
    }
}

}  // namespace

int compare(Words words) {
    const unsigned rounds = take_number(words, "--rounds", 2000);
    const unsigned warm = take_number(words, "--warm", 20);
    const unsigned cpu = take_number(words, "--cpu", 0);
    const unsigned blocks = take_number(words, "--blocks", 10);
    if (const auto user = take_option(words, "--as", ""); !user.empty()) {
        as_user(user);
    }
    std::vector<Operation> sides;
    for (const auto& word : words) {
        sides.push_back(operation(word));
    }
    std::map<std::string, Samples> samples;
    for (unsigned round = 0; round < warm + rounds; ++round) {
        for (std::size_t i = 0; i < sides.size(); ++i) {
            const auto& side = sides[(i + round) % sides.size()];
            const auto time = timed(side);
            if (round >= warm) {
                samples[side.name].push_back(time);
            }
        }
    }
    if (cpu > 0) {
        add_cpu(sides, cpu, blocks, samples);
    }
    print(samples);
    return 0;
}

int call_once(Words words) {
    std::map<std::string, Samples> moments;
    for (const auto& word : words) {
        const auto one = operation(word);
        const auto begin = now();
        one.run();
        moments[one.name] = {begin, now()};
    }
    print(moments);
    return 0;
}

}  // namespace iopriority::bench
