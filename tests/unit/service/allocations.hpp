// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Allocations that fail, in programs that have allocations.cpp.
#pragma once

namespace iopriority::service::test {

/// So many allocations of this thread succeed before one fails; none fails if it is negative, as it is after that.
extern thread_local long allocations_left;
/// All after that fail, too, until this is ended.
extern thread_local bool allocations_end;

}  // namespace iopriority::service::test
