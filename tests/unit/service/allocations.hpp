// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Allocations that fail or are counted, in programs that have allocations.cpp.
#pragma once

#include <cstddef>

namespace iopriority::service::test {

/// So many allocations of this thread succeed before one fails; none fails if it is negative, as it is after that.
extern thread_local long allocations_left;
/// All after that fail, too, until this is ended.
extern thread_local bool allocations_end;

/// Bytes that are allocated by now, in all threads, and the most that ever were since this was last set.
[[nodiscard]] std::size_t allocated();
[[nodiscard]] std::size_t& most_allocated();

}  // namespace iopriority::service::test
