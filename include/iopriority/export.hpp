// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Marks what the shared library exports; everything else is hidden.
#pragma once

#if __cplusplus < 201709L
#error "libiopriority's C++ headers need C++20 (-std=c++20); <iopriority.h> is for C and for older C++"
#endif

/// On a class or function: it is part of the library's ABI.
#define IOPRIORITY_API __attribute__((visibility("default")))
