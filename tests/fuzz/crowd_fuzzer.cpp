// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A crowd before the real service, in a simulated world (tests/simulation). What happens in it is chosen by the bytes
/// of the input, and then by a seed that is made of them.
#include <cstdio>

#include "expect.hpp"
#include "world.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace iopriority::simulation;
    constexpr std::uint64_t steps = 1000;
    // NOLINTNEXTLINE(*-reinterpret-cast): as libFuzzer has it
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    Choices choices(bytes);
    World world(choices);
    if (!world.play(steps)) {
        Choices same(bytes);
        World again(same);
        again.tell_all();
        static_cast<void>(again.play(steps));
        for (const auto& line : again.story()) {
            static_cast<void>(std::fprintf(stderr, "%s\n", line.c_str()));  // NOLINT(*-vararg)
        }
        iopriority::fuzz::expect(false, world.broken().c_str());
    }
    return 0;
}
