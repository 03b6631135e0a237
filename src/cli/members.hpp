// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The processes that a target names, as far as they can be seen from here.
#pragma once

#include <vector>

#include <iopriority/target.hpp>

#include "kernel/process.hpp"
#include "values/expected.hpp"

namespace iopriority::cli {

/// A process first, then its descendants, or all members of a group or user; by number. Those that ended meanwhile are
/// left out.
/// @return a failure if a process is not there; nothing at all for a group or user without one, and for a unit
[[nodiscard]] Expected<std::vector<kernel::Process>> members_of(const Target& target);

}  // namespace iopriority::cli
