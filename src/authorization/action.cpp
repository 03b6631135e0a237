// SPDX-License-Identifier: LGPL-2.1-or-later
#include "authorization/action.hpp"

namespace iopriority::authorization {

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

bool is_own(uid_t caller, const kernel::Owner& target) noexcept {
    return target.real_uid == caller && (!target.privileged || caller == 0);
}

Action required(bool own, Priority priority) noexcept {
    if (priority.io_class() == PriorityClass::realtime) {
        return own ? Action::set_realtime : Action::set_other_users_realtime;
    }
    return own ? Action::none : Action::set_other_users;
}

}  // namespace iopriority::authorization
