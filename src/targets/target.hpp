// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What a change acts on: a process, several, a user. Pinned when it is made; looked at before and after the
/// authorization; set in slices.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernel/process.hpp"
#include "kernel/selection.hpp"
#include "kernel/threads.hpp"
#include "values/values.hpp"

namespace iopriority::targets {

/// What was done.
struct Outcome {
    std::uint32_t processes = 0;
    std::uint32_t threads = 0;
};

/// Who the target is, for prompts, rules and the log. What does not hold for all of it is left out.
struct TargetName {
    enum class Kind : std::uint8_t { process, tree, group, unit, user, unset_of_user };

    pid_t pid = 0;             ///< of the one process, or of the root of a tree; 0 for others
    std::string program;       ///< sanitised; empty if there are several
    std::optional<uid_t> uid;  ///< nothing if the processes belong to several users
    std::string text;          ///< "process 812 (rsync)", "process group 99", "user 1001"
    Kind kind = Kind::process;
    std::string id;  ///< of a group its number, of a unit its name
};

class Target {
 public:
    /// Whether a process that joins later may be changed under the authorization that was given.
    using Admits = std::function<bool(const kernel::Owner&)>;

    Target() = default;
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;
    Target(Target&&) = delete;
    Target& operator=(Target&&) = delete;
    virtual ~Target() = default;

    /// Begins a look at who owns what would be changed.
    virtual void begin_look() {}
    /// Does a bounded piece of it. @return true when it has ended.
    [[nodiscard]] virtual bool look_step() { return true; }
    /// What the look saw. A process that became another's since the first look is no_such_process.
    [[nodiscard]] virtual Expected<std::vector<kernel::Owner>> owners() = 0;
    [[nodiscard]] virtual TargetName name() = 0;

    /// Makes ready to set.
    [[nodiscard]] virtual Expected<std::monostate> begin(Priority wanted, Admits admits) = 0;
    /// Does a bounded piece of the work. @return true when a round has ended.
    [[nodiscard]] virtual bool step() = 0;
    /// Only another round, a little later, makes sure that no thread was missed.
    [[nodiscard]] virtual bool restless() const = 0;
    virtual void again() = 0;
    /// A last look some time after the answer can still find a thread that was missed.
    [[nodiscard]] virtual bool late_look_pays() const { return false; }
    /// From here on step() takes that look.
    virtual void begin_late_look() {}

    /// Checks that what was set is still what was authorized; puts back what is not. Then: what came of it, as counts,
    /// or no_such_process, partially_applied, failed.
    [[nodiscard]] virtual Expected<Outcome> result() = 0;
    /// The priority found before, as text for the log.
    [[nodiscard]] virtual std::string before() const = 0;
    /// Changed anything at all.
    [[nodiscard]] virtual bool touched() const = 0;
    /// Why the kernel refused threads in the last round, as errno; 0 if it refused none.
    [[nodiscard]] virtual int refusal() const { return 0; }
    /// Gives every changed thread that is still as wanted back what it had, where each was set by itself.
    virtual void undo() {}
    /// A process with this real uid is among those that were set for good.
    [[nodiscard]] virtual bool covers(pid_t pid, uid_t uid) const = 0;
};

using PinnedTarget = Expected<std::unique_ptr<Target>>;

std::unique_ptr<Target> process_target(kernel::Process process);

/// A process that is set for the time of a lease.
/// @param hold is called when all its threads are set, with each of them and what it had before; if it fails, they are
/// put back.
using Hold = std::function<Expected<std::monostate>(const kernel::Process& process, Priority wanted,
                                                    const std::vector<kernel::ThreadChange>& before)>;
std::unique_ptr<Target> held_target(kernel::Process process, Hold hold);

std::unique_ptr<Target> user_target(uid_t uid);

/// Several processes, found by a selection.
struct Several {
    std::unique_ptr<kernel::Selection> selection;
    std::vector<kernel::Process> first;  ///< pinned already; they stay members even if the selection does not find them
    TargetName name;                     ///< program and uid are found out
    std::string nobody;                  ///< error text if there is no member: "there is no process group 99"
    /// All are this user's, also its setuid programs: changing them only orders the user's own work.
    std::optional<uid_t> owner_of_all;
    bool keep_explicit = false;  ///< leave threads that carry a priority of their own
    std::size_t most = 4096;     ///< processes in one request: each holds two descriptors
};
std::unique_ptr<Target> several_target(Several several);

/// A process and all its descendants.
std::unique_ptr<Target> tree_target(kernel::Process root);
std::unique_ptr<Target> group_target(pid_t group);
/// A user's threads, less those that carry a priority of their own.
std::unique_ptr<Target> unset_of_user_target(uid_t uid);
/// @param selection finds the processes of the unit's control group.
std::unique_ptr<Target> unit_target(const std::string& unit, std::unique_ptr<kernel::Selection> selection);

/// "process group 99", "user 1001".
[[nodiscard]] std::string group_text(pid_t group);
[[nodiscard]] std::string user_text(uid_t uid);

PinnedTarget pin_process(pid_t pid);

/// "the kernel refused 3 of 5 threads: Operation not permitted": an error in the kernel's words; partially_applied if
/// some were changed.
[[nodiscard]] Failure refused_by_kernel(const std::string& target, unsigned changed, unsigned refused, int error);
/// "... starts threads faster than they can be set"
[[nodiscard]] Failure outrun(const std::string& target, unsigned as_wanted);
/// "process 812 (rsync) has ended, or is another one now"
[[nodiscard]] Failure became_another(const std::string& target);

[[nodiscard]] TargetName name_of(const kernel::Process& process, uid_t uid);

}  // namespace iopriority::targets
