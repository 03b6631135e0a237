// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Requests that set or hold a priority, always in this order: find the caller, pin the target, look at its owner,
/// decide the action, authorize, apply (each thread is checked again), verify, log, reply. (Decoding and checking the
/// arguments come before; a settle pass for threads that were being created may follow.)
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "service/holds.hpp"
#include "service/reply.hpp"
#include "service/request.hpp"

namespace iopriority::service {

/// What was done and, for a hold, the holder's descriptor. (Shared, since a reply is passed by reference.)
struct Done {
    Changed outcome;
    std::shared_ptr<process::UniqueFd> hold;
};

class SetRequest final : public StepwiseRequest {
 public:
    enum class For : bool { good, a_hold };
    using Reply = service::Reply<Done>;

    SetRequest(const Parts& parts, Call call, TargetSpec spec, engine::Order order, For duration, Reply reply)
        : StepwiseRequest(parts, std::move(call), std::move(spec)),
          order_(order),
          duration_(duration),
          reply_(std::move(reply)) {}

 private:
    // In the order in which they run.
    void target_found(engine::Target target) override;
    void decide();
    void authorize();
    void ask();
    [[nodiscard]] std::string owners() const;
    /// More owners than are told.
    [[nodiscard]] bool is_cut() const { return owner_names_.size() < look_.needing.size(); }
    void nobody_answered();
    void answered(const policy::Answer& answer);
    void look_again();
    void apply(policy::Grant grant);
    void work();
    void verify();
    [[nodiscard]] bool overrule(const process::ProcessKey& key, const std::vector<pid_t>& tids, bool all);
    void finish(const Expected<Changed>& outcome);
    void undo(const Failure& why);

    void fail(const Failure& why) override;
    [[nodiscard]] bool may_be_given_up() const override { return !applying_; }
    [[nodiscard]] policy::Question question();
    [[nodiscard]] policy::Grant grant() const;
    [[nodiscard]] Failure not_authorized(const policy::Answer& answer) const;
    void log(ChangeRecord::Event event, const Expected<Changed>& outcome);

    engine::Order order_;
    For duration_;
    Reply reply_;

    std::unique_ptr<engine::Job> job_;
    engine::Look look_;
    std::string told_program_;
    /// Of owners whose threads need the permission; nothing if a name could not be looked up.
    std::map<uid_t, std::optional<std::string>> owner_names_;
    std::size_t names_to_come_ = 0;
    std::shared_ptr<const Admission::Place> question_place_;
    std::optional<Admission::Place> settle_place_;
    std::unique_ptr<policy::Authority::Check> check_;
    std::unique_ptr<Holds::Beginning> beginning_;
    // When the turn of the process that is being set began:
    std::uint64_t restorations_ = 0;  ///< by holds
    std::uint64_t turn_began_ = 0;    ///< in ticks after boot
    engine::HoldId newest_ = 0;       ///< of the holds that may have begun before the process was set
    bool applying_ = false;
};

}  // namespace iopriority::service
