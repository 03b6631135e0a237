// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What a call is about: a process, a tree of processes, a group, a user, a unit.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include <iopriority/export.hpp>

namespace iopriority {

/// Names the processes that a call acts on. A value: copies are cheap.
class IOPRIORITY_API Target {
 public:
    /// What it names.
    enum class Kind : std::uint8_t { process, pidfd, group, user, unit };

    /// One process, with all its threads. 0 is the calling process.
    /// @throws InvalidArgument if the number is negative.
    [[nodiscard]] static Target process(pid_t pid);

    /// The process of a descriptor that pidfd_open(2) made: free of the reuse of process ids, and right from inside a
    /// pid namespace. The descriptor is duplicated, the caller's stays the caller's.
    /// @throws InvalidArgument if it cannot be duplicated.
    [[nodiscard]] static Target pidfd(int pidfd);

    /// All members of a process group. 0 is the caller's own.
    /// @throws InvalidArgument if the number is negative.
    [[nodiscard]] static Target group(pid_t pgid);

    /// All processes whose real uid is uid, now. 0 is root.
    /// @throws InvalidArgument for the kernel's "no user", 4294967295.
    [[nodiscard]] static Target user(uid_t uid);

    /// All processes of a running unit of the system's service manager, such as "borgmatic.service". Only the service
    /// can find them.
    [[nodiscard]] static Target unit(std::string name);
    /// The same for a unit of the calling user's own service manager.
    [[nodiscard]] static Target user_unit(std::string name);

    /// Of a process or a pidfd: the process and the whole tree of its descendants.
    /// @throws InvalidArgument for other kinds.
    [[nodiscard]] Target with_descendants() const;

    /// Of a user: leave out threads that carry a priority of their own. Only for setting.
    /// @throws InvalidArgument for other kinds.
    [[nodiscard]] Target keeping_explicit() const;

    /// What it names.
    [[nodiscard]] Kind kind() const noexcept { return kind_; }
    /// Process id, group id or user id.
    [[nodiscard]] std::uint32_t id() const noexcept { return id_; }
    /// The duplicate, which belongs to this target and its copies; -1 for other kinds.
    [[nodiscard]] int pidfd() const noexcept { return pidfd_ ? *pidfd_ : -1; }
    /// Of a unit.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// A unit of the calling user's own service manager.
    [[nodiscard]] bool of_user_manager() const noexcept { return of_user_manager_; }
    /// As with_descendants() made it.
    [[nodiscard]] bool descendants() const noexcept { return descendants_; }
    /// As keeping_explicit() made it.
    [[nodiscard]] bool keeps_explicit() const noexcept { return keeps_explicit_; }

 private:
    Target(Kind kind, std::uint32_t id) : kind_(kind), id_(id) {}

    Kind kind_;
    std::uint32_t id_;
    bool of_user_manager_ = false;
    bool descendants_ = false;
    bool keeps_explicit_ = false;
    std::shared_ptr<const int> pidfd_;
    std::string name_;
};

}  // namespace iopriority
