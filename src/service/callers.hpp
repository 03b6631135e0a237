// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Who calls, as the bus vouches for it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

#include "values/expected.hpp"

namespace iopriority::service {

/// How process numbers of the caller relate to ours.
enum class PidView : std::uint8_t {
    same,     ///< the caller is in our pid namespace
    foreign,  ///< in another one: its numbers mean other processes here
    unknown,  ///< it could not be found out
};

struct Caller {
    std::string bus_name;  ///< unique, such as ":1.42"
    uid_t uid = 0;         ///< the effective uid that the bus took when the caller connected
    pid_t pid = 0;         ///< 0 if it cannot be seen from here
    PidView pid_view = PidView::unknown;
};

/// Finds callers by their unique name.
class Callers {
 public:
    using Handler = std::function<void(const Expected<Caller>&)>;

    Callers() = default;
    Callers(const Callers&) = delete;
    Callers& operator=(const Callers&) = delete;
    Callers(Callers&&) = delete;
    Callers& operator=(Callers&&) = delete;
    virtual ~Callers() = default;

    /// Calls the handler, at once if the caller is known already.
    virtual void find(const std::string& bus_name, Handler handler) = 0;
};

}  // namespace iopriority::service
