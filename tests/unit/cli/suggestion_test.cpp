// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/suggestion.hpp"

#include <gtest/gtest.h>

#include "cli/arguments.hpp"
#include "cli/line.hpp"

namespace iopriority::cli {

namespace {

template <typename Call>
std::string refusal(Call call) {
    try {
        call();
    } catch (const UsageError& error) {
        return error.what();
    }
    return "accepted";
}

bool says(const std::string& text, const std::string& what) {
    return text.find(what) != std::string::npos;
}

}  // namespace

TEST(Distance, counts_letters_that_differ) {
    EXPECT_EQ(distance("", ""), 0U);
    EXPECT_EQ(distance("set", "set"), 0U);
    EXPECT_EQ(distance("", "set"), 3U);
    EXPECT_EQ(distance("set", ""), 3U);
    EXPECT_EQ(distance("ste", "set"), 1U) << "neighbours that are swapped";
    EXPECT_EQ(distance("reste", "reset"), 1U);
    EXPECT_EQ(distance("devces", "devices"), 1U);
    EXPECT_EQ(distance("listt", "list"), 1U);
    EXPECT_EQ(distance(std::string(5000, 'a'), std::string(5000, 'b')), 32U) << "not without end";
}

TEST(Suggestions, are_not_made_where_nothing_is_near) {
    for (const auto* word : {"", "x", "boost", "frobnicate", "\x1b[2J"}) {
        EXPECT_EQ(nearest_command(word), "") << word;
        EXPECT_EQ(suggestion({word}), "") << word;
    }
}

TEST(Suggestions, name_the_command_that_is_near) {
    EXPECT_EQ(nearest_command("ste"), "set");
    EXPECT_EQ(nearest_command("reset"), "set none");
    EXPECT_EQ(nearest_command("lst"), "list");
    EXPECT_EQ(nearest_command("device"), "devices");
    EXPECT_EQ(nearest_command("dev"), "devices");
    EXPECT_EQ(nearest_command("set-user"), "set --user");
    EXPECT_EQ(nearest_command("chekc"), "check");
    EXPECT_EQ(nearest_command("status"), "get");
    EXPECT_EQ(nearest_command("iotop"), "monitor");
    EXPECT_TRUE(says(refusal([] {
                         static_cast<void>(read_line({"ioprioctl", "ste", "idle", "1"}));
                     }),
                     "\"ste\" is not known; did you mean set?"));
}

TEST(Suggestions, say_what_to_write_for_a_line_that_begins_with_its_subject) {
    EXPECT_TRUE(says(suggestion({"812"}), "ioprioctl get 812"));
    EXPECT_TRUE(says(suggestion({"idle", "812"}), "ioprioctl set idle"));
    EXPECT_TRUE(says(suggestion({"idle", "tar"}), "ioprioctl run idle"));
}

TEST(Suggestions, tell_that_the_priority_stands_first) {
    EXPECT_EQ(suggestion_for_order({"idle", "812"}), "");
    EXPECT_EQ(suggestion_for_order({"812", "813"}), "");
    EXPECT_EQ(suggestion_for_order({"812"}), "");
    EXPECT_TRUE(says(refusal([] { static_cast<void>(parse_leading_priority({"812", "idle"})); }), "idle 812"));
    EXPECT_TRUE(says(refusal([] { static_cast<void>(parse_leading_priority({"bob", "low"})); }), "low bob"));
    EXPECT_FALSE(says(refusal([] { static_cast<void>(parse_leading_priority({"\x1b[2J", "low"})); }), "\x1b"));
}

TEST(Suggestions, tell_how_to_find_the_processes_of_a_name) {
    EXPECT_TRUE(says(refusal([] { static_cast<void>(parse_pid("rsync")); }), "$(pgrep -x rsync)"));
    for (const auto* word :
         {"", "a b", "$(reboot)", "-9", "+5", "5000000000", "a;b", "`a`", "\x1b[2J", "name-that-is-too-long"}) {
        EXPECT_EQ(suggestion_for_pid(word), "") << word;
    }
}

}  // namespace iopriority::cli
