// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A population that lives.
#pragma once

#include <map>
#include <vector>

#include "members.hpp"
#include "plan.hpp"

namespace iopriority::test {

class Population {
 public:
    /// Returns when everybody is what the plan says; throws if somebody cannot be.
    explicit Population(Plan plan);
    Population(const Population&) = delete;
    Population& operator=(const Population&) = delete;
    Population(Population&&) = delete;
    Population& operator=(Population&&) = delete;
    /// Nobody is left afterwards.
    ~Population();

    [[nodiscard]] const Plan& plan() const { return plan_; }
    /// In the order of the plan.
    [[nodiscard]] const std::vector<pid_t>& processes() const { return processes_; }
    /// Which io_context a thread has, as a number: the same for those who share one.
    [[nodiscard]] const std::map<pid_t, std::size_t>& contexts() const { return contexts_; }

 private:
    void start();
    void await_all();
    void note_contexts();
    void end();

    Plan plan_;
    Slot* slots_{nullptr};
    pid_t keeper_{-1};
    int gate_{-1};
    std::vector<pid_t> processes_;
    std::map<pid_t, std::size_t> contexts_;
};

}  // namespace iopriority::test
