// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/grant.hpp"

#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

#include "values/text.hpp"

namespace iopriority::policy {

namespace {

constexpr std::string_view prefix = "org.example.IoPriority.";

}  // namespace

Grant Grant::given(uid_t caller, Action action, std::set<uid_t> owners) {
    Grant grant{Reach::given, caller};
    grant.action_ = action;
    grant.owners_ = std::move(owners);
    return grant;
}

bool Grant::admits(const process::Credentials& thread, Priority wanted) const {
    const auto needed = required(caller_, thread, wanted);
    if (needed == Action::none || reach_ == Reach::everything) {
        return true;
    }
    if (reach_ == Reach::own_user) {
        return thread.real_uid == caller_ && wanted.io_class() != PriorityClass::realtime;
    }
    return needed <= action_ && owners_.contains(thread.real_uid);
}

bool Grant::admits_all_of(uid_t uid, Priority wanted) const {
    return admits({uid, true}, wanted) && admits({uid, false}, wanted);
}

std::string Grant::to_text() const {
    switch (reach_) {
        case Reach::own:
            return "own";
        case Reach::own_user:
            return "own-user";
        case Reach::everything:
            return "everything";
        case Reach::given:
            break;
    }
    const auto owners = values::joined(owners_, ",", [](uid_t owner) { return std::to_string(owner); });
    return std::string(id(action_)).substr(prefix.size()) + (owners.empty() ? "" : ":" + owners);
}

bool Grant::from_text(uid_t caller, const std::string& text, Grant& grant) {
    for (auto simple : {own(caller), own_user(caller), everything(caller)}) {
        if (text == simple.to_text()) {
            grant = std::move(simple);
            return true;
        }
    }
    std::string_view rest = text;
    const auto name = rest.substr(0, rest.find(':'));
    auto action = Action::none;
    for (const auto each : {Action::set_realtime, Action::set_other_users, Action::set_other_users_realtime}) {
        action = std::string_view(id(each)).substr(prefix.size()) == name ? each : action;
    }
    std::set<uid_t> owners;
    for (rest.remove_prefix(name.size()); !rest.empty();) {
        uid_t owner = 0;
        const auto [end, error] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), owner);
        if (error != std::errc{} || rest.front() != (owners.empty() ? ':' : ',')) {
            return false;
        }
        owners.insert(owner);
        rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    }
    grant = given(caller, action, std::move(owners));
    return action != Action::none;
}

}  // namespace iopriority::policy
