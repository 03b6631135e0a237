// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Messages to the administrator.
#pragma once

#include <string>

namespace iopriority::service {

/// A line to standard error, which is the journal under systemd. Where there is no journal, to syslog(3), too.
/// @param priority one of <syslog.h>
void say(int priority, const std::string& text);

}  // namespace iopriority::service
