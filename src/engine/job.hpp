// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Sets priorities: a job over the processes of a target, in steps. Nothing else sets them.
///
/// look -> (the caller of the job asks polkit) -> set -> settle -> result; or undo. A single process is a target with
/// one process, and stays pinned. With several, one process is open at a time; a member is identified by a key that no
/// other process shares. The grant is checked for each thread right before and right after it is set: a thread that it
/// does not admit is left alone. The daemon runs a job in slices, the library runs it to its end, a dry run only looks.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <iopriority/details.hpp>

#include "engine/look.hpp"
#include "engine/settle_pass.hpp"
#include "engine/target.hpp"
#include "engine/thread_setter.hpp"
#include "engine/walk.hpp"
#include "policy/grant.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::engine {

/// A thread or process whose creation was in progress during a set has appeared by then (measured: none was later).
inline constexpr auto settle_delay = std::chrono::milliseconds(20);

using Counts = std::map<std::string, std::uint32_t>;

/// Is told what a job finds before it sets anything: a hold.
class Recorder : public Interface {
 public:
    /// Whether the priorities of a process can be recorded now: nobody else is recording or restoring them. If true,
    /// nobody else does so until found() or left(). If false, ask again.
    [[nodiscard]] virtual bool may_look_at(const process::ProcessKey& key) = 0;
    /// Stores what each thread to be set in a process has. A failure ends the job before any thread of that process
    /// is set.
    /// @param without threads that the grant does not admit, and what they have
    /// @return false if something delays the process while it executes a program, so that it cannot be recorded now
    [[nodiscard]] virtual Expected<bool> found(const process::Process& process, const process::ProcessKey& key,
                                               const Values& values, const Values& without) = 0;
    /// No thread of the process is to be set.
    virtual void left(const process::ProcessKey& key) = 0;
    /// A newer hold is in force on this thread.
    [[nodiscard]] virtual bool is_overlaid(const process::ProcessKey& /*key*/, pid_t /*tid*/) const { return false; }
    /// The process has been set; there may be threads among these that found() did not get.
    virtual void changed(const process::ProcessKey& key, const Found& changed) = 0;
};

class Job : public NotCopyable {
 public:
    enum class Progress : std::uint8_t {
        more,    ///< call again
        wait,    ///< the recorder is busy with this process: call again after a moment
        settle,  ///< call again after settle_delay
        done,
    };

    /// @param caller the user whose rights the rule is asked about
    Job(Target target, Order order, uid_t caller);
    ~Job() = default;

    /// Begins a look, or another one after polkit has replied, which compares its result with the first.
    void begin_look() { looker_.begin(); }
    /// Does a bounded piece of the look. @return true when it has ended.
    [[nodiscard]] bool look_step() { return looker_.step(); }
    /// What the look has seen; no_such_process if there is no process, or if since the previous look a process has
    /// changed owner or a thread needs a stricter action than any did before.
    [[nodiscard]] Expected<Look> looked() const;
    /// The target's names, as far as the look has seen it.
    [[nodiscard]] TargetName name() const;

    /// The target is all threads of a user.
    [[nodiscard]] bool is_of_user() const noexcept { return walk_.target().threads_of.has_value(); }

    /// Prepares to set what the grant admits.
    /// @param recorder must outlive the job; null: nothing is recorded
    /// @param own_of makes the OwnPriority of a process when its turn begins; empty: a thread's current priority is
    /// its own
    /// @param finished is told when the turn of a process is over, with the threads that are as wanted, and whether
    /// these are all that it has. If somebody has set threads meanwhile, it returns true: the process is set once more.
    using OwnOf = std::function<OwnPriority(const process::ProcessKey& key)>;
    using Finished = std::function<bool(const process::ProcessKey& key, const std::vector<pid_t>& as_wanted, bool all)>;
    /// @param swept is called when the kernel has set all threads of the user, before finished is told of each process
    /// that had had its turn
    void begin(
        policy::Grant grant, Recorder* recorder = nullptr, OwnOf own_of = {}, Finished finished = {},
        std::function<void()> swept = [] {});
    /// Does a bounded piece of the work.
    [[nodiscard]] Progress step();
    /// The result as counts, or no_such_process, partially_applied, failed.
    [[nodiscard]] Expected<Changed> result() const;

    /// A settle pass after the reply can still find a thread that was missed.
    [[nodiscard]] bool settle_pays() const;
    void begin_settle() { settle_.emplace(*walk_.open().threads, order_.wanted, judge(), *setter_); }
    /// @return true when it has ended.
    [[nodiscard]] bool settle_step() { return settle_->step(); }

    /// From here on step() restores what every changed thread had, if it is still as wanted and was set individually
    /// (not by the kernel's call for all threads of a user).
    void begin_undo();

    /// The priority found before, as text for the log.
    [[nodiscard]] std::string before() const;
    /// Whether the job has changed anything at all. (Threads that a sweep set before the kernel refused one read as
    /// wanted, as if they had been so before.)
    [[nodiscard]] bool changed_any() const { return changed_any_ || (sweep_refused_ && tally().as_wanted > 0); }
    /// The counts of the last round.
    [[nodiscard]] Tally tally() const;

 private:
    /// What is kept of a process when its turn is over.
    struct Member {
        process::ProcessKey key;
        Tally tally;
        Found changed;
        std::vector<pid_t> as_wanted;
        Found held;  ///< recorded; only where explicit priorities are kept
        unsigned round = 0;
        bool gone = false;
        bool gave_up = false;
        bool recorded = false;
        bool delayed = false;  ///< it cannot be recorded
    };
    /// What is found in a process, piece by piece, before it is recorded.
    struct Recording {
        Values found;
        Values without;
        std::vector<pid_t> tids;
        std::size_t left;  ///< of the threads that existed at the beginning: younger ones are listed after these
    };
    enum class Stage : std::uint8_t { idle, recording, telling, setting, undoing };

    [[nodiscard]] Judge judge();
    [[nodiscard]] Standing standing_of(const process::Credentials& credentials) const;
    [[nodiscard]] OwnPriority own_priority();
    void begin_stage(Stage stage);
    void record();
    void record_some();
    [[nodiscard]] Progress set();
    [[nodiscard]] Progress go_on();
    [[nodiscard]] bool is_done_alone();
    [[nodiscard]] Member& member();
    void finish_open();
    void sweep();
    [[nodiscard]] bool sweep_lasts();
    void tell_again();
    [[nodiscard]] Progress end_of_scan();
    [[nodiscard]] Progress end_of_round();
    [[nodiscard]] Failure refused(const std::string& text, const Tally& all) const;
    [[nodiscard]] bool counts(const Member& member) const { return member.round == round_ && !member.gone; }
    [[nodiscard]] std::map<int, std::uint32_t> found_before() const;
    [[nodiscard]] Counts left_alone(const Tally& all) const;
    [[nodiscard]] bool is_hold_of_several() const { return recorder_ != nullptr && !walk_.is_single(); }
    [[nodiscard]] unsigned contested() const;
    [[nodiscard]] bool tell(const Member& member) const;
    void undo();

    Walk walk_;
    Order order_;
    Looker looker_;

    policy::Grant grant_;
    Recorder* recorder_ = nullptr;
    OwnOf own_of_;
    Finished finished_;
    std::function<void()> on_sweep_;
    Stage stage_ = Stage::idle;
    std::optional<Recording> recording_;  ///< of the process whose turn it is
    std::optional<ThreadSetter> setter_;  ///< of the process whose turn it is
    std::map<pid_t, Member> members_;
    std::map<pid_t, Member>::const_iterator next_member_;  ///< while telling or undoing
    std::optional<SettlePass> settle_;
    std::optional<Failure> failure_;
    std::optional<Priority> before_sweep_;  ///< the highest
    unsigned round_ = 0;
    bool changed_any_ = false;
    bool new_ones_changed_ = false;
    bool set_again_ = false;  ///< the process whose turn it is
    bool sweep_tried_ = false;
    bool swept_ = false;        ///< the kernel has set all threads of the user by one call
    bool swept_first_ = false;  ///< before any of them was looked at
    bool sweep_refused_ = false;
    bool counts_on_sweep_ = false;  ///< what is not idle is taken for what it has not set
    bool needs_second_round_ = false;
    bool gave_up_ = false;  ///< there were still new processes when the limit of scans was reached
};

/// "process 812 (rsync) has ended, or is another one now"
[[nodiscard]] Failure became_another(const std::string& target);

}  // namespace iopriority::engine
