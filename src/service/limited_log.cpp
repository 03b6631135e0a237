// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/limited_log.hpp"

namespace iopriority::service {

LimitedLog::~LimitedLog() {
    while (!seconds_.empty()) {
        end(seconds_.begin()->first);
    }
}

bool LimitedLog::tells(uid_t user) const {
    const auto second = seconds_.find(user);
    return second == seconds_.end() || second->second.changes < most_of_a_user;
}

void LimitedLog::write(const ChangeRecord& record) {
    const uid_t user = record.caller.uid;
    auto second = seconds_.find(user);
    if (second == seconds_.end()) {
        second = seconds_.emplace(user, Second{0, loop_.after(period, [this, user] { end(user); })}).first;
    }
    if (++second->second.changes <= most_of_a_user) {
        log_.write(record);
    }
}

void LimitedLog::end(uid_t user) {
    const auto second = seconds_.extract(user);
    if (const auto changes = second.mapped().changes; changes > most_of_a_user) {
        log_.left_out(user, changes - most_of_a_user);
    }
}

}  // namespace iopriority::service
