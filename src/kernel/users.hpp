// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Setting every thread of a user.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <vector>

#include "kernel/process.hpp"
#include "kernel/threads.hpp"

namespace iopriority::kernel {

/// False if the user certainly has no task. (A zombie counts as one.)
[[nodiscard]] bool user_has_tasks(uid_t uid) noexcept;

/// The highest effective priority among the user's threads, as the kernel finds it; nothing for root, of whom it
/// cannot be asked: ioprio_get takes user 0 for the caller's own.
[[nodiscard]] std::optional<Priority> highest_of_user(uid_t uid) noexcept;

/// Sets every thread of a user in steps of bounded length: first by the kernel's user-wide call (never for root), then
/// by walking /proc until a pass finds nothing left to change.
class UserSetter {
 public:
    UserSetter(uid_t uid, Priority wanted);

    /// @return true when all is done.
    bool step();

    [[nodiscard]] unsigned processes() const noexcept { return processes_; }
    [[nodiscard]] unsigned threads() const noexcept { return as_wanted_; }
    [[nodiscard]] unsigned refused() const noexcept { return refused_; }
    [[nodiscard]] int refusal() const noexcept { return refusal_; }
    [[nodiscard]] bool outrun() const noexcept { return outrun_; }
    [[nodiscard]] bool touched() const noexcept { return touched_; }
    [[nodiscard]] const std::optional<Failure>& failure() const noexcept { return failure_; }

 private:
    struct Current {
        Process process;
        std::unique_ptr<ProcThreads> threads;
        std::optional<ThreadSetter> setter;
    };

    void set_by_kernel();
    void begin_pass();
    bool end_pass();
    void take(pid_t pid);
    void missed(const Failure& why);
    void finish_current();

    uid_t uid_;
    Priority wanted_;
    UniqueFd proc_;
    std::vector<pid_t> pids_;
    std::unique_ptr<Current> current_;
    std::optional<Failure> failure_;
    unsigned passes_ = 0;
    unsigned processes_ = 0;
    unsigned as_wanted_ = 0;
    unsigned refused_ = 0;
    int refusal_ = 0;
    bool begun_ = false;
    bool changed_ = false;
    bool touched_ = false;
    bool outrun_ = false;
};

}  // namespace iopriority::kernel
