// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/call_limits.hpp"

#include <string>

#include "bus/sd_bus.hpp"

namespace iopriority::service {

namespace {

// Else some of the calls that a user may have under way are refused where the bus is slow.
static_assert(Outbox::most_at_once >= Admission::requests.of_user && Outbox::most_at_once >= BusCallers::most_waiting);

// What libsystemd answers by itself, Introspect among it, has 20,000 bytes.
unsigned usual_answers(sd_bus_message* call) {
    constexpr unsigned large = 8;
    const char* interface = sd_bus_message_get_interface(call);
    return interface != nullptr && std::string_view(interface).starts_with("org.freedesktop.DBus.") ? large : 1;
}

}  // namespace

std::optional<Failure> CallLimits::refuses(std::string_view sender, unsigned answers) {
    const auto user = callers_.user_of(sender);
    auto why = user ? admission_.refuses(*user) : callers_.refuses(sender);
    if (!why && outbox_.is_one_too_many(user, sender, answers)) {
        why = Failure{ErrorCode::limits_exceeded, "the bus has not taken " + std::to_string(Outbox::most_at_once) +
                                                      " answers to earlier calls yet: wait for them"};
    }
    if (!user) {
        callers_.learn(sender);
    } else if (why) {
        log_.refused(*user, why->message);
    }
    return why;
}

bool CallLimits::refuse(std::string_view sender, sd_bus_message* call) {
    const auto why = refuses(sender, usual_answers(call));
    if (why) {
        constexpr auto not_known = static_cast<uid_t>(-1);
        outbox_.refuse(callers_.user_of(sender).value_or(not_known), call, *why);
    }
    return why.has_value();
}

bool CallLimits::ignore(std::string_view sender) {
    const auto user = callers_.user_of(sender);
    const bool known = user && admission_.is_full(*user) && log_.refused_again(*user);
    return known || refuses(sender, 0);
}

}  // namespace iopriority::service
