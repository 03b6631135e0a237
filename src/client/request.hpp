// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// One call of the library as a value, so that routing is written once for all of them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <iopriority/client.hpp>

#include "process/unique_fd.hpp"

namespace iopriority::client {

enum class What : std::uint8_t { set, get, describe, hold, devices };

/// A call with its arguments, checked.
struct Request {
    What what = What::get;
    Target target = Target::process(0);
    Priority priority{};  ///< of a set or hold
    /// Its numbers are those of another machine: no descriptor of this one is to be taken for them.
    bool elsewhere = false;
};

/// What came of it: the member that belongs to the call.
struct Answer {
    Changed changed{};
    Priority priority{};
    Details details{};
    std::shared_ptr<process::UniqueFd> hold{};  ///< shared so that answers can be copied; taken by the one who asked
    std::vector<Device> devices{};
};

/// Called exactly once, with the answer and a null error, or with the error alone.
using Completion = Callback<Answer>;

}  // namespace iopriority::client
