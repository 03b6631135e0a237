// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The holds. A request begins a hold; it ends when the last copy of its descriptor is closed.
///
/// Each hold is a pipe. The holder has the read end. The service has the write end, and the kernel tells it when all
/// read ends are closed, for whatever reason. What each thread had is stored in the runtime directory before the first
/// thread is set. systemd keeps a copy of the write end (file descriptor store), so that a service that was killed and
/// restarted continues its holds. If systemd did not keep a descriptor, the holder sees end of file, and the restarted
/// service ends the hold. The grant of a hold is stored with it, and decides at its end, thread by thread, what may be
/// changed. Held processes are known by process id and start time, and are pinned only when a hold ends.
///
/// Once a second, and at the end of a hold, the service looks for processes that descend from held ones. From then on
/// these are held like the processes that they descend from.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/hold_stack.hpp"
#include "engine/job.hpp"
#include "policy/grant.hpp"
#include "process/scan.hpp"
#include "service/admission.hpp"
#include "service/change_log.hpp"
#include "service/hold_store.hpp"
#include "service/loop.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::service {

class Holds : public NotCopyable {
 public:
    /// Recorded threads, for the holds of one user and in all; they still count when the user has left. There is as
    /// much room again for what is born under holds that are ending.
    static constexpr std::size_t most_threads_of_a_user = 32768;
    static constexpr std::size_t most_threads = 131072;
    /// Holds that are ending do not count as holds: beyond this many of one user, or of all except root, none begins.
    static constexpr Admission::Limits ends{32, 256, "holds that are ending", "try again a moment later"};
    /// Processes with many threads that are restored at the same time: each keeps descriptors. What cannot be read now
    /// keeps its place, so those of one user do not take them all.
    static constexpr Admission::Limits restored_at_once{2, 8, "processes that are being restored", ""};
    /// Scans (each a copy of the /proc listing) for processes created under holds that are ending.
    static constexpr Admission::Limits looks_at_once{1, 4, "looks for what was born under holds", ""};
    /// How often to look for processes created under a hold.
    static constexpr auto look_interval = std::chrono::seconds(1);
    /// A step of an end that fails is retried: after engine::settle_delay, then after twice as long, up to this.
    static constexpr std::chrono::milliseconds longest_pause = std::chrono::seconds(1);
    /// The first wait for another hold; then twice as long, up to engine::settle_delay.
    static constexpr auto moment = std::chrono::milliseconds(1);

    /// A hold that has not begun yet: it records what a job finds. If it is destroyed before commit(), the hold ends.
    class Beginning final : public engine::Recorder {
     public:
        Beginning(Holds& holds, engine::HoldId id) : holds_(holds), id_(id) {}
        ~Beginning() override;

        [[nodiscard]] bool may_look_at(const process::ProcessKey& key) override;
        Expected<bool> found(const process::Process& process, const process::ProcessKey& key,
                             const engine::Values& values, const engine::Values& without) override;
        void left(const process::ProcessKey& key) override;
        [[nodiscard]] bool is_overlaid(const process::ProcessKey& key, pid_t tid) const override;
        void changed(const process::ProcessKey& key, const engine::Found& changed) override;
        /// @param target for the log, when the hold ends
        /// @return the holder's descriptor
        [[nodiscard]] Expected<process::UniqueFd> commit(engine::TargetName target = {});
        /// Nobody has ended it.
        [[nodiscard]] bool lasts() const;
        /// Restores everything, and calls this when that is done.
        void undo(std::function<void()> done);

     private:
        void stop_looking();
        Holds& holds_;
        engine::HoldId id_;
        bool over_ = false;  // it has begun, or was undone
    };

    /// @param log is told what was changed when holds ended.
    /// @param changed is called whenever the number of holds has changed.
    Holds(Loop& loop, HoldStore store, ChangeLog& log, std::function<void()> changed);
    ~Holds();

    /// Resumes the holds of an earlier run of the service: keeps those whose descriptors were kept, and ends the
    /// rest.
    void recover();

    /// limits_exceeded if there is no hold left for this user.
    [[nodiscard]] Expected<std::unique_ptr<Beginning>> begin(uid_t holder, Priority wanted, policy::Grant grant);

    /// Somebody has set these threads on purpose through the service: that stays in force, and the holds do not restore
    /// anything on them. Their holders are told.
    /// @param all the whole process was set
    /// @param since when this began, in ticks after boot
    /// @param newest as newest() was when they were set: younger holds have found what was set
    void overruled(const process::ProcessKey& key, const std::vector<pid_t>& tids, Priority set, bool all,
                   std::uint64_t since, engine::HoldId newest = every_hold);
    static constexpr auto every_hold = std::numeric_limits<engine::HoldId>::max();
    /// Holds that begin from now on are younger.
    [[nodiscard]] engine::HoldId newest() const noexcept { return last_id_; }
    /// In how many steps processes have been restored.
    [[nodiscard]] std::uint64_t restorations() const noexcept { return restorations_; }

    /// The own priorities of the threads of a process, held or not.
    [[nodiscard]] engine::OwnPriority own_of(const process::ProcessKey& key) const;

    /// Ends every hold, because the service exits. What is not restored within this time stays stored, for recover().
    void end_all(std::chrono::milliseconds time = time_at_exit);
    static constexpr auto time_at_exit = std::chrono::milliseconds(300);

    /// The number of holds that somebody holds.
    [[nodiscard]] std::uint32_t count() const;
    /// Also counts holds that are beginning or ending.
    [[nodiscard]] std::size_t under_way() const noexcept { return holds_.size(); }

 private:
    struct Held {
        engine::HoldStack stack{};
        std::uint64_t start = 0;  ///< of the process, in ticks since boot
    };
    using HeldProcesses = std::map<process::ProcessKey, Held>;
    using Members = std::map<process::ProcessKey, std::size_t>;  ///< with the number of recorded threads

    /// Looks for processes created under holds, in pieces.
    class Look {
     public:
        /// @param of a hold that is ending; null: all that are held
        /// @param place kept until it has ended
        void begin(const HeldProcesses& held, const Members* of = nullptr, std::optional<Admission::Place> place = {});
        /// Finds one, or does another bounded piece of the look. @return true when it has ended. Throws if it cannot
        /// look.
        [[nodiscard]] bool step(Holds& holds);
        /// It has begun and has not ended.
        [[nodiscard]] bool goes_on() const { return family_.has_value(); }
        void stop();

     private:
        std::optional<process::Family> family_;  ///< only while it is running: it has a descriptor
        std::vector<process::Selection::Candidate> origins_;
        std::optional<Admission::Place> place_;
        std::size_t checked_ = 0;                                          ///< how many were checked for having ended
        std::optional<std::vector<process::Selection::Candidate>> found_;  ///< parents last
    };

    /// Somebody has set threads of a process on purpose.
    struct Overruling {
        std::vector<pid_t> tids;
        Priority set;
        bool all;
    };
    /// A hold that is beginning reads what the threads of a process have.
    struct Recording {
        engine::HoldId id;
        std::vector<Overruling> meanwhile{};
    };

    /// A process that may have been created under a hold since the last look.
    struct Unseen {
        process::ProcessKey key;
        process::ProcStat stat;
    };

    /// A process that is pinned, and its threads.
    struct Opened {
        std::unique_ptr<const process::Process> process;
        std::unique_ptr<process::ProcThreads> threads;
    };
    [[nodiscard]] static Expected<Opened> open(const process::ProcessKey& key);

    /// A process that is being restored.
    struct Restoring {
        process::ProcessKey key;
        Opened opened;
        Admission::Place place;
        bool late;  ///< only threads that appeared late
        engine::HoldStack::SetTo to{};
    };

    /// What is to be done at the end of a hold: restore what was held; then look for descendants, until there are
    /// no new ones; and once more a little later, for processes and threads whose creation was in progress.
    struct Ending {
        enum class Stage : std::uint8_t { restoring, looking, settling, forgetting, over };
        Stage stage = Stage::restoring;
        std::vector<process::ProcessKey> queue{};  ///< still to be restored
        std::optional<Restoring> restoring{};      ///< in progress
        Look look{};
        unsigned looks = 0;         ///< before the settle delay, or after it
        bool late = false;          ///< after the settle delay
        bool stays_stored = false;  ///< the record of a process could not be written: the next run ends it again
        bool gave_up = false;       ///< on threads of a process, and that was told
        std::chrono::milliseconds wait = moment;  ///< for another hold, the next time
        /// After the last step that failed.
        std::chrono::milliseconds pause = engine::settle_delay / 2;
        ChangeRecord record{};
        engine::Counts after{};  ///< of threads, by what they have now, in words
        std::function<void()> done{};
        Source source{};
    };

    struct Hold {
        Holder holder;
        Priority wanted;
        Members members;
        std::optional<Admission::Place> place{};  ///< as a hold, then as an ending one
        process::UniqueFd writing_end{};          ///< not open while it begins or ends
        Source watch{};
        engine::TargetName target{};  ///< without text if it began in an earlier run of the service
        /// In ticks after boot: since then all that it has recorded is set. Never, if it could not begin.
        std::optional<std::uint64_t> begun{};
        bool told = false;       ///< the holder was told that it was overruled
        bool abandoned = false;  ///< out of memory, its end could not begin or continue: it will be retried
        std::unique_ptr<Ending> ending{};
    };

    /// The name in the file descriptor store.
    [[nodiscard]] static std::string name_of(engine::HoldId id);
    [[nodiscard]] Expected<std::monostate> count_threads(uid_t holder, std::size_t more, bool is_ending);
    void add_threads(uid_t holder, std::size_t more);
    void discount_threads(uid_t holder, std::size_t fewer);
    [[nodiscard]] Expected<std::monostate> add_member(engine::HoldId id, const process::ProcessKey& key,
                                                      std::size_t threads);
    void watch(engine::HoldId id, Hold& hold);
    [[nodiscard]] std::set<engine::HoldId> beginning_in(const engine::HoldStack& stack) const;
    [[nodiscard]] std::set<engine::HoldId> not_begun_in(const engine::HoldStack& stack) const;
    [[nodiscard]] std::map<engine::HoldId, policy::Grant> grants_of_realtime_in(const engine::HoldStack& stack,
                                                                                engine::HoldId but) const;
    void tell_overruled(const engine::HoldStack& stack, engine::HoldId newest);
    static void tell_outrun(Hold& hold, const process::ProcessKey& key);
    void save_overruled(const process::ProcessKey& key, Held& held) const;
    [[nodiscard]] bool forget(engine::HoldId id, const process::ProcessKey& key);
    [[nodiscard]] bool save(const process::ProcessKey& key, const Held& held) const;

    // Processes created under holds (holds_born.cpp)
    void look_later();
    void look_now();
    [[nodiscard]] Held born_of(const Held& parent, pid_t pid, std::uint64_t start) const;
    [[nodiscard]] const Held* find(pid_t pid, std::uint64_t start) const;
    void adopt(const process::ProcessKey& key, Held born);
    void adopt_if_born(const process::ProcessKey& key, const process::ProcStat& stat);
    [[nodiscard]] bool may_be_born(const process::ProcStat& stat) const;
    [[nodiscard]] std::optional<Unseen> parent_of(const process::ProcStat& child) const;
    void adopt_if_born(const process::ProcessKey& key);
    void drop_if_ended(const process::Selection::Candidate& origin, const process::Family& family);

    // The end (holds_end.cpp)
    void end(engine::HoldId id, std::function<void()> done = {});
    void begin_end(engine::HoldId id, Hold& hold, std::function<void()> done);
    void end_sooner_or_later(engine::HoldId id) noexcept;
    [[nodiscard]] Source end_in_turns(engine::HoldId id);
    [[nodiscard]] Source end_later(engine::HoldId id, std::chrono::milliseconds delay);
    [[nodiscard]] static std::chrono::milliseconds pause_after(const Failure& failed, Hold& hold);
    void restore_until(engine::HoldId id, std::chrono::steady_clock::time_point until);
    void end_step(engine::HoldId id, Hold& hold);
    void restore_next(engine::HoldId id, Hold& hold);
    [[nodiscard]] bool is_busy(const process::ProcessKey& key) const;
    [[nodiscard]] bool waits_for_another(const Hold& hold) const;
    void begin_restoring(engine::HoldId id, Hold& hold);
    void restore_some(engine::HoldId id, Hold& hold);
    void look_next(Hold& hold);
    static void looked(Hold& hold);
    void forget_next(engine::HoldId id, Hold& hold);
    void finish_end(engine::HoldId id);

    // From one run to the next (holds_recovery.cpp)
    void recover_process(HoldState state);
    void step_at_exit(engine::HoldId id, Hold& hold) noexcept;
    void forget_at_exit(engine::HoldId id, std::chrono::steady_clock::time_point until);

    Loop& loop_;
    HoldStore store_;
    ChangeLog& log_;
    std::function<void()> changed_;
    HeldProcesses held_;
    std::map<engine::HoldId, Hold> holds_;
    Admission admission_{Admission::holds};
    Admission ends_{ends};
    Admission restored_{restored_at_once};
    Admission looks_{looks_at_once};
    std::map<uid_t, std::size_t> threads_;  ///< number of recorded ones, by holder
    std::size_t threads_in_all_ = 0;        ///< except for root
    std::size_t threads_of_subordinate_ = 0;
    engine::HoldId last_id_ = 0;
    std::uint64_t restorations_ = 0;
    std::map<process::ProcessKey, Recording> looked_at_;
    Look look_;
    Source look_source_;
};

}  // namespace iopriority::service
