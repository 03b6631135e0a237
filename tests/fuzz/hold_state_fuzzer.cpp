// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The state file of holds, which a crash may have cut and a disk may have garbled.
#include "service/hold_state.hpp"

#include "expect.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace iopriority::service;
    const iopriority::fuzz::Input input(data, size);
    const auto state = parse_hold_state(input.rest());
    if (!state) {
        return 0;
    }
    iopriority::fuzz::expect(state->key.pid > 0, "a process has a number");
    iopriority::fuzz::expect(!state->stack.is_over(), "a state has holds");
    iopriority::fuzz::expect(state->holders.size() == state->stack.holds().size() + state->stack.past().size(),
                             "each hold has a holder");
    for (const auto& hold : state->stack.holds()) {
        iopriority::fuzz::expect(state->holders.contains(hold.id), "and it is of that hold");
    }
    for (const auto& past : state->stack.past()) {
        iopriority::fuzz::expect(state->holders.contains(past.hold.id), "and it is of that past hold");
    }
    iopriority::fuzz::expect(parse_hold_state(to_text(*state)) == state, "what was read can be written and read again");
    return 0;
}
