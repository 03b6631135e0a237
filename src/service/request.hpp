// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What all requests have in common: find the caller, find the target, work in slices, reply.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "engine/job.hpp"
#include "policy/authority.hpp"
#include "service/admission.hpp"
#include "service/callers.hpp"
#include "service/change_log.hpp"
#include "service/guard.hpp"
#include "service/loop.hpp"
#include "service/refusal_log.hpp"
#include "service/requests.hpp"
#include "service/targets.hpp"
#include "service/user_names.hpp"

namespace iopriority::service {

class Holds;

/// What handlers need from a message. The message itself is valid only inside the bus's handler.
struct Call {
    std::string bus_name;           ///< the sender's unique name
    bool may_ask_a_person = false;  ///< the message flag ALLOW_INTERACTIVE_AUTHORIZATION
};

/// The parts of the service that requests use. All outlive every request.
struct Parts {
    Loop& loop;
    Callers& callers;
    policy::Authority& authority;
    Requests& requests;
    Admission& admission;  ///< of requests
    Admission& questions;  ///< to polkit
    Admission& settling;   ///< settle passes after a reply
    RefusalLog& refusals;
    UserNames& names;
    ChangeLog& log;
    Units& units;
    Holds& holds;
};

/// A request that is served in slices. If anything goes wrong in a step, the caller gets an error and the service
/// continues.
class StepwiseRequest : public Request, public std::enable_shared_from_this<StepwiseRequest> {
 public:
    void start();

    [[nodiscard]] const std::string& bus_name() const override { return call_.bus_name; }
    void give_up(const Failure& why) override;

 protected:
    StepwiseRequest(const Parts& parts, Call call, TargetSpec spec)
        : parts_(parts), call_(std::move(call)), spec_(std::move(spec)) {}

    /// The work begins.
    virtual void target_found(engine::Target target) = 0;
    /// Replies with an error, unless a reply was already sent; ends the request.
    virtual void fail(const Failure& why) = 0;
    /// Nothing has been changed yet, so it may be given up.
    [[nodiscard]] virtual bool may_be_given_up() const { return true; }

    template <typename Step>
    void guarded(Step step) {
        const auto keep = shared_from_this();
        guard(step, [this](const Failure& failure) { fail(failure); });
    }
    /// Does steps until one reports that it was the last, then calls `then`; others are served in between.
    void in_slices(std::function<bool()> step, std::function<void()> then);
    void after(std::chrono::milliseconds delay, std::function<void()> then);
    /// The request is over, except for what comes after the reply.
    void answered() { place_.reset(); }
    /// Its work stops.
    void end();

    [[nodiscard]] const Parts& parts() const noexcept { return parts_; }
    [[nodiscard]] const Call& call() const noexcept { return call_; }
    [[nodiscard]] const TargetSpec& spec() const noexcept { return spec_; }
    [[nodiscard]] const Caller& caller() const noexcept { return caller_; }

 private:
    template <typename Then>
    [[nodiscard]] auto when_found(Then then);
    void caller_found(const Caller& caller);
    [[nodiscard]] bool slice();

    Parts parts_;
    Call call_;
    TargetSpec spec_;
    Caller caller_;
    std::optional<Admission::Place> place_;
    std::function<bool()> step_;
    std::function<void()> then_;
    std::optional<Source> timer_;
    bool ended_ = false;
};

}  // namespace iopriority::service
