// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The processes of a target of several: found by scanning, pinned, looked at.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "kernel/threads.hpp"
#include "kernel/unset_threads.hpp"
#include "targets/target.hpp"

namespace iopriority::targets {

class SeveralMembers {
 public:
    struct Member {
        kernel::Process process;
        kernel::Owner owner;
        std::unique_ptr<kernel::ProcThreads> threads;
        std::unique_ptr<kernel::UnsetThreads> unset;
        std::optional<kernel::ThreadSetter> setter;
        bool left_alone = false;  ///< needs more than was authorized
    };
    using Map = std::map<pid_t, Member>;
    enum class Scan { goes_on, found_more, ended };

    explicit SeveralMembers(Several several);

    /// Begins a series of scans, which are bounded.
    void begin();
    /// Begins the next scan of a series.
    void restart() { several_.selection->restart(); }
    /// Does a bounded piece of a scan; takes what it has found.
    [[nodiscard]] Scan scan_step();
    /// From now on members are taken that need no more than was authorized; others are left alone.
    void admit(Target::Admits admits) { admits_ = std::move(admits); }

    [[nodiscard]] Map& all() noexcept { return members_; }
    [[nodiscard]] const Map& all() const noexcept { return members_; }
    [[nodiscard]] const Several& several() const noexcept { return several_; }
    /// There are too many, or one could not be pinned.
    [[nodiscard]] const std::optional<Failure>& failure() const noexcept { return failure_; }
    /// The bound of scans was reached, since begin(), while there were new ones still.
    [[nodiscard]] bool outrun() const noexcept { return outrun_; }

    /// Whose they are. Those that have ended are dropped.
    [[nodiscard]] Expected<std::vector<kernel::Owner>> owners();
    [[nodiscard]] TargetName name() const;
    /// It runs, and belongs to another than when it was taken.
    [[nodiscard]] bool is_anothers(const Member& member) const;

 private:
    [[nodiscard]] Expected<kernel::Owner> owner_of(const kernel::Process& process) const;
    void take(kernel::Process process);

    Several several_;
    Map members_;
    Target::Admits admits_;
    std::optional<Failure> failure_;
    unsigned scans_ = 0;
    bool outrun_ = false;
};

}  // namespace iopriority::targets
