// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/say.hpp"

#include <syslog.h>

#include <cstdio>

namespace iopriority::service {

void say([[maybe_unused]] int priority, const std::string& text) {
    std::fprintf(stderr, "iopriorityd: %s\n", text.c_str());  // NOLINT(*-vararg)
#if !__has_include(<systemd/sd-journal.h>)
    ::syslog(LOG_DAEMON | priority, "%s", text.c_str());  // NOLINT(*-vararg,*-signed-bitwise)
#endif
}

}  // namespace iopriority::service
