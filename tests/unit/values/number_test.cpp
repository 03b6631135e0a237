// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/number.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace iopriority::values {

TEST(ANumber, is_not_read_from_anything_but_a_whole_word) {
    for (const auto* word : {"", " ", "+5", " 5", "5 ", "5a", "0x5", "1.0", "1e3", "٣"}) {
        EXPECT_EQ(number<unsigned>(word), std::nullopt) << word;
    }
    EXPECT_EQ(number<unsigned>("-5"), std::nullopt);
    EXPECT_EQ(number<int>("-5"), -5);
    EXPECT_EQ(number<unsigned>("0042"), 42U);
}

TEST(ANumber, does_not_overflow) {
    EXPECT_EQ(number<std::uint32_t>("4294967296"), std::nullopt);
    EXPECT_EQ(number<std::uint32_t>("4294967295"), 4294967295U);
    EXPECT_EQ(number<std::uint64_t>("99999999999999999999999"), std::nullopt);
}

TEST(ANumber, may_be_to_another_base) {
    EXPECT_EQ(number<unsigned>("040", 8), 32U);
    EXPECT_EQ(number<unsigned>("8", 8), std::nullopt);
    EXPECT_EQ(number<std::uint64_t>("000000ff", 16), 255U);
}

}  // namespace iopriority::values
