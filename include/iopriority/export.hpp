// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Marks what the shared library exports; everything else is hidden.
#pragma once

/// On a class or function: it is part of the library's ABI.
#define IOPRIORITY_API __attribute__((visibility("default")))
