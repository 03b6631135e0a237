// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// One call of the library as a value, so that routing is written once for all of them.
#pragma once

#include <cstdint>

#include <iopriority/client.hpp>

namespace iopriority::client {

enum class What : std::uint8_t { set_process, set_user, get };

/// A call with its arguments, checked: `id` is a process id (0: the calling process) or a user id.
struct Request {
    What what = What::get;
    std::uint32_t id = 0;
    Priority priority;
};

/// What came of it: `changed` of a set, `priority` of a get.
struct Answer {
    Changed changed;
    Priority priority;
};

/// Called exactly once, with the answer and a null error, or with the error alone.
using Completion = Callback<Answer>;

}  // namespace iopriority::client
