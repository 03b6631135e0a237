// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Visits the processes of a target, in steps: one scan after another, with one process open at a time.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "engine/target.hpp"

namespace iopriority::engine {

/// If the target can have only one process, that process stays open for good. Any other process is open until the next
/// step, and is identified by its number afterwards.
class Walk {
 public:
    enum class Step : std::uint8_t {
        more,        ///< call again
        opened,      ///< a process is open that was not yet visited in this round
        scan_ended,  ///< all processes that the scan found were visited; or there is a failure
    };
    /// The only thread of a process: what it had before it was seen to be the only one, and whose it was after.
    struct Alone {
        int value = 0;
        process::Credentials credentials;
    };
    struct Open {
        process::Selection::Pinned process;
        process::ProcessKey key;
        std::unique_ptr<process::ThreadGroup> threads{};  ///< once open_threads() was called
        std::optional<Alone> alone{};                     ///< once alone() was called
    };

    Walk() = default;
    explicit Walk(Target target) : target_(std::move(target)) {}

    /// Begins a round: every process is to be visited again.
    void begin_round();
    /// Begins another scan of this round.
    void scan_again();
    [[nodiscard]] Step step();
    /// Goes once more over the processes that the last scan found.
    void go_back();

    [[nodiscard]] const Target& target() const noexcept { return target_; }
    [[nodiscard]] bool is_single() const { return target_.selection->is_fixed(); }
    [[nodiscard]] Open& open() noexcept { return *open_; }
    /// False if the process has ended or cannot be opened: then it is no longer open.
    [[nodiscard]] bool open_threads();
    /// Looks at the only thread of the open process, once in its turn; nothing if it has more, or cannot be looked at.
    [[nodiscard]] const std::optional<Alone>& alone();
    /// Whose the only thread of the open process is, if that reads as wanted and none can read otherwise.
    [[nodiscard]] std::optional<process::Credentials> alone_with(Priority wanted);
    /// The turn of the open process is over.
    void close();
    /// The last scan has found processes that had not been visited in this round.
    [[nodiscard]] bool found_new_ones() const noexcept { return !candidates_.empty(); }
    /// Scans of this round that have ended.
    [[nodiscard]] unsigned scans() const noexcept { return scans_; }
    /// Why the result would be incomplete. A process that has just ended is no failure, unless it was the only one.
    [[nodiscard]] const std::optional<Failure>& failure() const noexcept { return failure_; }

 private:
    [[nodiscard]] Step scan();
    [[nodiscard]] Step next();
    void missed(const Failure& why);
    [[nodiscard]] int read_first() const;

    Target target_;
    std::optional<Open> open_;
    std::set<pid_t> members_;  // in all rounds
    std::set<pid_t> visited_;  // in this one
    std::vector<process::Selection::Candidate> candidates_;
    std::size_t next_ = 0;
    unsigned scans_ = 0;
    bool scanning_ = false;
    bool turn_over_ = false;  // that of the only process
    std::optional<Failure> failure_;
};

}  // namespace iopriority::engine
