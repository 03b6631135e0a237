// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Whoever decides what the table leaves open: polkit, or a fake in unit tests.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "policy/rule.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::policy {

/// One question. The subject is a unique bus name, never a process id: that could have become another's.
struct Question {
    Action action = Action::none;
    std::string bus_name;
    bool may_ask_a_person = false;
    /// Shown to the person, translated, and with $(key) replaced by the detail of that name: never made of anything
    /// else, since polkit would fill in what that asks for.
    std::string prompt;
    std::map<std::string, std::string> details;
};

enum class Verdict : std::uint8_t {
    granted,
    denied,
    would_ask,    ///< only a person could grant it, and may not be asked or has no agent
    dismissed,    ///< the person closed the dialog
    unavailable,  ///< no answer was to be had
};

struct Answer {
    Verdict verdict = Verdict::unavailable;
    std::string why;  ///< for unavailable, in the words of the authority
};

class Authority : public Interface {
 public:
    /// A question under way. Destroying it takes the question back: the handler is not called any more.
    class Check : public Interface {
     public:
    };

    /// Asks without blocking. The handler is called once, from the main loop, never before check() has returned.
    /// @param place is let go when the authority is through with the question, also with one that was taken back.
    [[nodiscard]] virtual std::unique_ptr<Check> check(const Question& question,
                                                       std::function<void(const Answer&)> handler,
                                                       std::shared_ptr<const void> place) = 0;
};

/// polkit's authority. It need not run yet: it is looked for at each question. One that hangs is given up after some
/// 20 s, however long a dialog it has opened may stay open.
[[nodiscard]] std::unique_ptr<Authority> make_polkit_authority();

}  // namespace iopriority::policy
