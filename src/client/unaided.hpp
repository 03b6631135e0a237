// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What the calling process can do by its own system calls.
#pragma once

#include <memory>

#include "client/request.hpp"
#include "values/expected.hpp"

namespace iopriority::client {

class Unaided {
 public:
    Unaided() = default;
    Unaided(const Unaided&) = delete;
    Unaided& operator=(const Unaided&) = delete;
    Unaided(Unaided&&) = delete;
    Unaided& operator=(Unaided&&) = delete;
    virtual ~Unaided() = default;

    /// Is there a point in trying? A user's own processes are in reach, other users' are not, and root's never are as a
    /// whole: the kernel's call for uid 0 would change the kernel's own threads as well.
    [[nodiscard]] virtual bool in_reach(const Request& request) const = 0;

    /// Does it. access_denied means that the kernel refused and that the service may be able to; of a single process
    /// nothing is changed then. Every other failure is final. From any thread.
    [[nodiscard]] virtual Expected<Answer> serve(const Request& request) = 0;
};

/// The kernel itself.
[[nodiscard]] std::unique_ptr<Unaided> unaided();

/// Where the processes are another machine's: nothing is in reach.
[[nodiscard]] std::unique_ptr<Unaided> nobody();

}  // namespace iopriority::client
