// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/translation.hpp"

#include <gtest/gtest.h>

namespace iopriority::cli {

using translation::fill;

TEST(ATranslation, of_nothing_is_nothing) {
    EXPECT_EQ(tr(""), "") << "and not the head of the catalogue";
}

TEST(ATranslation, is_the_text_itself_if_there_is_none) {
    EXPECT_EQ(tr("no such text: %1, %2", "a", 5), "no such text: a, 5");
    EXPECT_EQ(tr_n(1, "%1 dog", "%1 dogs", 1), "1 dog");
    EXPECT_EQ(tr_n(0, "%1 dog", "%1 dogs", 0), "0 dogs");
    EXPECT_EQ(tr_n(2, "%1 dog", "%1 dogs", 2), "2 dogs");
}

TEST(ATranslation, has_its_words_wherever_it_wants_them) {
    EXPECT_EQ(fill("%2 after %1, %1", {"one", "two"}), "two after one, one");
    EXPECT_EQ(fill("none", {"one"}), "none");
}

TEST(ATranslation, that_is_wrong_is_a_wrong_sentence_and_nothing_worse) {
    EXPECT_EQ(fill("%3 %0 %9 %", {"one"}), "%3 %0 %9 %");
    EXPECT_EQ(fill("%s %n %1$s %%1", {"one"}), "%s %n one$s %one");
    EXPECT_EQ(fill("%1", {}), "%1");
    EXPECT_EQ(fill("", {"one"}), "");
}

TEST(ATranslation, does_not_expand_its_words) {
    EXPECT_EQ(fill("%1 %2", {"%2", "%1"}), "%2 %1");
    EXPECT_EQ(tr("%1", "%1 %2 $(pid)"), "%1 %2 $(pid)");
}

}  // namespace iopriority::cli
