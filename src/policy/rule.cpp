// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "policy/rule.hpp"

namespace iopriority::policy {

const char* id(Action action) noexcept {
    switch (action) {
        case Action::none:
            break;
        case Action::set_realtime:
            return "org.example.IoPriority.set-realtime";
        case Action::set_other_users:
            return "org.example.IoPriority.set-other-users";
        case Action::set_other_users_realtime:
            return "org.example.IoPriority.set-other-users-realtime";
    }
    return "-";
}

bool is_own(uid_t caller, const process::Credentials& thread) noexcept {
    return thread.real_uid == caller && (!thread.privileged || caller == 0);
}

Action required(uid_t caller, const process::Credentials& thread, Priority wanted) noexcept {
    const bool own = is_own(caller, thread);
    if (wanted.io_class() == PriorityClass::realtime) {
        return own ? Action::set_realtime : Action::set_other_users_realtime;
    }
    return own ? Action::none : Action::set_other_users;
}

}  // namespace iopriority::policy
