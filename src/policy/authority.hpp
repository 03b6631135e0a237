// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Decides what the rule table leaves open: polkit, or a fake in unit tests.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "policy/rule.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::policy {

/// One question. The subject is a unique bus name, never a process id, which another process could have by now.
struct Question {
    Action action = Action::none;
    std::string bus_name;
    bool may_ask_a_person = false;
    /// Shown to the person, translated, with $(key) replaced by the detail of that name. Put nothing else in it:
    /// polkit would expand any $(key) in that, too.
    std::string prompt;
    std::map<std::string, std::string> details;
};

enum class Verdict : std::uint8_t {
    granted,
    denied,
    would_ask,    ///< only a person could grant it, and may not be asked or has no agent
    dismissed,    ///< the person closed the dialog
    unavailable,  ///< no answer could be obtained
};

struct Answer {
    Verdict verdict = Verdict::unavailable;
    std::string why;  ///< for unavailable, in the words of the authority
};

class Authority : public Interface {
 public:
    /// An open question. Destroying it withdraws the question: the handler is no longer called.
    class Check : public Interface {
     public:
    };

    /// Asks without blocking. The handler is called once, from the main loop, never before check() has returned.
    /// @param place is released once the authority has finished with the question, even a withdrawn one.
    [[nodiscard]] virtual std::unique_ptr<Check> check(const Question& question,
                                                       std::function<void(const Answer&)> handler,
                                                       std::shared_ptr<const void> place) = 0;
};

}  // namespace iopriority::policy
