// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What a change acts on: a process, a user. Pinned when it is made; looked at twice; set in slices.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernel/process.hpp"
#include "values/values.hpp"

namespace iopriority::service {

/// What was done.
struct Outcome {
    std::uint32_t processes = 0;
    std::uint32_t threads = 0;
};

/// Who the target is, for prompts, rules and the log.
struct TargetName {
    pid_t pid = 0;        ///< 0 for a whole user
    std::string program;  ///< sanitised; empty for a whole user
    uid_t uid = 0;

    /// "process 812 (rsync)", "user 1001".
    [[nodiscard]] std::string text() const;
};

class Target {
 public:
    Target() = default;
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;
    Target(Target&&) = delete;
    Target& operator=(Target&&) = delete;
    virtual ~Target() = default;

    /// Who owns what would be changed, now. The first look decides what is asked of polkit; the later ones must see the
    /// same.
    [[nodiscard]] virtual Expected<std::vector<kernel::Owner>> look() = 0;
    [[nodiscard]] virtual TargetName name() = 0;

    /// Makes ready to set. @return why it cannot begin, or nothing.
    [[nodiscard]] virtual Expected<std::monostate> begin(Priority wanted) = 0;
    /// Does a bounded piece of the work. @return true when a round has ended.
    [[nodiscard]] virtual bool step() = 0;
    /// Only another round, a little later, makes sure that no thread was missed.
    [[nodiscard]] virtual bool restless() const = 0;
    virtual void again() = 0;

    /// A last look some time after the answer can still find a thread that was missed.
    [[nodiscard]] virtual bool late_look_pays() const = 0;
    /// From here on step() takes that look.
    virtual void begin_late_look() = 0;

    /// What came of it: counts, or no_such_process, partially_applied, failed.
    [[nodiscard]] virtual Expected<Outcome> result() = 0;
    /// The priority found before, as text for the log.
    [[nodiscard]] virtual std::string before() const = 0;
    /// Takes the changes back, thread by thread, where nobody has changed them since.
    virtual void undo() = 0;
    /// Changed anything at all.
    [[nodiscard]] virtual bool touched() const = 0;
};

Expected<std::unique_ptr<Target>> pin_process(pid_t pid);
Expected<std::unique_ptr<Target>> pin_user(uid_t uid);

/// "the kernel refused 3 of 5 threads: Operation not permitted": an error in the kernel's words; partially_applied if
/// some were changed.
[[nodiscard]] Failure refused_by_kernel(const std::string& target, unsigned changed, unsigned refused, int error);

}  // namespace iopriority::service
