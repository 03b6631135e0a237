// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Refuses calls of users who have too many requests under way.
#pragma once

#include <optional>
#include <string_view>

#include "service/admission.hpp"
#include "service/bus_callers.hpp"
#include "service/outbox.hpp"
#include "service/refusal_log.hpp"
#include "values/not_copyable.hpp"

struct sd_bus_message;

namespace iopriority::service {

/// Refuses the calls of a user who has as many requests under way as allowed, or as many replies that the bus has not
/// taken. Nothing of the call has been read then.
class CallLimits : public NotCopyable {
 public:
    CallLimits(Admission& admission, BusCallers& callers, Outbox& outbox, RefusalLog& log)
        : admission_(admission), callers_(callers), outbox_(outbox), log_(log) {}

    /// False if the call is to be taken up; else it is answered, in its user's turn.
    [[nodiscard]] bool refuse(std::string_view sender, sd_bus_message* call);
    /// The same of a call that wants no answer.
    [[nodiscard]] bool ignore(std::string_view sender);

 private:
    [[nodiscard]] std::optional<Failure> refuses(std::string_view sender, unsigned answers);

    Admission& admission_;
    BusCallers& callers_;
    Outbox& outbox_;
    RefusalLog& log_;
};

}  // namespace iopriority::service
