// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What a call acts on: a process, a tree, a list of processes, a group, a user, a unit.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <iopriority/export.hpp>

namespace iopriority {

/// Names the processes that a call acts on. A value: copies are cheap.
class IOPRIORITY_API Target {
 public:
    /// What it names: the same kinds as on the bus.
    enum class Kind : std::uint8_t { process, processes, pidfd, pidfds, group, user, unit, user_unit };

    /// One process, with all its threads. 0 is the calling process.
    /// @throws InvalidArgument if the number is negative.
    [[nodiscard]] static Target process(pid_t pid);

    /// Several processes as one request: one authorization, one dialog. 0 is the calling process. One that appears
    /// twice counts once; one that has ended is skipped and counted; it is an error only if all have. The service
    /// gets pidfds of up to 16, and the numbers of more: from a sandbox or a pid namespace, where these mean other
    /// processes, the call is refused as ForeignPidNamespace, and nothing is sent.
    /// @throws InvalidArgument if a number is negative, or for no process or more than 4096.
    [[nodiscard]] static Target processes(const std::vector<pid_t>& pids);

    /// The process of a descriptor from pidfd_open(2): safe from the reuse of process ids, and correct from inside a
    /// pid namespace. The descriptor is duplicated; the caller keeps its own.
    /// @throws InvalidArgument if it cannot be duplicated.
    [[nodiscard]] static Target pidfd(int pidfd);

    /// The processes of several such descriptors as one request, like processes().
    /// @throws InvalidArgument if one cannot be duplicated, or for none or more than 16: a bus disconnects a caller
    ///     that sends more in one message.
    [[nodiscard]] static Target pidfds(const std::vector<int>& pidfds);

    /// All members of a process group. 0 is the caller's own. If the service is asked from a sandbox, it is that of the
    /// sandbox's proxy, so pass the id of a group if that can happen.
    /// @throws InvalidArgument if the number is negative.
    [[nodiscard]] static Target group(pid_t pgid);

    /// All threads whose real uid is uid, now. 0 is root.
    /// @throws InvalidArgument for the kernel's "no user", 4294967295.
    [[nodiscard]] static Target user(uid_t uid);

    /// All processes of a running unit of the system manager. Only the service can find them: with kernel_only the call
    /// is refused (NotAuthorized).
    /// @param name with its suffix: "borgmatic.service". The service checks it.
    /// @throws InvalidArgument if it has a null character.
    [[nodiscard]] static Target unit(std::string name);
    /// The same for a unit of the caller's user manager.
    /// @param name with its suffix: "app-editor.scope". The service checks it.
    /// @throws InvalidArgument if it has a null character.
    [[nodiscard]] static Target user_unit(std::string name);

    /// For processes and pidfds: each process and the whole tree of its descendants.
    /// @throws InvalidArgument for other kinds.
    [[nodiscard]] Target with_descendants() const;

    /// Skips threads that have a priority of their own; what a thread has from a hold is not its own. Not for
    /// describing.
    [[nodiscard]] Target keeping_explicit() const;

    /// What it names.
    [[nodiscard]] Kind kind() const noexcept { return kind_; }
    /// The process id, group id or user id of a target that has one.
    [[nodiscard]] std::uint32_t id() const noexcept { return id_; }
    /// The process ids of a process or a list of processes.
    [[nodiscard]] const std::vector<pid_t>& pids() const noexcept { return pids_; }
    /// The duplicates, which belong to this target and its copies.
    [[nodiscard]] std::vector<int> pidfds() const;
    /// The name of a unit.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// Whether with_descendants() made it.
    [[nodiscard]] bool descendants() const noexcept { return descendants_; }
    /// Whether keeping_explicit() made it.
    [[nodiscard]] bool keeps_explicit() const noexcept { return keeps_explicit_; }

 private:
    explicit Target(Kind kind, std::uint32_t id = 0) : kind_(kind), id_(id) {}

    Kind kind_;
    bool descendants_ = false;
    bool keeps_explicit_ = false;
    std::uint32_t id_;
    std::vector<pid_t> pids_;
    std::vector<std::shared_ptr<const int>> pidfds_;
    std::string name_;
};

}  // namespace iopriority
