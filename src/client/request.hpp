// SPDX-FileCopyrightText: The iopriority authors
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
struct CallRequest {
    What what = What::get;
    Target target = Target::process(0);
    Priority priority{};  ///< of a set or hold

    [[nodiscard]] bool changes() const noexcept { return what == What::set || what == What::hold; }
};

/// What came of it: the part that belongs to the call.
struct Reply {
    Changed changed{};                          ///< of a set or hold
    Details details{};                          ///< of a get, the priority alone
    std::shared_ptr<process::UniqueFd> hold{};  ///< shared so that replies can be copied; taken by the one who asked
    std::vector<Device> devices{};
};

/// Called exactly once, with the reply and a null error, or with the error alone.
using Completion = Callback<Reply>;

}  // namespace iopriority::client
