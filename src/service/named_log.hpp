// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The log with user names in addition to uids.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "service/change_log.hpp"
#include "service/user_names.hpp"

namespace iopriority::service {

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
