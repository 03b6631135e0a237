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
#include "service/call_gate.hpp"
#include "service/loop.hpp"
#include "service/outbox.hpp"
#include "service/refusal_log.hpp"
#include "service/requests.hpp"

struct sd_bus_message;

namespace iopriority::service {

/// Every call, whether our own methods, sdbus-c++ or libsystemd reply to it, counts as a request under way. It waits
/// for its user's turn and gets its reply in that turn, so no user's replies overtake those that others wait for. A few
/// calls of a user are worked on at once: the rest are only messages, which need little memory. Calls of a user who has
/// as many requests under way as allowed are refused unread, also in that user's turn.
class CallLimits final : public CallGate::Calls {
 public:
    /// More than may wait for a person's reply (Admission::questions).
    static constexpr unsigned most_at_work = 16;
    /// Bytes of the calls that wait, in all, until the bus has said whose they are. Beyond that, only the first call of
    /// a connection waits, and only if it is short, as a call on one process is.
    static constexpr std::size_t most_unknown = std::size_t{4} << 20U;
    static constexpr std::size_t size_of_short = 2048;

    /// @param take_up is called when a call has its turn
    CallLimits(Loop& loop, Requests& requests, Admission& admission, BusCallers& callers, Outbox& outbox,
               RefusalLog& log, std::function<void(sd_bus_message*)> take_up);
    ~CallLimits() override { requests_.drop_all(); }

    [[nodiscard]] bool refuse(std::string_view sender, sd_bus_message* call) override;
    [[nodiscard]] bool ignore(std::string_view sender) override;
    void wait(std::string_view sender, sd_bus_message* call, std::size_t size,
              const std::optional<Failure>& failure) override;
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
    [[nodiscard]] bool is_too_much(std::string_view sender, std::size_t size) const;
    void answer(std::string_view sender, sd_bus_message* call, const Failure& why);

    Loop& loop_;
    Requests& requests_;
    Admission& admission_;
    BusCallers& callers_;
    Outbox& outbox_;
    RefusalLog& log_;
    std::function<void(sd_bus_message*)> take_up_;
    std::map<uid_t, Waiting> waiting_;
    std::size_t unknown_ = 0;   ///< bytes of the calls whose user is not known yet
    bool was_crowded_ = false;  ///< since there was no request under way
};

}  // namespace iopriority::service
