// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A bus that the test plays, at the other end of the service's own connection.
#pragma once

#include "../played_bus.hpp"
#include "bench.hpp"

namespace iopriority::service::test {

using iopriority::test::Message;
using iopriority::test::Played_bus;
using iopriority::test::require;

inline constexpr const char* caller = ":1.7";
inline constexpr const char* service = ":1.1";

}  // namespace iopriority::service::test
