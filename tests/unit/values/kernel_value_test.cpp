// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The integer of ioprio_set(2) and ioprio_get(2): built from class and level alone, masked when read.
#include <gtest/gtest.h>

#include <limits>

#include "values/values.hpp"

namespace iopriority {
namespace {

using values::from_kernel;
using values::to_kernel;

constexpr int realtime = 1 << 13;
constexpr int best_effort = 2 << 13;
constexpr int idle = 3 << 13;

TEST(AKernelValue, of_a_class_that_is_not_known_reads_as_none) {
    for (int io_class = 4; io_class <= 7; ++io_class) {
        EXPECT_EQ(from_kernel(io_class << 13 | 5), Priority::none()) << io_class;
    }
    EXPECT_EQ(from_kernel(-1), Priority::none());
}

TEST(AKernelValue, of_class_none_reads_as_none_whatever_its_level) {
    EXPECT_EQ(from_kernel(0), Priority::none());
    EXPECT_EQ(from_kernel(4), Priority::none()) << "Linux before 5.15 says so of a task that never set one";
    EXPECT_EQ(from_kernel(0x8), Priority::none()) << "a hint";
    EXPECT_EQ(from_kernel(0x1000), Priority::none());
}

TEST(AKernelValue, is_read_without_its_hints) {
    EXPECT_EQ(from_kernel(0x4008), Priority::best_effort(0)) << "best-effort \"8\": level 0 with a hint";
    EXPECT_EQ(from_kernel(best_effort | 0x1fff), Priority::best_effort(7));
    EXPECT_EQ(from_kernel(realtime | 7 << 3 | 2), Priority::realtime(2));
    EXPECT_EQ(from_kernel(idle | 0x3ff << 3), Priority::idle());
}

TEST(AKernelValue, is_read_without_what_stands_above_sixteen_bits) {
    EXPECT_EQ(from_kernel(1 << 16 | best_effort | 4), Priority::best_effort(4));
    EXPECT_EQ(from_kernel(std::numeric_limits<int>::min() + (best_effort | 4)), Priority::best_effort(4));
}

TEST(AKernelValue, of_class_idle_has_no_level) {
    for (int level = 0; level <= 7; ++level) {
        EXPECT_EQ(from_kernel(idle | level), Priority::idle());
    }
}

TEST(AKernelValue, is_built_from_class_and_level_alone) {
    EXPECT_EQ(to_kernel(Priority::none()), 0);
    EXPECT_EQ(to_kernel(Priority::idle()), idle);
    for (unsigned level = 0; level <= 7; ++level) {
        EXPECT_EQ(to_kernel(Priority::realtime(level)), realtime + static_cast<int>(level));
        EXPECT_EQ(to_kernel(Priority::best_effort(level)), best_effort + static_cast<int>(level));
    }
}

TEST(AKernelValue, never_carries_what_was_read_back_into_the_kernel) {
    for (int raw = 0; raw <= 0xFFFF; ++raw) {
        const Priority read = from_kernel(raw);
        const int written = to_kernel(read);
        ASSERT_EQ(from_kernel(written), read) << raw;
        ASSERT_EQ(written & ~(7 << 13 | 7), 0) << "a hint, from " << raw;
        ASSERT_LE(written >> 13, 3) << raw;
    }
}

}  // namespace
}  // namespace iopriority
