// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What the service uses of the processors, by /proc/PID/task/TID/schedstat.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace iopriority::bench {

class ServiceCpu {
 public:
    ServiceCpu();
    /// Nanoseconds of all its threads, once it rests: what it does after a reply (its log, a settle pass 20 ms later)
    /// belongs to the call. Throws if it does not come to rest.
    [[nodiscard]] std::int64_t at_rest() const;

 private:
    [[nodiscard]] std::int64_t used() const;

    pid_t pid_ = 0;
};

}  // namespace iopriority::bench
