// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/arguments.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace iopriority::cli {

TEST(ProcessIds, are_decimal_digits_only) {
    EXPECT_THROW(static_cast<void>(parse_pid("")), NoSuchProcess);
    for (const auto* word : {" ", "0x10", "+5", "-5", " 5", "5 ", "5a", "1e3", "1.0", "٣", "0b1", "5\n"}) {
        EXPECT_THROW(static_cast<void>(parse_pid(word)), UsageError) << word;
    }
    EXPECT_EQ(parse_pid("1"), 1);
    EXPECT_EQ(parse_pid("0042"), 42);
}

TEST(ProcessIds, do_not_overflow) {
    for (const auto* word : {"2147483648", "4294967297", "18446744073709551617", "99999999999999999999999999999999"}) {
        EXPECT_THROW(static_cast<void>(parse_pid(word)), UsageError) << word;
    }
    EXPECT_EQ(parse_pid("2147483647"), 2147483647);
}

TEST(ProcessIds, begin_with_one) {
    EXPECT_THROW(static_cast<void>(parse_pid("0")), UsageError);
}

TEST(Subjects, are_all_read_before_any_is_used) {
    EXPECT_THROW(static_cast<void>(parse_subjects({}, {"idle", "1", "x"}, 1)), UsageError);
    EXPECT_THROW(static_cast<void>(parse_subjects({}, {"idle"}, 1)), UsageError) << "none at all";
    Options tree;
    tree.tree = true;
    tree.named = {{Target::Kind::group, "7"}};
    EXPECT_THROW(static_cast<void>(parse_subjects(tree, {"idle"}, 1)), UsageError) << "a tree of no process";
}

TEST(Subjects, are_one_for_all_processes_and_one_for_each_option) {
    Options options;
    options.named = {{Target::Kind::group, "7"}, {Target::Kind::user_unit, "a.scope"}};
    const auto subjects = parse_subjects(options, {"idle", "1", "2"}, 1);
    ASSERT_EQ(subjects.size(), 3U);
    EXPECT_EQ(subjects[0].target.kind(), Target::Kind::processes);
    EXPECT_EQ(subjects[0].target.pids(), (std::vector<pid_t>{1, 2}));
    EXPECT_EQ(subjects[0].called(), "processes 1, 2");
    EXPECT_EQ(subjects[1].target.kind(), Target::Kind::group);
    EXPECT_EQ(subjects[2].target.kind(), Target::Kind::user_unit);
    EXPECT_EQ(parse_subjects({}, {"5"}, 0).front().target.kind(), Target::Kind::process);
}

TEST(Subjects, have_what_the_options_want) {
    Options options;
    options.tree = options.keep_explicit = true;
    options.named = {{Target::Kind::group, "7"}};
    const auto subjects = parse_subjects(options, {"1", "2"}, 0);
    EXPECT_TRUE(subjects[0].target.descendants());
    EXPECT_TRUE(subjects[0].target.keeps_explicit());
    EXPECT_FALSE(subjects[1].target.descendants());
    EXPECT_TRUE(subjects[1].target.keeps_explicit());
}

TEST(Priorities, are_refused_as_numbers_of_ionice) {
    for (const auto* word : {"8", "9", "4", "-1", "", "idle:1", "none:0:0", "best-effort:8", "best-effort:", "ID LE"}) {
        EXPECT_THROW(static_cast<void>(parse_priority(word)), UsageError) << word;
    }
}

TEST(Priorities, of_ionices_numbers_are_refused_with_the_name_of_the_class) {
    try {
        static_cast<void>(parse_priority("3"));
        FAIL();
    } catch (const UsageError& error) {
        EXPECT_NE(std::string(error.what()).find("write idle"), std::string::npos);
    }
}

TEST(Priorities, are_refused_with_the_word_and_what_to_write) {
    const auto refusal = [](const std::string& word) -> std::string {
        try {
            static_cast<void>(parse_priority(word));
        } catch (const UsageError& error) {
            return error.what();
        }
        return "";
    };
    EXPECT_EQ(refusal("idle:3"), "priority \"idle:3\" has no level: write idle");
    EXPECT_EQ(refusal("low:3"), "priority \"low:3\" has no level: write low");
    EXPECT_EQ(refusal("realtime:8"), "priority \"realtime:8\": the level is not a number from 0 (served first) to 7");
}

TEST(Units, without_a_suffix_are_services_as_in_systemctl) {
    const auto named = [](const char* word) { return subject_of({Target::Kind::unit, word}, {}).called(); };
    EXPECT_EQ(named("borgmatic"), "unit borgmatic.service");
    EXPECT_EQ(named("org.example.App"), "unit org.example.App.service");
    EXPECT_EQ(named("getty@tty1"), "unit getty@tty1.service");
    EXPECT_EQ(named("user.slice"), "unit user.slice");
    EXPECT_EQ(named("backup.timer"), "unit backup.timer") << "which the service refuses: it has no processes";
}

TEST(Priorities, may_be_words) {
    EXPECT_EQ(parse_priority("background"), Priority::idle());
    EXPECT_EQ(parse_priority("low"), Priority::best_effort(7));
    EXPECT_EQ(parse_priority("normal"), Priority::none());
    EXPECT_EQ(parse_priority("high"), Priority::best_effort(0));
    EXPECT_EQ(parse_priority("realtime:2"), Priority::realtime(2));
}

TEST(UserIds, are_refused_when_out_of_range) {
    for (const auto* word : {"4294967295", "4294967296", "99999999999999999999"}) {
        EXPECT_THROW(static_cast<void>(parse_uid(word)), UsageError) << word;
        EXPECT_THROW(static_cast<void>(find_user(word)), UsageError) << word;
    }
}

TEST(UserIds, are_read_from_digits_only) {
    for (const auto* word : {"", "-1", "+1", "0x0", "root", "1 "}) {
        EXPECT_EQ(parse_uid(word), std::nullopt) << word;
    }
}

TEST(Users, without_a_name_are_known_by_number) {
    EXPECT_EQ(find_user("1987654321"), 1987654321U);
    EXPECT_EQ(user_name(1987654321), "1987654321");
}

TEST(Users, are_known_by_name) {
    EXPECT_EQ(find_user("root"), 0U);
    EXPECT_EQ(user_name(0), "root");
}

TEST(Users, that_are_unknown_are_reported) {
    EXPECT_THROW(static_cast<void>(find_user("no-such-user-here")), NoSuchProcess);
    EXPECT_THROW(static_cast<void>(find_user("")), NoSuchProcess);
}

}  // namespace iopriority::cli
