// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Names of processes and users are made by those whom they name: what must not reach a log, a terminal or a prompt.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "values/text.hpp"

namespace iopriority::values {
namespace {

using namespace std::string_view_literals;

std::string utf8(char32_t c) {
    const auto tail = [&](unsigned shift) { return static_cast<char>(0x80U | (c >> shift & 0x3FU)); };
    if (c < 0x80) {
        return {static_cast<char>(c)};
    }
    if (c < 0x800) {
        return {static_cast<char>(0xC0U | c >> 6U), tail(0)};
    }
    if (c < 0x10000) {
        return {static_cast<char>(0xE0U | c >> 12U), tail(6), tail(0)};
    }
    return {static_cast<char>(0xF0U | c >> 18U), tail(12), tail(6), tail(0)};
}

struct Unfit {
    const char* what;
    char32_t first;
    char32_t last;
};

TEST(JoinedText, has_what_parts_it_between_two_alone) {
    EXPECT_EQ(joined(std::vector<std::string>{}), "");
    EXPECT_EQ(joined(std::vector<std::string>{"a"}), "a");
    EXPECT_EQ(joined(std::array{"a"sv, "b"sv, "c"sv}), "a, b, c");
    EXPECT_EQ(joined(std::array{1, 2}, "-", [](int each) { return std::to_string(each); }), "1-2");
}

TEST(SanitisedText, has_no_character_that_moves_turns_or_hides) {
    constexpr std::array<Unfit, 24> all{{
        {"controls, newline and escape among them", 0x00, 0x1F},
        {"delete and the controls of eight bits, CSI among them", 0x7F, 0x9F},
        {"soft hyphen", 0xAD, 0xAD},
        {"combining grapheme joiner", 0x034F, 0x034F},
        {"Arabic letter mark", 0x061C, 0x061C},
        {"Hangul fillers", 0x115F, 0x1160},
        {"Khmer inherent vowels", 0x17B4, 0x17B5},
        {"Mongolian selectors and separator", 0x180B, 0x180F},
        {"zero width, left-to-right and right-to-left marks", 0x200B, 0x200F},
        {"separators of lines and paragraphs", 0x2028, 0x2029},
        {"embeddings and overrides", 0x202A, 0x202E},
        {"word joiner, isolates and deprecated format characters", 0x2060, 0x206F},
        {"blank Braille pattern", 0x2800, 0x2800},
        {"Hangul filler", 0x3164, 0x3164},
        {"private use", 0xE000, 0xF8FF},
        {"non-characters", 0xFDD0, 0xFDEF},
        {"variation selectors", 0xFE00, 0xFE0F},
        {"byte order mark", 0xFEFF, 0xFEFF},
        {"specials", 0xFFF0, 0xFFFF},
        {"shorthand format characters", 0x1BCA0, 0x1BCA3},
        {"musical format characters", 0x1D173, 0x1D17A},
        {"non-characters of a higher plane", 0x1FFFE, 0x1FFFF},
        {"tags and variation selectors", 0xE0000, 0xE0FFF},
        {"private use planes", 0xF0000, 0x10FFFF},
    }};
    for (const auto& range : all) {
        const char32_t stride = 1 + (range.last - range.first) / 4096;
        for (char32_t c = range.first; c <= range.last; c += stride) {
            ASSERT_EQ(sanitised("a" + utf8(c) + "b"), "a?b") << range.what << ": U+" << std::hex << unsigned{c};
        }
    }
}

TEST(SanitisedText, has_a_mark_for_each_byte_that_is_not_utf8) {
    EXPECT_EQ(sanitised("a\x80z"sv), "a?z") << "a tail without a head";
    EXPECT_EQ(sanitised("\xff\xfe\xf8\xf5"sv), "????") << "bytes that never occur";
    EXPECT_EQ(sanitised("\xc0\xaf"sv), "??") << "an overlong slash";
    EXPECT_EQ(sanitised("\xc1\xbf"sv), "??");
    EXPECT_EQ(sanitised("\xe0\x80\xaf"sv), "???");
    EXPECT_EQ(sanitised("\xf0\x80\x80\xaf"sv), "????");
    EXPECT_EQ(sanitised("\xc0\x80"sv), "??") << "an overlong NUL";
    EXPECT_EQ(sanitised("\xe0\x9f\xbf"sv), "???");
    EXPECT_EQ(sanitised("\xf0\x8f\xbf\xbf"sv), "????");
    EXPECT_EQ(sanitised("\xed\xa0\x80"sv), "???") << "a surrogate";
    EXPECT_EQ(sanitised("\xed\xbf\xbf"sv), "???");
    EXPECT_EQ(sanitised("\xf4\x90\x80\x80"sv), "????") << "above U+10FFFF";
}

TEST(SanitisedText, swallows_nothing_after_a_character_that_is_cut_off) {
    EXPECT_EQ(sanitised("\xc3"sv), "?");
    EXPECT_EQ(sanitised("\xe2\x82"sv), "??");
    EXPECT_EQ(sanitised("\xf0\x9f\x90"sv), "???");
    EXPECT_EQ(sanitised("\xc3"
                        "a"sv),
              "?a");
    EXPECT_EQ(sanitised("\xe2\x82\n"sv), "???");
    EXPECT_EQ(sanitised("\xf0\x9f\xc3\xa9"sv), "??\xc3\xa9");
}

TEST(SanitisedText, is_not_longer_than_allowed_and_not_cut_within_a_character) {
    EXPECT_EQ(sanitised("abc", 0), "");
    EXPECT_EQ(sanitised("abc", 2), "ab");
    EXPECT_EQ(sanitised("ab\xc3\xa9", 3), "ab");
    EXPECT_EQ(sanitised("ab\xc3\xa9", 4), "ab\xc3\xa9");
    EXPECT_EQ(sanitised("\xf0\x9f\x90\xa7", 3), "");
    EXPECT_EQ(sanitised(std::string(1000, 'x')).size(), 256U);
    EXPECT_EQ(sanitised(std::string(1000, '\n')).size(), 256U);
}

TEST(SanitisedText, of_an_escape_sequence_is_harmless_text) {
    EXPECT_EQ(sanitised("\x1b]0;root\x07\x1b[31m"), "?]0;root??[31m");
    EXPECT_EQ(sanitised("x\r\nOK\tdone"), "x??OK?done");
    EXPECT_EQ(sanitised("a\0b"sv), "a?b");
}

TEST(SanitisedText, keeps_what_can_be_read) {
    for (const std::string_view text :
         {"", "rsync", "(sd-pam)", "kworker/0:1-events", "it's \"quoted\" <b>", "\xc3\xa9t\xc3\xa9",
          "\xe6\x97\xa5\xe6\x9c\xac", "\xd7\x90\xd7\x91", "\xf0\x9f\x90\xa7", "\xef\xb7\xb0", "\xed\x9f\xbf"}) {
        EXPECT_EQ(sanitised(text), text);
    }
}

TEST(SanitisedText, stays_as_it_is_when_sanitised_again) {
    std::string every_byte;
    for (int c = 0; c < 256; ++c) {
        every_byte += static_cast<char>(c);
    }
    for (std::size_t longest = 0; longest < 300; ++longest) {
        const auto once = sanitised(every_byte, longest);
        ASSERT_EQ(sanitised(once, longest), once);
    }
}

TEST(TextForAPrompt, has_nothing_that_an_agent_would_read_as_markup) {
    EXPECT_EQ(sanitised_for_prompt("<b>&amp;"), "?b??amp;");
    EXPECT_EQ(sanitised_for_prompt("<img src='x'>"), "?img src=?x??");
}

TEST(TextForAPrompt, cannot_pretend_to_be_the_rest_of_the_prompt) {
    EXPECT_EQ(sanitised_for_prompt("tar (process 1"), "tar ?process 1");
    EXPECT_EQ(sanitised_for_prompt("\"tar\""), "?tar?");
    EXPECT_EQ(sanitised_for_prompt("$(caller-uid)"), "??caller-uid?") << "what polkit would fill in";
    EXPECT_EQ(sanitised_for_prompt("a\nb\xff\xe2\x80\xae"), "a?b??");
}

TEST(TextForAPrompt, keeps_the_names_that_programs_and_users_have) {
    for (const std::string_view name : {"rsync", "kworker/0:1-events", "python3.11", "user@1000.svc", "g++", "a_b-c",
                                        "\xc3\xa9t\xc3\xa9", "web app"}) {
        EXPECT_EQ(sanitised_for_prompt(name), name);
    }
}

TEST(TextForAPrompt, is_not_longer_than_allowed) {
    EXPECT_EQ(sanitised_for_prompt(std::string(1000, '<')).size(), 256U);
    EXPECT_EQ(sanitised_for_prompt("a\xc3\xa9", 2), "a");
}

TEST(AWord, has_letters_digits_and_the_given_marks_alone) {
    EXPECT_TRUE(is_word("azAZ09", ""));
    EXPECT_TRUE(is_word("nvme0n1_p-1", "_-"));
    for (const std::string_view text : {"", "a b", "a/b", "a.b", "\xc3\xa4", "a\n"}) {
        EXPECT_FALSE(is_word(text, "_-")) << text;
    }
}

}  // namespace
}  // namespace iopriority::values
