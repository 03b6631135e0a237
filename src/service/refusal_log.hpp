// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Logs that users are refused for too many requests, without letting them fill the log.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "service/loop.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::service {

/// The first refusal of a user is logged at once; after that, the number of further ones is logged once a minute, until
/// a minute passes without any.
class RefusalLog : public NotCopyable {
 public:
    static constexpr std::chrono::milliseconds usual_period{60'000};
    /// Users counted separately. The rest (a user with subordinate ids has 65,536) count as one, `other_users`.
    static constexpr std::size_t most_users = 64;
    static constexpr uid_t other_users = static_cast<uid_t>(-1);

    struct Line {
        uid_t user = 0;              ///< or other_users
        std::uint64_t refusals = 0;  ///< 0: the first, which begins a minute
        std::string why;             ///< reason of the latest one
    };
    using Say = std::function<void(const Line&)>;

    /// Lines for standard error, which is the journal under systemd.
    static void say_to_stderr(const Line& line);

    explicit RefusalLog(Loop& loop, Say say = &say_to_stderr, std::chrono::milliseconds period = usual_period)
        : loop_(loop), say_(std::move(say)), period_(period) {}
    ~RefusalLog();

    /// @param why the reason given in the reply.
    void refused(uid_t user, const std::string& why);
    /// The same for a call without a reply. False if refused() must be called because no reason is known yet.
    [[nodiscard]] bool refused_again(uid_t user);

 private:
    struct Minute {
        std::uint64_t refusals = 0;
        std::string why;
        Source end;
    };
    void end(uid_t user);
    Source end_of_minute(uid_t user) {
        return loop_.after(period_, [this, user] { end(user); });
    }

    Loop& loop_;
    Say say_;
    std::chrono::milliseconds period_;
    std::map<uid_t, Minute> minutes_;
};

}  // namespace iopriority::service
