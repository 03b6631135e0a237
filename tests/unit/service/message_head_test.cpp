// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The head of a message: what is there, what is not yet, and bytes that mean nothing.
#include "service/message_head.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "message.hpp"

namespace iopriority::service::test {
namespace {

TEST(The_head_of_a_message, is_nothing_before_all_of_the_message_is_there) {
    const auto bytes = MessageToWrite{.body = "body"}.bytes();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        ASSERT_FALSE(parse_head(std::string_view(bytes).substr(0, size))) << size;
    }
    EXPECT_TRUE(parse_head(bytes));
}

TEST(The_head_of_a_message, says_whose_it_is_and_what_it_wants_in_either_byte_order) {
    for (const char order : {'l', 'B'}) {
        const auto bytes = MessageToWrite{.order = order, .serial = 0x01020304, .body = "body"}.bytes();
        const auto all = bytes + "the next one";
        const auto head = parse_head(all);
        ASSERT_TRUE(head);
        EXPECT_EQ(head->size, bytes.size());
        EXPECT_EQ(head->serial, 0x01020304U);
        EXPECT_TRUE(head->is_call);
        EXPECT_TRUE(head->wants_reply);
        EXPECT_EQ(head->member, "Get");
        EXPECT_EQ(head->sender, ":1.42");
    }
}

TEST(The_head_of_a_message, says_that_no_reply_is_wanted_or_that_it_is_no_call) {
    const auto no_reply = MessageToWrite{.flags = 1}.bytes();
    EXPECT_FALSE(parse_head(no_reply)->wants_reply);
    const auto signal = MessageToWrite{.type = 4}.bytes();
    EXPECT_FALSE(parse_head(signal)->is_call);
}

TEST(The_head_of_a_message, is_nothing_where_a_field_is_of_a_type_that_no_field_has) {
    auto bytes = MessageToWrite{}.bytes();
    bytes.at(18) = 'v';
    EXPECT_FALSE(parse_head(bytes));
}

TEST(The_head_of_a_message, is_nothing_where_a_text_is_longer_than_the_fields) {
    auto bytes = MessageToWrite{.texts = {{3, "Get"}}}.bytes();
    bytes.at(20) = 100;
    EXPECT_FALSE(parse_head(bytes));
}

TEST(The_head_of_a_message, takes_bytes_of_any_kind) {
    std::mt19937 random(1);
    const auto sound = MessageToWrite{.body = "body"}.bytes();
    unsigned understood = 0;
    for (int i = 0; i < 200000; ++i) {
        auto bytes = sound;
        for (int changes = 0; changes < 3; ++changes) {
            bytes[random() % bytes.size()] = static_cast<char>(random());
        }
        const auto head = parse_head(bytes);
        understood += head ? 1U : 0U;
        ASSERT_TRUE(!head || head->size <= bytes.size());
    }
    EXPECT_GT(understood, 0U);
}

}  // namespace
}  // namespace iopriority::service::test
