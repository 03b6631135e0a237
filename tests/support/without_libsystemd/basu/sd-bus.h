// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// basu's header, played: libsystemd's, without the function that basu lacks.
#pragma once

#define sd_bus_enqueue_for_read sd_bus_enqueue_for_read_of_systemd  // NOLINT(*-macro-usage)
#include <systemd/sd-bus.h>
#undef sd_bus_enqueue_for_read
