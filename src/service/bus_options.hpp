// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The options of a call, as they come from the bus.
#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <initializer_list>
#include <map>
#include <string>

#include "values/expected.hpp"

namespace iopriority::service {

/// The options of all methods.
struct BusOptions {
    bool descendants = false;
    bool keep_explicit = false;
    bool user_manager = false;
    bool interactive = false;
};

/// Takes the options that a method knows; invalid_argument for any other, and for values of another type.
[[nodiscard]] Expected<BusOptions> read_options(const std::map<std::string, sdbus::Variant>& options,
                                                std::initializer_list<const char*> known);

}  // namespace iopriority::service
