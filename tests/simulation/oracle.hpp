// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What must hold whatever happens. Knows the policy by itself, and for which call the service works.
#pragma once

#include <deque>
#include <string>
#include <type_traits>
#include <vector>

#include "calls.hpp"
#include "kernel.hpp"
#include "simulated_loop.hpp"

namespace iopriority::simulation {

class Oracle {
 public:
    Oracle(const Kernel& kernel, const SimulatedLoop& loop, const std::deque<Call>& calls)
        : kernel_(kernel), loop_(loop), calls_(calls) {}

    /// The first promise that was broken; empty while all are kept.
    [[nodiscard]] const std::string& broken() const noexcept { return broken_; }
    /// @param promise its text, or what makes it
    template <typename Promise>
    void expect(bool kept, const Promise& promise) {
        if (kept || !broken_.empty()) {
            return;
        }
        if constexpr (std::is_invocable_v<const Promise&>) {
            broken_ = promise();
        } else {
            broken_ = promise;
        }
    }

    /// Asks also for what is not promised where holds begin on a process at once, or threads change hands or their
    /// numbers in the midst of a call: what they go back to, and a line in the log of each.
    bool strict = false;
    /// The service ends, and with it all holds, whoever is worked for.
    bool ends_all = false;
    bool is_stopping = false;  ///< it has been told to: nobody is worked for where it lets go of requests

    /// A thread is about to be set.
    void sets(Thread& thread, int value);
    void answered(Call& call, const Failure* failure);
    void dispatched(Call* call, SimulatedLoop::Why why);
    /// The request is over, and its object gone.
    void gone(Call& call);
    /// All is over, the holds included.
    void at_end();

 private:
    void sets_as_wanted(Call& call, Thread& thread, int value);
    void puts_back(Call& call, Thread& thread, int value);
    [[nodiscard]] bool may_go_back_to(const Thread& thread, int value) const;
    [[nodiscard]] bool is_held_at(const Thread& thread, int value, const Call* one = nullptr) const;
    void expect_as_wanted(const Call& call);
    void owes(Call& call, Thread& thread, int value);
    void expect_paid(const Call& call, const char* when);

    const Kernel& kernel_;
    const SimulatedLoop& loop_;
    const std::deque<Call>& calls_;
    std::string broken_;
};

/// What the policy needs for setting this thread for this call, now; and whether it was given.
[[nodiscard]] policy::Action needed(const Call& call, const Thread& thread);
[[nodiscard]] bool is_allowed(const Call& call, const Thread& thread);
/// The call is about this process, or, of a user, about this thread.
[[nodiscard]] bool is_target(const Call& call, const Thread& thread);

[[nodiscard]] std::string text_of(const Thread& thread);

}  // namespace iopriority::simulation
