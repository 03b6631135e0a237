// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A caller that goes on calling while something else happens, to see what it has to wait for that.
#include <poll.h>
#include <unistd.h>

#include <iostream>

#include "bus.hpp"
#include "measure.hpp"

namespace iopriority::bench {

namespace {

bool input_ended() {
    pollfd event{STDIN_FILENO, POLLIN, 0};
    constexpr int pause = 1;  // ms between two calls: a caller, not a load
    return poll(&event, 1, pause) > 0;
}

}  // namespace

int wait_beside(Words words) {
    const Bus bus;
    const bool ping = words.at(0) == "ping";
    Samples begins;
    Samples times;
    std::cout << "ready" << std::endl;
    while (!input_ended()) {
        const auto begin = now();
        if (ping) {
            bus.ping();
        } else {
            bus.get_priority(getpid());
        }
        begins.push_back(begin);
        times.push_back(now() - begin);
    }
    print({{"begin", begins}, {"time", times}});
    return 0;
}

}  // namespace iopriority::bench
