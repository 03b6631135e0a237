// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// crowd --seed N --steps M: plays a crowd before the service, one world after the other. Ends with 1 when a promise is
/// broken, and tells what had happened in that world. crowd --seed N --world K: that world alone.
/// --strict 1: asks also for what is not promised (oracle.hpp).
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "world.hpp"

namespace {

using iopriority::simulation::Choices;
using iopriority::simulation::World;

constexpr std::uint64_t steps_of_world = 2000;

std::uint64_t seed_of_world(std::uint64_t seed, std::uint64_t world) {
    return seed ^ world * 0x9E3779B97F4A7C15U;
}

// Plays a world, and where a promise is broken once more, to tell it.
bool play(std::uint64_t seed, std::uint64_t number, std::uint64_t steps, bool strict) {
    Choices choices(seed_of_world(seed, number));
    World world(choices);
    if (strict) {
        world.be_strict();
    }
    if (world.play(steps)) {
        return true;
    }
    Choices same(seed_of_world(seed, number));
    World again(same);
    again.tell_all();
    if (strict) {
        again.be_strict();
    }
    static_cast<void>(again.play(steps));
    // NOLINTBEGIN(*-vararg)
    for (const auto& line : again.story()) {
        std::printf("%s\n", line.c_str());
    }
    std::printf("broken in step %ju of world %ju of seed %ju, after %ju steps: %s\n",
                static_cast<std::uintmax_t>(again.steps()), static_cast<std::uintmax_t>(number),
                static_cast<std::uintmax_t>(seed), static_cast<std::uintmax_t>(number * steps_of_world + again.steps()),
                world.broken().c_str());
    // NOLINTEND(*-vararg)
    return false;
}

std::optional<std::uint64_t> option(int argc, char** argv, const std::string& name) {
    for (int i = 1; i + 1 < argc; ++i) {
        if (argv[i] == name) {                              // NOLINT(*-pointer-arithmetic)
            return std::strtoull(argv[i + 1], nullptr, 0);  // NOLINT(*-pointer-arithmetic)
        }
    }
    return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
    const auto seed = option(argc, argv, "--seed").value_or(1);
    const auto steps = option(argc, argv, "--steps").value_or(100'000);
    const bool strict = option(argc, argv, "--strict").value_or(0) != 0;
    if (const auto world = option(argc, argv, "--world")) {
        return play(seed, *world, steps_of_world, strict) ? 0 : 1;
    }
    const auto begin = std::chrono::steady_clock::now();
    for (std::uint64_t done = 0; done < steps; done += steps_of_world) {
        if (!play(seed, done / steps_of_world, std::min(steps_of_world, steps - done), strict)) {
            return 1;
        }
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf("%ju steps of seed %ju: all promises kept, %.0f steps per second\n",  // NOLINT(*-vararg)
                static_cast<std::uintmax_t>(steps), static_cast<std::uintmax_t>(seed),
                static_cast<double>(steps) / took.count());
    return 0;
}
