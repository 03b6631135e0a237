// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Names of users without a helper thread, in place of src/service/user_names.cpp: known at once, or an event later.
#include <utility>

#include "service/user_names.hpp"
#include "simulated_loop.hpp"

namespace iopriority::service {

struct UserNames::Shared {};

std::optional<std::string> UserNames::from_system(uid_t uid) {
    return "user" + std::to_string(uid);
}

UserNames::UserNames(Loop& loop, std::chrono::milliseconds limit, LookUp look_up)
    : loop_(loop), limit_(limit), look_up_(std::move(look_up)) {}

UserNames::~UserNames() = default;

void UserNames::find(uid_t uid, Handler handler) {
    auto name = look_up_(uid);
    if (name) {
        handler(*name);
        return;
    }
    auto& loop = static_cast<simulation::SimulatedLoop&>(loop_);
    loop.event(loop.current(), [uid, handler = std::move(handler)] { handler(std::to_string(uid)); });
}

std::optional<std::string> UserNames::known(uid_t /*uid*/) const {
    return std::nullopt;
}

}  // namespace iopriority::service
