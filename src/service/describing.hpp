// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The way of a Describe: find the caller, find the processes, read every thread, reply.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernel/selection.hpp"
#include "kernel/survey.hpp"
#include "service/answer.hpp"
#include "service/call.hpp"
#include "service/guard.hpp"

namespace iopriority::service {

/// What is to be described.
struct Subject {
    std::unique_ptr<kernel::Selection> selection;  ///< or nothing
    std::vector<kernel::Process> processes;        ///< pinned already
    std::string nobody;                            ///< error text if there is none left
};

class Describing final : public Request, public std::enable_shared_from_this<Describing> {
 public:
    /// Makes the subject once the caller is known.
    using Pin = std::function<Expected<Subject>(const Caller&)>;

    Describing(const Parts& parts, Call call, Pin pin, Answer<kernel::Description> answer);

    void start();

    [[nodiscard]] const std::string& bus_name() const override { return call_.bus_name; }
    void give_up(const Failure& why) override { finish(why); }

 private:
    template <typename Step>
    void guarded(Step step);
    void caller_found(const Expected<Caller>& caller);
    void slice();
    bool step();
    void finish(const Expected<kernel::Description>& description);

    Parts parts_;
    Call call_;
    Pin pin_;
    Answer<kernel::Description> answer_;
    Subject subject_;
    std::unique_ptr<kernel::ProcThreads> threads_;
    kernel::Survey survey_;
    std::optional<Source> turn_;
    std::optional<Failure> failure_;
    bool finished_ = false;
};

}  // namespace iopriority::service
