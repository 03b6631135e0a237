// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What was allowed, as a value. A thread is changed only if the grant admits it.
#pragma once

#include <sys/types.h>

#include <set>
#include <string>

#include "policy/rule.hpp"

namespace iopriority::policy {

/// Binds a request, and the end of a hold, to what polkit and the person were told. It lives as long as the request or
/// hold it was made for: grants are not cached.
class Grant {
 public:
    /// What the caller may do without asking polkit.
    [[nodiscard]] static Grant own(uid_t caller) { return {Reach::own, caller}; }
    /// The same, with one exception of the contract, which is the kernel's too: setting all threads of one's own uid,
    /// except to realtime, includes privileged ones, since it only orders one's own work.
    [[nodiscard]] static Grant own_user(uid_t caller) { return {Reach::own_user, caller}; }
    /// What polkit has allowed, when it was told of these owners.
    [[nodiscard]] static Grant given(uid_t caller, Action action, std::set<uid_t> owners);
    /// Every thread: for root, and for direct calls to the kernel, which does its own checks.
    [[nodiscard]] static Grant everything(uid_t caller) { return {Reach::everything, caller}; }

    [[nodiscard]] bool admits(const process::Credentials& thread, Priority wanted) const;
    /// Every thread of this user, also one that is not there yet: only then can all be set by one call of the kernel.
    [[nodiscard]] bool admits_all_of(uid_t uid, Priority wanted) const;
    [[nodiscard]] bool admits_everything() const noexcept { return reach_ == Reach::everything; }

    /// As one word, such as "own", "everything", "set-other-users:0,1001": kept with a hold.
    [[nodiscard]] std::string to_text() const;
    [[nodiscard]] static bool from_text(uid_t caller, const std::string& text, Grant& grant);

    friend bool operator==(const Grant&, const Grant&) = default;

    /// Nothing but root's own threads.
    Grant() = default;

 private:
    enum class Reach : std::uint8_t { own, own_user, given, everything };
    Grant(Reach reach, uid_t caller) : reach_(reach), caller_(caller) {}

    Reach reach_ = Reach::own;
    uid_t caller_ = 0;
    Action action_ = Action::none;
    std::set<uid_t> owners_;
};

}  // namespace iopriority::policy
