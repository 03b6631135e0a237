// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The options of Extended1, from the bus.
#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <initializer_list>
#include <map>
#include <string>

#include "service/extended_service.hpp"

namespace iopriority::service {

/// What a call's options say.
struct BusOptions {
    ChangeOptions change;
    bool interactive = false;
};

/// A closed set: invalid_argument for a key that is not among those the method knows, or a value of another type.
Expected<BusOptions> read_options(const std::map<std::string, sdbus::Variant>& options,
                                  std::initializer_list<const char*> known);

}  // namespace iopriority::service
