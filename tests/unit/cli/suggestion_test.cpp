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

TEST(Suggestions, name_the_commands) {
    const auto text = refusal([] { Line().read({"ioprioctl", "ste", "idle", "1"}); });
    EXPECT_EQ(text, "command \"ste\" is not known: use get, set, run, hold, list, monitor, devices, check");
    EXPECT_FALSE(says(refusal([] { Line().read({"ioprioctl", "\x1b[2J"}); }), "\x1b"));
}

TEST(Suggestions, say_what_to_write_for_a_line_that_begins_with_a_process_or_priority) {
    EXPECT_TRUE(says(suggestion({"812"}), "ioprioctl get 812"));
    EXPECT_TRUE(says(suggestion({"idle", "812"}), "ioprioctl set idle"));
    EXPECT_TRUE(says(suggestion({"idle", "tar"}), "ioprioctl run idle"));
}

TEST(Suggestions, tell_that_the_priority_comes_first) {
    EXPECT_EQ(suggestion_for_order({"idle", "812"}), "");
    EXPECT_EQ(suggestion_for_order({"812", "813"}), "");
    EXPECT_EQ(suggestion_for_order({"812"}), "");
    EXPECT_TRUE(says(refusal([] { static_cast<void>(parse_leading_priority({"812", "idle"})); }), "idle 812"));
    EXPECT_TRUE(says(refusal([] { static_cast<void>(parse_leading_priority({"bob", "low"})); }), "low bob"));
    EXPECT_FALSE(says(refusal([] { static_cast<void>(parse_leading_priority({"\x1b[2J", "low"})); }), "\x1b"));
}

TEST(Suggestions, tell_how_to_find_processes_by_name) {
    EXPECT_TRUE(says(refusal([] { static_cast<void>(parse_pid("rsync")); }), "$(pgrep -x rsync)"));
    EXPECT_TRUE(says(refusal([] { static_cast<void>(parse_pid("borg.service")); }), "write --unit borg.service"));
    EXPECT_EQ(suggestion_for_path("borg.service"),
              "; for a running unit write ioprioctl check $(systemctl show -P MainPID borg.service)");
    for (const char* path : {"/run/borg.service", "-borg.service", "a;b.service", "$(id).service", "borg", ""}) {
        EXPECT_EQ(suggestion_for_path(path), "") << path;
    }
    for (const auto* word :
         {"", "a b", "$(reboot)", "-9", "+5", "5000000000", "a;b", "`a`", "\x1b[2J", "name-that-is-too-long"}) {
        EXPECT_EQ(suggestion_for_pid(word), "") << word;
    }
}

}  // namespace iopriority::cli
