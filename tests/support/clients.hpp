// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// How the usual D-Bus programs call the service.
#pragma once

#include <string>
#include <vector>

#include "bus.hpp"
#include "child.hpp"

namespace iopriority::test {

/// Arguments as "u:1234", "s:idle".
Command busctl_call(const std::string& method, const std::vector<std::string>& arguments);
Command gdbus_call(const std::string& method, const std::vector<std::string>& arguments);
Command dbus_send_call(const std::string& method, const std::vector<std::string>& arguments);
Command qdbus_call(const std::string& method, const std::vector<std::string>& arguments);

}  // namespace iopriority::test
