// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/helper_thread.hpp"

#include <exception>
#include <thread>
#include <utility>

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

}  // namespace iopriority::service
