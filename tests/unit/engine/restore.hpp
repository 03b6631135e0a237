// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What happens to a hold on threads, to its end.
#pragma once

#include <numeric>
#include <utility>
#include <vector>

#include "engine/hold_stack.hpp"

namespace iopriority::engine::test {

/// Of threads.
inline unsigned number(const HoldStack::SetTo& to) {
    return std::accumulate(to.begin(), to.end(), 0U, [](unsigned sum, const auto& each) { return sum + each.second; });
}

/// Sets all that the last end() or end_late() has to set. @return how many threads were set.
inline unsigned restore(HoldStack& stack, process::ThreadGroup& threads) {
    HoldStack::SetTo to;
    threads.rewind();
    while (!stack.restore_some(threads, to)) {
    }
    return number(to);
}

inline unsigned end(HoldStack& stack, HoldId id, process::ThreadGroup& threads,
                    policy::Grant grant = policy::Grant::everything(0)) {
    stack.end(id, std::move(grant));
    return restore(stack, threads);
}

inline unsigned end_late(HoldStack& stack, process::ThreadGroup& threads, HoldId id = 1) {
    stack.end_late(id);
    return restore(stack, threads);
}

inline void overrule(HoldStack& stack, const std::vector<pid_t>& tids, process::ThreadGroup& threads,
                     Priority set = Priority::idle()) {
    stack.overrule(tids, set);
    stack.discard_gone(threads);
}

}  // namespace iopriority::engine::test
