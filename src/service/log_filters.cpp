// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/log_filters.hpp"

#include <utility>

#include "service/guard.hpp"

namespace iopriority::service {

LimitedLog::~LimitedLog() {
    write_coming();
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
        coming_.push_back(record);
        if (!soon_) {
            soon_ = loop_.after(std::chrono::milliseconds(0), [this] { write_coming(); });
        }
    }
}

void LimitedLog::write_coming() {
    soon_ = Source();
    while (!coming_.empty()) {
        const auto record = std::move(coming_.front());
        coming_.pop_front();
        auto write = [&] { log_.write(record); };
        guard(write, [](const Failure&) {});  // the others are written all the same
    }
}

void LimitedLog::end(uid_t user) {
    const auto second = seconds_.extract(user);
    if (const auto changes = second.mapped().changes; changes > most_of_a_user) {
        log_.left_out(user, changes - most_of_a_user);
    }
}

NamedLog::~NamedLog() {
    alive_.reset();
    for (const auto& [record, names_to_come] : waiting_) {
        log_.write(record);
    }
}

void NamedLog::write(const ChangeRecord& record) {
    const auto place = waiting_.insert(waiting_.end(), {record, record.target.uid ? 2U : 1U});
    find(place, record.caller.uid, &ChangeRecord::caller_user);
    if (record.target.uid) {
        find(place, *record.target.uid, &ChangeRecord::target_user);
    }
}

void NamedLog::find(Place place, uid_t uid, std::string ChangeRecord::*name) {
    names_.find(uid, [this, alive = std::weak_ptr(alive_), place, uid, name](const std::optional<std::string>& text) {
        if (alive.expired()) {
            return;
        }
        if (text && *text != std::to_string(uid)) {  // the number is that of a user without a name
            place->record.*name = *text;
        }
        if (--place->names_to_come == 0) {
            log_.write(place->record);
            waiting_.erase(place);
        }
    });
}

}  // namespace iopriority::service
