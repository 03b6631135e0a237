// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Targets and options of Extended1, as they come from the bus.
#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <map>
#include <string>
#include <vector>

#include "service/targets.hpp"
#include "values/expected.hpp"

namespace iopriority::service {

/// What a request does with its target.
enum class Verb : bool { set, describe };

/// invalid_argument for an unknown kind, and for a target whose type does not match the kind: both say what was
/// received and what is accepted.
[[nodiscard]] Expected<TargetSpec> read_target(const std::string& kind, const sdbus::Variant& target);

/// Of all verbs and kinds.
[[nodiscard]] std::vector<const char*> option_names();

/// invalid_argument for an option that this verb does not have, or not for this kind, and for values of a wrong type.
[[nodiscard]] Expected<TargetSpec> with_options(TargetSpec spec, const std::map<std::string, sdbus::Variant>& options,
                                                Verb verb);

}  // namespace iopriority::service
