// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Get and Describe: reads every thread of the target, one process at a time.
#pragma once

#include <utility>

#include "engine/survey.hpp"
#include "service/reply.hpp"
#include "service/request.hpp"

namespace iopriority::service {

class ReadRequest final : public StepwiseRequest {
 public:
    using Reply = service::Reply<Details>;

    ReadRequest(const Parts& parts, Call call, TargetSpec spec, engine::Survey::Depth depth, Reply reply)
        : StepwiseRequest(parts, std::move(call), std::move(spec)), reader_(depth), reply_(std::move(reply)) {}

 private:
    void target_found(engine::Target target) override {
        reader_.begin(std::move(target));
        in_slices([this] { return reader_.step(); }, [this] { answer(reader_.result()); });
    }
    void fail(const Failure& why) override { answer(why); }
    void answer(const Expected<Details>& outcome) {
        reply_.send(outcome);
        end();
    }

    engine::Reader reader_;
    Reply reply_;
};

}  // namespace iopriority::service
