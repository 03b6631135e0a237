// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Holds a priority, as often as is said.
#include <unistd.h>

#include <iostream>

#include "bus.hpp"
#include "measure.hpp"

namespace iopriority::bench {

int hold(Words words) {
    const Bus bus;
    const auto count = std::stoul(words.at(0));
    std::vector<Message> holds;  // each keeps its descriptor
    for (unsigned long i = 0; i < count; ++i) {
        const auto message = bus.new_call(our_name, our_path, our_extended, "HoldPriority");
        checked(sd_bus_message_append(message.get(), "svsua{sv}", "process", "u", 0U, "best-effort", 6U, 0), "append");
        holds.push_back(bus.call(message));
    }
    std::cout << "ready" << std::endl;
    char byte = 0;
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    return 0;
}

}  // namespace iopriority::bench
