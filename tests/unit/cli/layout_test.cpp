// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/layout.hpp"

#include <gtest/gtest.h>

#include <clocale>
#include <sstream>

#include "cli/table.hpp"

namespace iopriority::cli {

namespace {

/// Each test in a locale that knows wide characters, which every Debian has.
class Layout : public testing::Test {
 protected:
    Layout() { std::setlocale(LC_CTYPE, "C.UTF-8"); }  // NOLINT(concurrency-mt-unsafe)
    Layout(const Layout&) = delete;
    Layout& operator=(const Layout&) = delete;
    Layout(Layout&&) = delete;
    Layout& operator=(Layout&&) = delete;
    ~Layout() override { std::setlocale(LC_CTYPE, "C"); }  // NOLINT(concurrency-mt-unsafe)
};

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

}  // namespace

TEST_F(Layout, knows_the_width_of_a_character) {
    EXPECT_EQ(width(""), 0U);
    EXPECT_EQ(width("idle"), 4U);
    EXPECT_EQ(width("für"), 3U);
    EXPECT_EQ(width("優先度"), 6U);
}

TEST_F(Layout, counts_characters_in_a_locale_without_utf8) {
    std::setlocale(LC_CTYPE, "C");  // NOLINT(concurrency-mt-unsafe)
    EXPECT_EQ(width("für"), 3U);
    EXPECT_EQ(width("優先度"), 3U);
    EXPECT_EQ(width("\xff\xbf\x80"), 1U) << "what is not UTF-8";
}

TEST_F(Layout, breaks_lines_between_words) {
    EXPECT_EQ(wrapped(""), "\n");
    EXPECT_EQ(wrapped("a b"), "a b\n");
    const std::string word(40, 'x');
    EXPECT_EQ(wrapped(word + " " + word), word + "\n" + word + "\n");
    EXPECT_EQ(wrapped(word + " " + word.substr(1)), word + " " + word.substr(1) + "\n");
    EXPECT_EQ(wrapped(std::string(90, 'x') + " y"), std::string(90, 'x') + "\ny\n");
    EXPECT_EQ(wrapped(repeated("ü", 80)), repeated("ü", 80) + "\n");
}

TEST_F(Layout, breaks_lines_of_wide_characters_anywhere_but_before_a_full_stop) {
    EXPECT_EQ(wrapped(repeated("度", 41)), repeated("度", 40) + "\n度\n");
    EXPECT_EQ(wrapped(repeated("度", 40) + "。"), repeated("度", 39) + "\n度。\n");
    EXPECT_EQ(wrapped(repeated("度", 39) + "bfq"), repeated("度", 39) + "\nbfq\n") << "a word stays whole";
}

TEST_F(Layout, aligns_columns_of_wide_characters) {
    Table table({{"ディスク"}, {"B"}});
    table.add({"sda", "1"});
    EXPECT_EQ(table.to_string(), "ディスク  B\nsda       1\n");
}

}  // namespace iopriority::cli
