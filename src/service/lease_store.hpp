// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Where leases outlive the service: its runtime directory and systemd's file descriptor store.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "kernel/unique_fd.hpp"
#include "service/lease_state.hpp"

namespace iopriority::service {

class LeaseStore {
 public:
    /// @param directory the service's own, such as /run/iopriority.
    explicit LeaseStore(std::string directory) : directory_(std::move(directory)) {}

    /// Writes the state of one process, whole or not at all. False if it cannot: the lease must not be granted then.
    [[nodiscard]] bool save(const LeaseState& state) const;
    void forget(pid_t pid) const;
    /// All states that can be read. What is no state is removed.
    [[nodiscard]] std::vector<LeaseState> load() const;

    /// Gives a copy of a descriptor to systemd under a name, or takes it back.
    static void keep_descriptor(const std::string& name, int fd);
    static void drop_descriptor(const std::string& name);
    /// What systemd has kept, by name.
    [[nodiscard]] static std::map<std::string, kernel::UniqueFd> kept_descriptors();

 private:
    [[nodiscard]] std::string path_of(pid_t pid) const;

    std::string directory_;
};

}  // namespace iopriority::service
