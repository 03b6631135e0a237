// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Names of users, from whatever source the system is configured to use (perhaps a network directory service), without
/// blocking.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "service/loop.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::service {

/// Looks up names on one helper thread, one after the other, and caches some for a while. The name of a user whom the
/// system does not know is the uid.
class UserNames : public NotCopyable {
 public:
    /// @param name nothing if it could not be looked up in time
    using Handler = std::function<void(const std::optional<std::string>& name)>;
    /// Runs on the helper thread; returns nothing if it cannot find out.
    using LookUp = std::function<std::optional<std::string>(uid_t)>;

    static constexpr std::chrono::milliseconds usual_limit{200};
    static constexpr std::chrono::seconds remembered{60};
    static constexpr std::size_t most_remembered = 256;
    /// Look-ups that may wait for the helper; beyond this limit there is no name. Somebody with many user ids can fill
    /// it while a name service is slow. That costs others the name and no more: decisions are by uid, the log and the
    /// dialog have the number, and a rule is told that a name is missing.
    static constexpr std::size_t most_waiting = 64;

    /// getpwuid_r(3); may block for as long as a name service likes.
    static std::optional<std::string> from_system(uid_t uid);

    explicit UserNames(Loop& loop, std::chrono::milliseconds limit = usual_limit, LookUp look_up = &from_system);
    /// Does not wait for the helper. Handlers that wait are dropped.
    ~UserNames();

    /// Calls the handler once, in the loop's thread, at the latest when the time is up: at once if the name is known.
    void find(uid_t uid, Handler handler);

    /// The name, sanitised, if it is cached.
    [[nodiscard]] std::optional<std::string> known(uid_t uid) const;

 private:
    using Clock = std::chrono::steady_clock;
    struct Shared;
    struct Remembered {
        std::string name;
        Clock::time_point until;
    };
    struct Asked {
        std::vector<Handler> handlers;  ///< none once the time was up
        Source time_up;
    };

    bool ask(uid_t uid);
    void found(uid_t uid, const std::optional<std::string>& raw);
    void remember(uid_t uid, std::string name);
    void answer(uid_t uid, const std::optional<std::string>& name);

    Loop& loop_;
    std::chrono::milliseconds limit_;
    LookUp look_up_;
    std::shared_ptr<Shared> shared_;
    bool started_ = false;
    std::map<uid_t, Remembered> remembered_;
    std::map<uid_t, Asked> asked_;
};

}  // namespace iopriority::service
