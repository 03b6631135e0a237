// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The leases that are held: begun by HoldProcess, ended when the last copy of their descriptor is closed.
///
/// Each lease is a pipe. The holder has its reading end; the service has the writing end and is told by the kernel when
/// nobody can read any more, however that came. systemd keeps a copy of the writing end (file descriptor store) and the
/// runtime directory has the state, so that a service that was killed and started again goes on with its leases. Where
/// a descriptor was not kept, the holder sees end of file, and the service that starts again ends the lease.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernel/hold_stack.hpp"
#include "kernel/process.hpp"
#include "service/change_log.hpp"
#include "service/lease_store.hpp"
#include "service/loop.hpp"

namespace iopriority::service {

class Leases {
 public:
    static constexpr unsigned most_of_a_user = 16;
    static constexpr unsigned most = 256;

    /// @param log is told what ends of leases have changed.
    /// @param changed is called whenever the number of leases has changed.
    Leases(Loop& loop, LeaseStore store, ChangeLog& log, std::function<void()> changed);
    Leases(const Leases&) = delete;
    Leases& operator=(const Leases&) = delete;
    Leases(Leases&&) = delete;
    Leases& operator=(Leases&&) = delete;
    ~Leases();

    /// Goes on with what an earlier run of the service left: keeps the leases whose descriptors were kept, ends the
    /// rest.
    void recover();

    /// limits_exceeded if there is no lease left for this user.
    [[nodiscard]] Expected<std::monostate> room(uid_t holder) const;

    /// Begins a lease on a process whose threads have just been set.
    /// @param before every thread, as listed, and what was set on it before.
    /// @return the holder's descriptor.
    Expected<kernel::UniqueFd> begin(kernel::Process process, uid_t holder, Priority wanted,
                                     const std::vector<kernel::ThreadChange>& before);

    /// Somebody has set these processes on purpose through the service: that stands, and what was held does not come
    /// back.
    void overruled(const std::function<bool(pid_t pid, uid_t uid)>& is_among);

    /// Ends every lease: the service is to end.
    void end_all();

    [[nodiscard]] std::uint32_t count() const noexcept { return static_cast<std::uint32_t>(leases_.size()); }

 private:
    struct Lease {
        pid_t pid = 0;
        uid_t holder = 0;
        kernel::UniqueFd writing_end;
        Source watch;
    };
    struct Held {
        kernel::Process process;
        std::uint64_t start_ticks = 0;
        kernel::HoldStack stack;
        Source late;
    };

    void watch(kernel::HoldId id, Lease& lease);
    void end(kernel::HoldId id);
    [[nodiscard]] std::optional<ChangeRecord> restore(kernel::HoldId id, uid_t holder, Held& held);
    void end_late(pid_t pid);
    [[nodiscard]] bool save(pid_t pid, const Held& held) const;
    void recover_process(const LeaseState& state, std::map<std::string, kernel::UniqueFd>& kept);

    Loop& loop_;
    LeaseStore store_;
    ChangeLog& log_;
    std::function<void()> changed_;
    std::map<pid_t, Held> held_;
    std::map<kernel::HoldId, Lease> leases_;
    kernel::HoldId last_id_ = 0;
};

}  // namespace iopriority::service
