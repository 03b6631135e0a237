// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Prevents one user from filling the log.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>

#include "service/change_log.hpp"
#include "service/loop.hpp"

namespace iopriority::service {

/// Logs a user's first changes in each second; of the others it logs only the number when the second is over.
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

    Loop& loop_;
    ChangeLog& log_;
    std::map<uid_t, Second> seconds_;
};

}  // namespace iopriority::service
