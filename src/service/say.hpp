// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Messages to the administrator.
#pragma once

#include <string>

namespace iopriority::service {

/// Writes a line to standard error, which is the journal under systemd. Without a journal, also to syslog(3).
/// @param priority one of <syslog.h>
void say(int priority, const std::string& text);

}  // namespace iopriority::service
