// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A priority from the two values of the bus and from what people write: what is refused, in which words, and what not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <iopriority/error.hpp>
#include <iopriority/priority.hpp>

#include "values/values.hpp"

namespace iopriority {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// The words in which a call refuses its argument; empty if it accepts it.
template <typename Call>
std::string refusal_of(Call call) {
    try {
        static_cast<void>(call());
    } catch (const InvalidArgument& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
        EXPECT_EQ(error.name(), "org.freedesktop.DBus.Error.InvalidArgs");
        return error.what();
    }
    return {};
}

std::string bus_refusal(std::string_view io_class, std::uint32_t level) {
    const auto made = values::from_bus(io_class, level);
    if (made) {
        return {};
    }
    EXPECT_EQ(made.failure().code, ErrorCode::invalid_argument);
    return made.failure().message;
}

std::string parse_refusal(std::string_view text) {
    return refusal_of([&] { return Priority::parse(text); });
}

TEST(APriorityFromTheBus, refuses_every_class_but_the_four_and_says_which_there_are) {
    for (const std::string_view name : {"", "9", "3", "rt", "be", "best_effort", "Idle", "IDLE", "idle ", " idle",
                                        "idle\n", "background", "none:0"}) {
        EXPECT_THAT(bus_refusal(name, 0), AllOf(HasSubstr("io_class"), HasSubstr("best-effort"))) << name;
    }
    EXPECT_THAT(bus_refusal(std::string_view("idle\0", 5), 0), HasSubstr("io_class"));
}

TEST(APriorityFromTheBus, refuses_levels_above_seven_which_the_kernel_would_take_for_a_hint) {
    for (const std::uint32_t level : {8U, 9U, 63U, 64U, 0xFFU, 0x1FFFU, 1U << 16U, 1U << 31U, 0xFFFFFFFFU}) {
        for (const std::string_view name : {"best-effort", "realtime"}) {
            EXPECT_THAT(bus_refusal(name, level), AllOf(HasSubstr("level " + std::to_string(level)), HasSubstr("0 ")));
        }
    }
}

TEST(APriorityFromTheBus, refuses_a_level_where_the_class_has_none) {
    for (const std::uint32_t level : {1U, 4U, 7U, 8U, 0xFFFFFFFFU}) {
        for (const std::string_view name : {"none", "idle"}) {
            EXPECT_THAT(bus_refusal(name, level), AllOf(HasSubstr("level " + std::to_string(level)),
                                                        HasSubstr(std::string(name)), HasSubstr("use 0")));
        }
    }
}

TEST(APriorityFromTheBus, shows_of_a_refused_class_only_what_is_printable_and_not_without_end) {
    EXPECT_THAT(bus_refusal("a\x1b[2J\n\"b\xff", 0), HasSubstr("\"a?[2J??b?\""));
    EXPECT_LT(bus_refusal(std::string(100'000, 'x'), 0).size(), 200U);
}

TEST(APriorityFromTheBus, is_the_class_and_level_that_were_given) {
    for (unsigned level = 0; level <= 7; ++level) {
        EXPECT_EQ(*values::from_bus("best-effort", level), Priority::best_effort(level));
        EXPECT_EQ(*values::from_bus("realtime", level), Priority::realtime(level));
    }
    EXPECT_EQ(*values::from_bus("none", 0), Priority::none());
    EXPECT_EQ(*values::from_bus("idle", 0), Priority::idle());
}

TEST(APriority, throws_where_the_bus_is_refused) {
    EXPECT_THAT(refusal_of([] { return Priority::best_effort(8); }), HasSubstr("level 8"));
    EXPECT_THAT(refusal_of([] { return Priority::realtime(std::numeric_limits<unsigned>::max()); }),
                HasSubstr("level 4294967295"));
    EXPECT_THAT(refusal_of([] { return Priority::from("urgent", 0); }), HasSubstr("\"urgent\""));
    EXPECT_THAT(refusal_of([] { return Priority::from("idle", 7); }), HasSubstr("use 0"));
    EXPECT_EQ(Priority::from("realtime", 3), Priority::realtime(3));
}

TEST(APriority, is_none_by_default) {
    EXPECT_EQ(Priority(), Priority::none());
    EXPECT_EQ(Priority().io_class(), PriorityClass::none);
    EXPECT_EQ(Priority().level(), 0U);
}

TEST(APriority, is_another_one_with_another_class_or_level) {
    EXPECT_NE(Priority::best_effort(0), Priority::realtime(0));
    EXPECT_NE(Priority::best_effort(0), Priority::best_effort(1));
    EXPECT_NE(Priority::none(), Priority::idle());
}

TEST(APriorityAsText, is_refused_with_what_is_accepted) {
    for (const std::string_view text : {"", ":", ":4", "urgent", "b", "bes", "rt-", "2", "2:4", "idle ", "low:7",
                                        "\xc4\xb1"
                                        "dle",
                                        "background:0", "high:", "best-effort :4", "4:best-effort"}) {
        EXPECT_THAT(parse_refusal(text), AllOf(HasSubstr("is not known"), HasSubstr("background"))) << text;
    }
}

TEST(APriorityAsText, is_refused_with_a_level_that_is_no_number) {
    for (const std::string_view text :
         {"best-effort:", "best-effort:x", "best-effort:4x", "best-effort: 4", "best-effort:4 ", "best-effort:+4",
          "best-effort:-1", "best-effort:0x4", "best-effort:4:4", "realtime:4294967296",
          "idle:", "best-effort:99999999999999999999999"}) {
        EXPECT_THAT(parse_refusal(text), HasSubstr("is not a number from 0 to 7")) << text;
    }
    EXPECT_THAT(parse_refusal(std::string_view("best-effort:4\0", 14)), HasSubstr("\"4?\""));
}

TEST(APriorityAsText, is_refused_with_a_level_out_of_range) {
    EXPECT_THAT(parse_refusal("best-effort:8"), HasSubstr("level 8 is out of range"));
    EXPECT_THAT(parse_refusal("realtime:4294967295"), HasSubstr("level 4294967295 is out of range"));
    EXPECT_THAT(parse_refusal("idle:7"), HasSubstr("use 0"));
    EXPECT_THAT(parse_refusal("none:4"), HasSubstr("use 0"));
}

TEST(APriorityAsText, reads_the_words_that_people_use) {
    EXPECT_EQ(Priority::parse("background"), Priority::idle());
    EXPECT_EQ(Priority::parse("low"), Priority::best_effort(7));
    EXPECT_EQ(Priority::parse("normal"), Priority::none());
    EXPECT_EQ(Priority::parse("high"), Priority::best_effort(0));
}

TEST(APriorityAsText, may_be_short_and_of_either_case) {
    EXPECT_EQ(Priority::parse("be"), Priority::best_effort(4));
    EXPECT_EQ(Priority::parse("BE:7"), Priority::best_effort(7));
    EXPECT_EQ(Priority::parse("rt:0"), Priority::realtime(0));
    EXPECT_EQ(Priority::parse("Idle"), Priority::idle());
    EXPECT_EQ(Priority::parse("Best-Effort:2"), Priority::best_effort(2));
    EXPECT_EQ(Priority::parse("LOW"), Priority::best_effort(7));
    EXPECT_THAT(parse_refusal("Urgent"), HasSubstr("\"Urgent\"")) << "as it was written";
}

TEST(APriorityAsText, has_the_middle_level_where_none_is_given) {
    EXPECT_EQ(Priority::parse("best-effort"), Priority::best_effort(4));
    EXPECT_EQ(Priority::parse("realtime"), Priority::realtime(4));
    EXPECT_EQ(Priority::parse("idle"), Priority::idle());
    EXPECT_EQ(Priority::parse("none"), Priority::none());
    EXPECT_EQ(Priority::parse("idle:0"), Priority::idle());
}

TEST(APriorityAsText, comes_back_as_the_same_priority) {
    std::vector<Priority> all{Priority::none(), Priority::idle()};
    for (unsigned level = 0; level <= Priority::lowest_level; ++level) {
        all.push_back(Priority::realtime(level));
        all.push_back(Priority::best_effort(level));
    }
    for (const auto& priority : all) {
        EXPECT_EQ(Priority::parse(priority.to_string()), priority) << priority.to_string();
        EXPECT_EQ(Priority::from(to_string(priority.io_class()), priority.level()), priority);
    }
}

TEST(APriorityAsText, is_class_and_level_or_the_class_alone_where_it_has_none) {
    EXPECT_EQ(Priority::none().to_string(), "none");
    EXPECT_EQ(Priority::idle().to_string(), "idle");
    EXPECT_EQ(Priority::best_effort(4).to_string(), "best-effort:4");
    EXPECT_EQ(Priority::realtime(0).to_string(), "realtime:0");
}

TEST(APriorityClass, has_the_names_of_the_bus_and_no_others) {
    EXPECT_EQ(to_string(PriorityClass::none), "none");
    EXPECT_EQ(to_string(PriorityClass::realtime), "realtime");
    EXPECT_EQ(to_string(PriorityClass::best_effort), "best-effort");
    EXPECT_EQ(to_string(PriorityClass::idle), "idle");
    EXPECT_EQ(to_string(static_cast<PriorityClass>(7)), "unknown");
}

}  // namespace
}  // namespace iopriority
