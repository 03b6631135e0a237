// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/refusal_log.hpp"

#include "service/say.hpp"

namespace iopriority::service {

void RefusalLog::say_to_stderr(const Line& line) {
    const std::string who = line.user == other_users ? "other users" : "user " + std::to_string(line.user);
    const std::string text = line.refusals == 0
                                 ? who + " is refused: " + line.why + " (from now on counted, and said once a minute)"
                                 : who + " was refused " + std::to_string(line.refusals) + " more times: " + line.why;
    say(LOG_WARNING, text);
}

RefusalLog::~RefusalLog() {
    for (const auto& [user, minute] : minutes_) {
        if (minute.refusals > 0) {
            say_({user, minute.refusals, minute.why});
        }
    }
}

void RefusalLog::refused(uid_t user, const std::string& why) {
    if (!minutes_.contains(user) && minutes_.size() >= most_users) {
        user = other_users;
    }
    const auto known = minutes_.find(user);
    if (known == minutes_.end()) {
        minutes_.emplace(user, Minute{0, {}, end_of_minute(user)});
        say_({user, 0, why});
        return;
    }
    ++known->second.refusals;
    known->second.why = why;
}

bool RefusalLog::refused_again(uid_t user) {
    const auto known = minutes_.find(user);
    if (known == minutes_.end() || known->second.why.empty()) {
        return false;
    }
    ++known->second.refusals;
    return true;
}

void RefusalLog::end(uid_t user) {
    auto ended = minutes_.extract(user);
    if (ended.mapped().refusals == 0) {
        return;
    }
    say_({user, ended.mapped().refusals, ended.mapped().why});
    minutes_.emplace(user, Minute{0, {}, end_of_minute(user)});
}

}  // namespace iopriority::service
