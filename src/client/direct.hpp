// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What the calling process can do by its own system calls.
#pragma once

#include <memory>

#include "client/request.hpp"
#include "engine/job.hpp"
#include "values/expected.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::client {

class DirectBackend : public Interface {
 public:
    /// Is there a point in trying? A user's own processes are in reach, other users' are not, and root's never are as a
    /// whole: the kernel's call for uid 0 would change the kernel's own threads as well.
    [[nodiscard]] virtual bool in_reach(const CallRequest& request) const = 0;

    /// Does it. access_denied means that the kernel refused and that the service may be able to: nothing is changed
    /// then. Every other failure is final. From any thread.
    [[nodiscard]] virtual Expected<Reply> serve(const CallRequest& request) = 0;
};

/// By this machine's kernel.
[[nodiscard]] std::unique_ptr<DirectBackend> direct_backend();

/// What a target of the library names, as the engine has it. access_denied where only the service can see it.
[[nodiscard]] Expected<engine::Target> direct_target(const Target& target);

/// What is to be set on it.
/// @param kernel_judges as engine::Order has it
[[nodiscard]] engine::Order direct_order(const Target& target, Priority wanted, bool kernel_judges);

/// Looks at what a job is about, to the end.
[[nodiscard]] Expected<engine::Look> look(engine::Job& job);

/// Runs a job to its end, with the kernel as its judge. If that refuses a thread, what was changed is changed back, and
/// the failure is access_denied for EPERM.
[[nodiscard]] Expected<Changed> run(engine::Job& job);

}  // namespace iopriority::client
