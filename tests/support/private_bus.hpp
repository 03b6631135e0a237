// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Tests that run on a private system bus (tests/support/private-bus).
#pragma once

#include <string>
#include <vector>

namespace iopriority::test {

/// The main function of an integration test: started from outside, it starts itself again inside private-bus, on which
/// the tests then run as root. options: of private-bus, such as {"--idle-timeout", "0.3"}.
int run_on_private_bus(int argc, char** argv, const std::vector<std::string>& options = {});

/// Where every user can run the program of tests/support with this name.
[[nodiscard]] std::string tool(const std::string& name);

/// The password of root and of the administrator, inside.
[[nodiscard]] std::string password();

/// The service and ioprioctl were built with sanitizers: their time and memory are not their own.
[[nodiscard]] bool service_has_sanitizers();

/// What the service has written to stderr so far.
[[nodiscard]] std::string daemon_log();
[[nodiscard]] std::string polkit_log();

}  // namespace iopriority::test
