// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/translation.hpp"

#include <gtest/gtest.h>

namespace iopriority::cli {

using translation::fill;

TEST(ATranslation, OfNothingIsNothing) {
    EXPECT_EQ(tr(""), "") << "and not the head of the catalogue";
}

TEST(ATranslation, IsTheTextItselfWhereThereIsNone) {
    EXPECT_EQ(tr("no such text: %1, %2", "a", 5), "no such text: a, 5");
    EXPECT_EQ(tr_n(1, "%1 dog", "%1 dogs", 1), "1 dog");
    EXPECT_EQ(tr_n(0, "%1 dog", "%1 dogs", 0), "0 dogs");
    EXPECT_EQ(tr_n(2, "%1 dog", "%1 dogs", 2), "2 dogs");
}

TEST(ATranslation, HasItsWordsWhereverItWantsThem) {
    EXPECT_EQ(fill("%2 after %1, %1", {"one", "two"}), "two after one, one");
    EXPECT_EQ(fill("none", {"one"}), "none");
}

TEST(ATranslation, ThatIsWrongIsAWrongSentenceAndNothingWorse) {
    EXPECT_EQ(fill("%3 %0 %9 %", {"one"}), "%3 %0 %9 %");
    EXPECT_EQ(fill("%s %n %1$s %%1", {"one"}), "%s %n one$s %one");
    EXPECT_EQ(fill("%1", {}), "%1");
    EXPECT_EQ(fill("", {"one"}), "");
}

TEST(ATranslation, DoesNotLookIntoItsWords) {
    EXPECT_EQ(fill("%1 %2", {"%2", "%1"}), "%2 %1");
    EXPECT_EQ(tr("%1", "%1 %2 $(pid)"), "%1 %2 $(pid)");
}

}  // namespace iopriority::cli
