// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The state file of leases, which a crash may have cut and a disk may have garbled.
#include "service/lease_state.hpp"

#include "expect.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace iopriority::service;
    const iopriority::fuzz::Input input(data, size);
    const auto state = parse_lease_state(input.rest());
    if (!state) {
        return 0;
    }
    iopriority::fuzz::expect(state->pid > 0, "a process has a number");
    iopriority::fuzz::expect(!state->stack.empty(), "a state has holds");
    iopriority::fuzz::expect(state->holders.size() == state->stack.holds().size(), "each hold has a holder");
    iopriority::fuzz::expect(parse_lease_state(to_text(*state)) == state,
                             "what was read can be written and read again");
    return 0;
}
