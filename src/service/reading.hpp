// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The way of a Get: find the caller (whose process numbers must mean the same as ours), pin, read, reply.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "kernel/process.hpp"
#include "kernel/reader.hpp"
#include "service/answer.hpp"
#include "service/call.hpp"
#include "service/guard.hpp"

namespace iopriority::service {

class Reading final : public Request, public std::enable_shared_from_this<Reading> {
 public:
    Reading(const Parts& parts, Call call, pid_t pid, Answer<Priority> answer);

    void start();

    [[nodiscard]] const std::string& bus_name() const override { return call_.bus_name; }
    void give_up(const Failure& why) override { finish(why); }

 private:
    template <typename Step>
    void guarded(Step step);
    void caller_found(const Expected<Caller>& caller);
    void slice();
    void finish(const Expected<Priority>& priority);

    Parts parts_;
    Call call_;
    pid_t pid_;
    Answer<Priority> answer_;
    std::optional<kernel::Process> process_;
    std::unique_ptr<kernel::ThreadGroup> threads_;
    std::optional<kernel::ThreadReader> reader_;
    std::optional<Source> turn_;
    bool finished_ = false;
};

}  // namespace iopriority::service
