// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What becomes of a record before it is logged: one user cannot fill the log, and users have names besides uids.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "service/change_log.hpp"
#include "service/loop.hpp"
#include "service/user_names.hpp"

namespace iopriority::service {

/// Logs a user's first changes in each second; of the others it logs only the number when the second is over. It writes
/// in a later turn of the loop: a caller has the reply before.
class LimitedLog final : public ChangeLog {
 public:
    static constexpr unsigned most_of_a_user = 10;
    static constexpr std::chrono::milliseconds period{1000};

    LimitedLog(Loop& loop, ChangeLog& log) : loop_(loop), log_(log) {}
    ~LimitedLog() override;

    [[nodiscard]] bool tells(uid_t user) const override;
    void write(const ChangeRecord& record) override;
    void left_out(uid_t user, std::uint64_t changes) override { log_.left_out(user, changes); }

 private:
    struct Second {
        std::uint64_t changes = 0;
        Source end;
    };
    void end(uid_t user);
    void write_coming();

    Loop& loop_;
    ChangeLog& log_;
    std::map<uid_t, Second> seconds_;
    std::deque<ChangeRecord> coming_;
    Source soon_;
};

/// Adds names to a record before it is written. A name that has to be looked up delays the record by at most the limit
/// of UserNames; records that still wait at the end are written as they are.
class NamedLog final : public ChangeLog {
 public:
    NamedLog(UserNames& names, ChangeLog& log) : names_(names), log_(log) {}
    ~NamedLog() override;

    void write(const ChangeRecord& record) override;
    void left_out(uid_t user, std::uint64_t changes) override { log_.left_out(user, changes); }

 private:
    struct Waiting {
        ChangeRecord record;
        unsigned names_to_come = 0;
    };
    using Place = std::list<Waiting>::iterator;
    void find(Place place, uid_t uid, std::string ChangeRecord::*name);

    UserNames& names_;
    ChangeLog& log_;
    std::list<Waiting> waiting_;
    std::shared_ptr<const bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace iopriority::service
