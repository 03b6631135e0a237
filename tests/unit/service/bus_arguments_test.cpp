// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Kinds, targets and options of Extended1, of whatever type a binding has made them.
#include "service/bus_arguments.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "process/syscalls.hpp"

namespace iopriority::service::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Kind = TargetSpec::Kind;
using Options = std::map<std::string, sdbus::Variant>;

constexpr auto largest = std::numeric_limits<std::uint32_t>::max();

template <typename T>
sdbus::Variant variant(T value) {
    return sdbus::Variant{std::move(value)};
}

/// A target of each type, none of which is another's.
std::vector<std::pair<std::string, sdbus::Variant>> one_of_each_type() {
    return {
        {"u", variant(std::uint32_t{7})},
        {"i", variant(std::int32_t{7})},
        {"t", variant(std::uint64_t{7})},
        {"x", variant(std::int64_t{7})},
        {"y", variant(std::uint8_t{7})},
        {"n", variant(std::int16_t{7})},
        {"q", variant(std::uint16_t{7})},
        {"d", variant(7.0)},
        {"b", variant(true)},
        {"s", variant(std::string("cron.service"))},
        {"o", variant(sdbus::ObjectPath{"/7"})},
        {"h", variant(sdbus::UnixFd{STDIN_FILENO})},
        {"au", variant(std::vector<std::uint32_t>{7})},
        {"ai", variant(std::vector<std::int32_t>{7})},
        {"at", variant(std::vector<std::uint64_t>{7})},
        {"ax", variant(std::vector<std::int64_t>{7})},
        {"as", variant(std::vector<std::string>{"7"})},
        {"ah", variant(std::vector<sdbus::UnixFd>{sdbus::UnixFd{STDIN_FILENO}})},
        {"av", variant(std::vector<sdbus::Variant>{variant(std::uint32_t{7})})},
        {"a{sv}", variant(Options{})},
    };
}

std::vector<std::string> types_taken(const std::string& kind) {
    std::vector<std::string> taken;
    for (const auto& [type, target] : one_of_each_type()) {
        const auto read = read_target(kind, target);
        if (read) {
            EXPECT_STREQ(to_string(read->kind), kind.c_str());
            taken.push_back(type);
        } else {
            EXPECT_EQ(read.failure().code, ErrorCode::invalid_argument) << kind << " " << type;
            EXPECT_THAT(read.failure().message, HasSubstr("not of type \"" + type + "\"")) << kind;
            EXPECT_THAT(read.failure().message, HasSubstr("\"" + kind + "\""));
        }
    }
    return taken;
}

std::string refusal(const Expected<TargetSpec>& read) {
    EXPECT_FALSE(read);
    if (read) {
        return "";
    }
    EXPECT_EQ(read.failure().code, ErrorCode::invalid_argument);
    return read.failure().message;
}

// ---- kinds

TEST(A_kind_of_the_bus, that_there_is_not_is_refused_with_those_that_there_are) {
    const auto text = refusal(read_target("proces", variant(std::uint32_t{7})));
    EXPECT_THAT(text, HasSubstr("kind \"proces\" is not known"));
    for (const char* kind : bus::kind_names) {
        EXPECT_THAT(text, HasSubstr("\"" + std::string(kind) + "\""));
    }
}

TEST(A_kind_of_the_bus, is_one_of_the_words_and_nothing_like_them) {
    for (const char* kind : {"", " ", "Process", "process ", " process", "tree", "uid", "user_unit", "user-units"}) {
        EXPECT_THAT(refusal(read_target(kind, variant(std::uint32_t{7}))), HasSubstr("is not known")) << kind;
    }
}

TEST(A_kind_of_the_bus, is_made_fit_for_a_message_however_long_and_odd) {
    const auto text = refusal(read_target(std::string(100'000, 'a') + "\n\x1b[2J", variant(std::uint32_t{7})));
    EXPECT_LT(text.size(), 300U);
    const auto odd = refusal(read_target("a\nb\x1b[2Jc", variant(std::uint32_t{7})));
    EXPECT_THAT(odd, Not(HasSubstr("\n")));
    EXPECT_THAT(odd, Not(HasSubstr("\x1b")));
}

// ---- types

TEST(A_target_of_the_bus, that_is_a_number_is_one_of_any_width_from_thirty_two_bits_on) {
    for (const char* kind : {"process", "group", "user"}) {
        EXPECT_THAT(types_taken(kind), ElementsAre("u", "i", "t", "x")) << kind;
    }
}

TEST(A_target_of_the_bus, that_is_a_list_of_processes_is_one_of_such_numbers) {
    EXPECT_THAT(types_taken("processes"), ElementsAre("au", "ai", "at", "ax"));
}

TEST(A_target_of_the_bus, that_is_a_pidfd_or_several_is_of_descriptors_alone) {
    EXPECT_THAT(types_taken("pidfd"), ElementsAre("h"));
    EXPECT_THAT(types_taken("pidfds"), ElementsAre("ah"));
}

TEST(A_target_of_the_bus, that_is_a_unit_is_a_text) {
    EXPECT_THAT(types_taken("unit"), ElementsAre("s"));
    EXPECT_THAT(types_taken("user-unit"), ElementsAre("s"));
    const auto read = read_target("user-unit", variant(std::string("app.service")));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->unit, "app.service");
}

// ---- ranges

TEST(A_number_of_the_bus, is_taken_up_to_what_thirty_two_bits_hold) {
    const auto id_of = [](const sdbus::Variant& target) {
        const auto read = read_target("process", target);
        return read ? std::optional(read->id) : std::nullopt;
    };
    EXPECT_EQ(id_of(variant(std::uint32_t{0})), 0U);
    EXPECT_EQ(id_of(variant(largest)), largest);
    EXPECT_EQ(id_of(variant(std::numeric_limits<std::int32_t>::max())), 2147483647U);
    EXPECT_EQ(id_of(variant(std::uint64_t{largest})), largest);
    EXPECT_EQ(id_of(variant(std::int64_t{largest})), largest);
    EXPECT_EQ(id_of(variant(std::int64_t{0})), 0U);
}

TEST(A_number_of_the_bus, that_is_negative_or_larger_is_refused_and_not_cut) {
    EXPECT_THAT(refusal(read_target("process", variant(std::int32_t{-1}))), HasSubstr("-1 is out of range"));
    EXPECT_THAT(refusal(read_target("user", variant(std::numeric_limits<std::int64_t>::min()))),
                HasSubstr("-9223372036854775808 is out of range"));
    EXPECT_THAT(refusal(read_target("group", variant(std::int64_t{largest} + 1))),
                HasSubstr("4294967296 is out of range: use 0 to 4294967295"));
    EXPECT_THAT(refusal(read_target("process", variant(std::numeric_limits<std::uint64_t>::max()))),
                HasSubstr("18446744073709551615 is out of range"));
}

TEST(A_number_of_the_bus, in_a_list_is_refused_wherever_it_stands) {
    for (const std::size_t at : {0U, 1U, 2U}) {
        std::vector<std::int64_t> signed_ones{1, 2, 3};
        signed_ones.at(at) = -4;
        EXPECT_THAT(refusal(read_target("processes", variant(signed_ones))), HasSubstr("-4 is out of range"));
        std::vector<std::uint64_t> huge_ones{1, 2, 3};
        huge_ones.at(at) = std::uint64_t{largest} + 1;
        EXPECT_THAT(refusal(read_target("processes", variant(huge_ones))), HasSubstr("4294967296 is out of range"));
    }
}

TEST(A_list_of_the_bus, is_taken_in_its_order_and_as_it_is) {
    const auto read = read_target("processes", variant(std::vector<std::int32_t>{3, 1, 3, 0}));
    ASSERT_TRUE(read);
    EXPECT_THAT(read->ids, ElementsAre(3U, 1U, 3U, 0U));
    const auto empty = read_target("processes", variant(std::vector<std::uint32_t>{}));
    ASSERT_TRUE(empty);
    EXPECT_THAT(empty->ids, IsEmpty());
    EXPECT_FALSE(empty->check()) << "which the check refuses";
}

// ---- descriptors

bool is_the_same_file(int one, int other) {
    struct stat a {};
    struct stat b {};
    return ::fstat(one, &a) == 0 && ::fstat(other, &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

TEST(A_descriptor_of_the_bus, is_copied_and_closed_with_the_request) {
    process::UniqueFd pidfd(process::sys::pidfd_open(::getpid()));
    ASSERT_TRUE(pidfd);
    int copy = -1;
    {
        const auto read = read_target("pidfd", variant(sdbus::UnixFd{pidfd.get()}));
        ASSERT_TRUE(read);
        ASSERT_EQ(read->pidfds->size(), 1U);
        copy = read->pidfds->front().get();
        EXPECT_NE(copy, pidfd.get());
        EXPECT_TRUE(is_the_same_file(copy, pidfd.get()));
        EXPECT_NE(::fcntl(copy, F_GETFD) & FD_CLOEXEC, 0);  // NOLINT(*-vararg)
    }
    EXPECT_EQ(::fcntl(copy, F_GETFD), -1);         // NOLINT(*-vararg)
    EXPECT_NE(::fcntl(pidfd.get(), F_GETFD), -1);  // NOLINT(*-vararg)
}

TEST(A_descriptor_of_the_bus, can_be_one_of_several_in_their_order) {
    process::UniqueFd first(process::sys::pidfd_open(::getpid()));
    process::UniqueFd second(process::sys::pidfd_open(::getppid()));
    ASSERT_TRUE(first && second);
    const auto read = read_target(
        "pidfds", variant(std::vector<sdbus::UnixFd>{sdbus::UnixFd{second.get()}, sdbus::UnixFd{first.get()}}));
    ASSERT_TRUE(read);
    ASSERT_EQ(read->pidfds->size(), 2U);
    EXPECT_TRUE(is_the_same_file(read->pidfds->front().get(), second.get()));
    EXPECT_TRUE(is_the_same_file(read->pidfds->back().get(), first.get()));
    const auto none = read_target("pidfds", variant(std::vector<sdbus::UnixFd>{}));
    ASSERT_TRUE(none);
    EXPECT_FALSE(none->check()) << "which the check refuses";
}

// ---- options

const Options all_options{
    {"descendants", variant(true)}, {"keep-explicit", variant(true)}, {"interactive", variant(true)}};

Expected<TargetSpec> read_options(const Options& options, Kind kind, Verb verb) {
    return with_options(TargetSpec{kind}, options, verb);
}

std::string refused_option(const Options& options, Kind kind, Verb verb) {
    const auto read = read_options(options, kind, verb);
    EXPECT_FALSE(read);
    if (read) {
        return "";
    }
    EXPECT_EQ(read.failure().code, ErrorCode::invalid_argument);
    return read.failure().message;
}

TEST(Options_of_the_bus, are_off_unless_they_are_said) {
    const auto read = read_options({}, Kind::process, Verb::set);
    ASSERT_TRUE(read);
    EXPECT_FALSE(read->descendants || read->keep_explicit || read->interactive);
    const auto said = read_options({{"descendants", variant(false)}}, Kind::process, Verb::set);
    ASSERT_TRUE(said);
    EXPECT_FALSE(said->descendants);
}

TEST(Options_of_the_bus, mean_each_what_it_says) {
    const auto descendants = read_options({{"descendants", variant(true)}}, Kind::process, Verb::set);
    ASSERT_TRUE(descendants);
    EXPECT_TRUE(descendants->descendants && !descendants->keep_explicit && !descendants->interactive);
    const auto keep = read_options({{"keep-explicit", variant(true)}}, Kind::process, Verb::set);
    ASSERT_TRUE(keep);
    EXPECT_TRUE(keep->keep_explicit && !keep->descendants && !keep->interactive);
    const auto interactive = read_options({{"interactive", variant(true)}}, Kind::process, Verb::set);
    ASSERT_TRUE(interactive);
    EXPECT_TRUE(interactive->interactive && !interactive->descendants && !interactive->keep_explicit);
}

TEST(Options_of_the_bus, are_all_known_for_the_kinds_that_name_processes) {
    for (const auto kind : {Kind::process, Kind::processes, Kind::pidfd, Kind::pidfds}) {
        const auto read = read_options(all_options, kind, Verb::set);
        ASSERT_TRUE(read) << to_string(kind);
        EXPECT_TRUE(read->descendants && read->keep_explicit && read->interactive);
    }
}

TEST(Options_of_the_bus, know_no_descendants_of_groups_users_and_units) {
    for (const auto kind : {Kind::group, Kind::user, Kind::unit, Kind::user_unit}) {
        for (const bool value : {true, false}) {
            const auto text = refused_option({{"descendants", variant(value)}}, kind, Verb::set);
            EXPECT_THAT(text, HasSubstr("option \"descendants\" is not known for a target of kind \"" +
                                        std::string(to_string(kind)) + "\""));
            EXPECT_THAT(text, HasSubstr("use \"keep-explicit\", \"interactive\""));
        }
        EXPECT_TRUE(read_options({{"keep-explicit", variant(true)}}, kind, Verb::set));
        EXPECT_THAT(refused_option({{"descendants", variant(true)}}, kind, Verb::describe), HasSubstr("use none"));
    }
}

TEST(Options_of_the_bus, know_nothing_but_descendants_where_a_target_is_described) {
    EXPECT_TRUE(read_options({{"descendants", variant(true)}}, Kind::pidfds, Verb::describe)->descendants);
    for (const char* option : {"keep-explicit", "interactive"}) {
        EXPECT_THAT(refused_option({{option, variant(false)}}, Kind::process, Verb::describe),
                    HasSubstr("is not known when describing a target of kind \"process\": use \"descendants\""));
    }
}

TEST(Options_of_the_bus, that_there_are_not_are_refused_also_beside_good_ones) {
    auto options = all_options;
    options.emplace("keep_explicit", variant(true));
    EXPECT_THAT(refused_option(options, Kind::process, Verb::set), HasSubstr("option \"keep_explicit\" is not known"));
    EXPECT_THAT(refused_option({{"", variant(true)}}, Kind::process, Verb::set), HasSubstr("option \"\""));
    EXPECT_LT(refused_option({{std::string(100'000, 'k'), variant(true)}}, Kind::process, Verb::set).size(), 300U);
    EXPECT_THAT(refused_option({{"a\nb", variant(true)}}, Kind::process, Verb::set), Not(HasSubstr("\n")));
}

TEST(Options_of_the_bus, are_booleans_and_nothing_that_could_be_taken_for_one) {
    for (const auto& [type, value] : one_of_each_type()) {
        if (type != "b") {
            EXPECT_THAT(refused_option({{"descendants", value}}, Kind::process, Verb::set),
                        HasSubstr("option \"descendants\" must be a boolean (b), not \"" + type + "\""));
        }
    }
}

}  // namespace
}  // namespace iopriority::service::test
