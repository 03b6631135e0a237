// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/helper_thread.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <thread>
#include <utility>

#include "service/loop.hpp"
#include "values/blocked_signals.hpp"

namespace iopriority::service {

bool start_helper(std::function<void()> work) {
    const BlockedSignals in_the_thread(all_signals());  // it inherits the mask
    try {
        std::thread(std::move(work)).detach();
        return true;
    } catch (const std::exception&) {
        return false;
    }
}

void when_told_to_stop(std::function<void()> stop, std::chrono::milliseconds most) {
    const sigset_t signals = signal_set({SIGTERM, SIGINT});
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    const bool started = start_helper([signals, most, stop = std::move(stop)] {
        int signal = 0;
        sigwait(&signals, &signal);
        Loop::from_any_thread(stop);
        std::this_thread::sleep_for(most);
        std::fputs("iopriorityd: did not exit in time: exiting now\n", stderr);
        ::_exit(EXIT_FAILURE);
    });
    if (!started) {
        throw std::runtime_error("cannot start a thread for signals");
    }
}

}  // namespace iopriority::service
