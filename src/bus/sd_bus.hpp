// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// sd-bus, whoever has it: libsystemd, libelogind (which has the same names below its own directory), or basu.
#pragma once

#if __has_include(<systemd/sd-bus.h>)
#include <systemd/sd-bus.h>  // IWYU pragma: export
#else
#include <basu/sd-bus.h>  // IWYU pragma: export
#endif
