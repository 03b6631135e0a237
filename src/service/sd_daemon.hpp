// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What the service tells the service manager: nothing if the D-Bus library is basu.
#pragma once

#if __has_include(<systemd/sd-daemon.h>)
#include <systemd/sd-daemon.h>  // IWYU pragma: export
#else
#include <sys/types.h>

#include <cstdint>

constexpr int SD_LISTEN_FDS_START = 3;

inline int sd_notify(int /*unset*/, const char* /*state*/) {
    return 0;
}

inline int sd_pid_notify_with_fds(pid_t /*pid*/, int /*unset*/, const char* /*state*/, const int* /*fds*/,
                                  unsigned /*number*/) {
    return 0;
}

inline int sd_listen_fds_with_names(int /*unset*/, char*** /*names*/) {
    return 0;
}

inline int sd_watchdog_enabled(int /*unset*/, std::uint64_t* /*usec*/) {
    return 0;
}
#endif
