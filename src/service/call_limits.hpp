// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Lets each call wait for its user's turn, and refuses those of users who have too many requests under way.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string_view>

#include "service/admission.hpp"
#include "service/bus_callers.hpp"
#include "service/loop.hpp"
#include "service/outbox.hpp"
#include "service/refusal_log.hpp"
#include "service/requests.hpp"
#include "values/not_copyable.hpp"

struct sd_bus_message;

namespace iopriority::service {

/// Every call, whether our own methods, sdbus-c++ or libsystemd reply to it, counts as a request under way. It waits
/// for its user's turn and gets its reply in that turn, so no user's replies overtake those that others wait for. A few
/// calls of a user are worked on at once: the rest are only messages, which need little memory. Calls of a user who has
/// as many requests under way as allowed are refused unread, also in that user's turn.
class CallLimits : public NotCopyable {
 public:
    /// More than may wait for a person's reply (Admission::questions).
    static constexpr unsigned most_at_work = 16;

    /// @param take_up is called when a call has its turn
    CallLimits(Loop& loop, Requests& requests, Admission& admission, BusCallers& callers, Outbox& outbox,
               RefusalLog& log, std::function<void(sd_bus_message*)> take_up);
    ~CallLimits();

    /// True if the call is refused.
    [[nodiscard]] bool refuse(std::string_view sender, sd_bus_message* call);
    /// True if a call that expects no reply is to be dropped.
    [[nodiscard]] bool ignore(std::string_view sender);
    /// When it is the user's turn, takes the call up, or answers it with this failure.
    void wait(std::string_view sender, sd_bus_message* call, const std::optional<Failure>& failure);
    /// To be called when requests have ended.
    void go_on();

 private:
    class WaitingCall;
    struct Waiting {
        std::list<WaitingCall*> calls;
        Source turn;  ///< while there is a call to be taken up
    };
    void take_turn(uid_t user, Waiting& waiting);
    void take_up(uid_t user);
    [[nodiscard]] std::optional<Failure> refuses(std::string_view sender);
    void answer(std::string_view sender, sd_bus_message* call, const Failure& why);

    Loop& loop_;
    Requests& requests_;
    Admission& admission_;
    BusCallers& callers_;
    Outbox& outbox_;
    RefusalLog& log_;
    std::function<void(sd_bus_message*)> take_up_;
    std::map<uid_t, Waiting> waiting_;
    bool was_crowded_ = false;  ///< since there was no request under way
};

}  // namespace iopriority::service
