// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Messages to the administrator.
#pragma once

#include <syslog.h>

#include <cstdio>
#include <string>

namespace iopriority::service {

/// Writes a line to standard error, which is the journal under systemd. Without a journal, also to syslog(3).
/// @param priority one of <syslog.h>
inline void say([[maybe_unused]] int priority, const std::string& text) {
    std::fprintf(stderr, "iopriorityd: %s\n", text.c_str());  // NOLINT(*-vararg)
#if !__has_include(<systemd/sd-journal.h>)
    ::syslog(LOG_DAEMON | priority, "%s", text.c_str());  // NOLINT(*-vararg,*-signed-bitwise)
#endif
}

}  // namespace iopriority::service
