// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Class and level from the bus, and a priority as people write it.
#include <algorithm>
#include <string>

#include <iopriority/error.hpp>

#include "expect.hpp"
#include "values/values.hpp"

namespace {

using namespace iopriority;
using fuzz::expect;

void check_refusal(std::string_view message) {
    constexpr std::size_t longest = 300;
    expect(!message.empty() && message.size() <= longest, "a refusal says why, and not without end");
    expect(std::all_of(message.begin(), message.end(), [](char c) { return c >= ' ' && c <= '~'; }),
           "a refusal is printable");
}

void check(Priority priority) {
    expect(priority.level() <= Priority::lowest_level, "a level is in range");
    expect(Priority::parse(priority.to_string()) == priority, "text goes both ways");
    expect(Priority::from(to_string(priority.io_class()), priority.level()) == priority, "the bus goes both ways");
    const int raw = values::to_kernel(priority);
    constexpr int class_and_level = 3 << 13 | 7;
    expect((raw & ~class_and_level) == 0, "the kernel gets class and level alone");
    expect(values::from_kernel(raw) == priority, "the kernel goes both ways");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const auto level = input.number();
    check(values::from_kernel(static_cast<int>(level)));
    const auto from_bus = values::from_bus(input.rest(), level);
    if (from_bus) {
        expect(to_string(from_bus->io_class()) == input.rest() && from_bus->level() == level, "nothing is changed");
        check(*from_bus);
    } else {
        expect(from_bus.failure().code == ErrorCode::invalid_argument, "a refusal is InvalidArgs");
        check_refusal(from_bus.failure().message);
    }
    try {
        check(Priority::parse(input.rest()));
    } catch (const InvalidArgument& error) {
        check_refusal(error.what());
    }
    return 0;
}
