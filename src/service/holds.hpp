// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The holds: begun with a request, ended when the last copy of their descriptor is closed.
///
/// Each hold is a pipe. The holder has its reading end; the service has the writing end and is told by the kernel when
/// nobody can read any more, however that came. What each thread had is stored before the first thread is set: the
/// runtime directory has it. systemd keeps a copy of the writing end (file descriptor store), so that a service that
/// was killed and started again goes on with its holds. Where a descriptor was not kept, the holder sees end of file,
/// and the service that starts again ends the hold. What a hold began with, its grant, is stored with it: its end is
/// judged by that, thread by thread. Held processes are known by number and birth, and pinned only when it ends.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/hold_stack.hpp"
#include "engine/job.hpp"
#include "policy/grant.hpp"
#include "service/admission.hpp"
#include "service/change_log.hpp"
#include "service/hold_store.hpp"
#include "service/loop.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::service {

class Holds : public NotCopyable {
 public:
    /// Threads that are recorded, of holds of one user and in all; a user has them also when he has left.
    static constexpr std::size_t most_threads_of_a_user = 32768;
    static constexpr std::size_t most_threads = 131072;

    /// A hold that has not begun yet: it records what a job finds. Dropped before commit(), it leaves nothing.
    class Beginning final : public engine::Recorder {
     public:
        Beginning(Holds& holds, engine::HoldId id, Holder holder, Priority wanted, Admission::Place place);
        Beginning(const Beginning&) = delete;
        Beginning& operator=(const Beginning&) = delete;
        Beginning(Beginning&&) = delete;
        Beginning& operator=(Beginning&&) = delete;
        ~Beginning() override;

        Expected<std::monostate> found(const process::Process& process, const process::ProcessKey& key,
                                       const Values& values) override;
        void changed(const process::ProcessKey& key, const engine::Found& changed) override;
        /// @return the holder's descriptor
        [[nodiscard]] Expected<process::UniqueFd> commit();

     private:
        Holds& holds_;
        engine::HoldId id_;
        Holder holder_;
        Priority wanted_;
        Admission::Place place_;
        std::set<process::ProcessKey> members_;
        std::size_t threads_ = 0;
        bool committed_ = false;
    };

    /// @param log is told what ends of holds have changed.
    /// @param changed is called whenever the number of holds has changed.
    Holds(Loop& loop, HoldStore store, ChangeLog& log, std::function<void()> changed);
    ~Holds();

    /// Goes on with what an earlier run of the service left: keeps the holds whose descriptors were kept, ends the
    /// rest.
    void recover();

    /// limits_exceeded if there is no hold left for this user.
    [[nodiscard]] Expected<std::unique_ptr<Beginning>> begin(uid_t holder, Priority wanted, policy::Grant grant);

    /// Somebody has set these processes on purpose through the service: that stands, and what was held does not come
    /// back.
    void overruled(const engine::Job& done);

    /// Ends every hold: the service is to end.
    void end_all();

    [[nodiscard]] std::uint32_t count() const noexcept { return static_cast<std::uint32_t>(holds_.size()); }

 private:
    struct Hold {
        Holder holder;
        Priority wanted;
        std::set<process::ProcessKey> members;
        std::size_t threads = 0;  ///< that were recorded
        std::optional<Admission::Place> place{};
        process::UniqueFd writing_end{};
        Source watch{};
    };
    struct Judged {
        policy::Grant grant;
        Priority wanted;
    };
    struct Held {
        engine::HoldStack stack{};
        std::map<engine::HoldId, Holder> holders{};
        Source settle{};
        std::vector<Judged> ended{};  ///< since the last settle pass, which all of them judge
    };
    using HeldProcess = std::map<process::ProcessKey, Held>::value_type;

    [[nodiscard]] Expected<std::monostate> count_threads(uid_t holder, std::size_t more);
    void discount_threads(uid_t holder, std::size_t fewer);
    void watch(engine::HoldId id, Hold& hold);
    void end(engine::HoldId id);
    [[nodiscard]] std::optional<ChangeRecord> restore(engine::HoldId id, const Hold& hold, HeldProcess& held);
    void settle(const process::ProcessKey& key);
    void forget(engine::HoldId id, const process::ProcessKey& key);
    [[nodiscard]] bool save(const HeldProcess& held) const;
    void recover_process(HoldState state);

    Loop& loop_;
    HoldStore store_;
    ChangeLog& log_;
    std::function<void()> changed_;
    std::map<process::ProcessKey, Held> held_;
    std::map<engine::HoldId, Hold> holds_;
    Admission admission_{Admission::holds};
    std::map<uid_t, std::size_t> threads_;  ///< that are recorded, by holder
    engine::HoldId last_id_ = 0;
};

}  // namespace iopriority::service
