// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What the daemon looks up in the module once it has loaded it.
#include "policy/authority.hpp"

/// @return an authority, which the caller owns
extern "C" __attribute__((visibility("default"))) iopriority::policy::Authority* iopriority_polkit_authority() {
    return iopriority::policy::make_polkit_authority().release();
}
