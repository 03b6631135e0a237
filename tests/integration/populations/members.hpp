// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What the processes of a population run, from their fork to their end.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>

#include "plan.hpp"

namespace iopriority::test {

/// One for each thread of the plan, in memory that all processes share.
struct Slot {
    std::atomic<pid_t> tid;      ///< once the thread is what the plan says, but for a last step of its leader
    std::atomic<int> failed_in;  ///< a line of members.cpp
    std::atomic<int> error;
};

/// Builds and keeps all processes; in a child of the test, which is their reaper. Returns when the descriptor is at its
/// end and nobody is left.
void keep_population(const Plan& plan, Slot* slots, int until_closed);

}  // namespace iopriority::test
