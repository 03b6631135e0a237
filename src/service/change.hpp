// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The way of every change, always in this order: find the caller, pin the target, decide the action, authorize, look
/// at the target again, apply, verify, log, reply. (Decoding and the check of the arguments come before; a late look
/// for threads that were being born may come after.)
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "service/answer.hpp"
#include "service/call.hpp"
#include "service/guard.hpp"
#include "targets/target.hpp"

namespace iopriority::service {

class Change final : public Request, public std::enable_shared_from_this<Change> {
 public:
    /// Makes the target once the caller is known.
    using Pin = std::function<targets::PinnedTarget(const Caller&)>;

    Change(const Parts& parts, Call call, Priority wanted, Pin pin, Answer<targets::Outcome> answer);

    void start();

    [[nodiscard]] const std::string& bus_name() const override { return call_.bus_name; }
    void give_up(const Failure& why) override;

 private:
    // In the order in which they run.
    void caller_found(const Caller& caller);
    void look();
    void decide();
    void authorize();
    void answered(const authorization::Answer& answer);
    void looked_again();
    void apply();
    void round_ended();
    void verify();
    void finish(const Expected<targets::Outcome>& outcome);
    void look_late();
    void end();

    /// Does steps until one says that it was the last, then goes on; others are served in between.
    void in_slices(bool (targets::Target::*step)(), void (Change::*then)());
    template <typename Step>
    void guarded(Step step);
    [[nodiscard]] authorization::Question question();
    [[nodiscard]] Failure not_authorized(const authorization::Answer& answer);
    [[nodiscard]] authorization::Action strictest(const std::vector<kernel::Owner>& owners) const;
    void log(const Expected<targets::Outcome>& outcome);

    Parts parts_;
    Call call_;
    Priority wanted_;
    Pin pin_;
    Answer<targets::Outcome> answer_;

    Caller caller_;
    std::unique_ptr<targets::Target> target_;
    authorization::Action action_ = authorization::Action::none;
    std::shared_ptr<const Requests::Place> place_;
    std::unique_ptr<authorization::Authority::Check> check_;
    std::optional<Source> timer_;
    bool applying_ = false;
    bool second_round_ = false;
    bool authorized_ = false;
    bool answered_ = false;
};

}  // namespace iopriority::service
