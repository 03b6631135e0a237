// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include <unistd.h>

#include <cstdlib>

#include "client/bus_module.hpp"

#if __has_include(<systemd/sd-login.h>)
#include <systemd/sd-login.h>
#endif

bool iopriority_has_session() {
#if __has_include(<systemd/sd-login.h>)
    char* text = nullptr;
    int found = ::sd_pid_get_session(0, &text);
    if (found < 0) {
        found = ::sd_uid_get_display(::getuid(), &text);
    }
    std::free(text);  // NOLINT(*-no-malloc,*-owning-memory): libsystemd's
    return found >= 0;
#else
    return false;
#endif
}
