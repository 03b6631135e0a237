// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Keeps holds across a restart of the service: in its runtime directory and in systemd's file descriptor store.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "process/unique_fd.hpp"
#include "service/hold_state.hpp"

namespace iopriority::service {

class HoldStore {
 public:
    /// @param directory the service's own, such as /run/iopriority.
    explicit HoldStore(std::string directory) : directory_(std::move(directory)) {}

    /// Writes the state of one process atomically. False (and errno) if it cannot: then the hold must not be granted.
    [[nodiscard]] bool save(const HoldState& state) const;
    void forget(const process::ProcessKey& key) const;
    /// All states that can be read. Files that are not a valid state are removed; one that cannot be read now stays for
    /// the next run, is not written over, and no hold begins on that process. Throws if it cannot list them.
    [[nodiscard]] std::vector<HoldState> load();
    /// If the state of this process could not be read: removes it, since the process was set for good.
    void drop_unread(const process::ProcessKey& key);

    /// Notes since when a hold has set all that it has recorded, in ticks after boot. False (and errno) if it cannot.
    [[nodiscard]] bool save_begun(engine::HoldId id, std::uint64_t since) const;
    /// Not what load() has found, while a record of that hold may be unread.
    void forget_begun(engine::HoldId id, std::uint64_t since) const;
    /// What load() has found of that.
    [[nodiscard]] const std::map<engine::HoldId, std::uint64_t>& begun() const noexcept { return begun_; }

    /// Gives a copy of a descriptor to systemd under a name, or has systemd drop it.
    static void keep_descriptor(const std::string& name, int fd);
    static void drop_descriptor(const std::string& name);
    /// The descriptors that systemd has kept, by name.
    [[nodiscard]] static std::map<std::string, process::UniqueFd> kept_descriptors();

 private:
    [[nodiscard]] std::string path_of(const process::ProcessKey& key) const;
    [[nodiscard]] std::string path_of(engine::HoldId id, std::uint64_t since) const;

    std::string directory_;
    std::set<std::string> unread_;  // paths
    std::map<engine::HoldId, std::uint64_t> begun_;
};

}  // namespace iopriority::service
