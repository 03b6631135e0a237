// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Readers of /proc: names that pretend to be fields, text that is cut off, numbers out of range.
#include "process/proc_text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace iopriority::process {
namespace {

// As Linux 6.18 has it, shortened.
std::string status_of(std::string_view name, std::string_view uids = "1000\t0\t0\t0",
                      std::string_view groups = "4 24") {
    return "Name:\t" + std::string(name) +
           "\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t812\nNgid:\t0\nPid:\t813\nPPid:\t700\nTracerPid:\t0\nUid:\t" +
           std::string(uids) + "\nGid:\t1000\t1000\t1000\t1000\nFDSize:\t64\nGroups:\t" + std::string(groups) +
           " \nNStgid:\t812\t5\nNSpid:\t813\t6\nNSpgid:\t812\t5\nNSsid:\t812\t5\nKthread:\t0\nVmPeak:\t    2684 kB\n"
           "CapInh:\t0000000000000000\nCapPrm:\t000001ffffffffff\nCapEff:\t0000000000000000\n";
}

std::string stat_of(std::string_view name) {
    return "812 (" + std::string(name) +
           ") S 700 811 810 34816 812 4194304 115 0 0 0 1 2 0 0 20 0 1 0 3631221 2748416 342 18446744073709551615 1 1 "
           "0 0 0 0 0 0 2 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
}

TEST(TheStatusOfAProcess, is_refused_where_a_line_is_missing) {
    for (const std::string_view key : {"Uid:", "CapPrm:", "Tgid:", "PPid:", "NSpid:"}) {
        auto text = status_of("tar");
        text.replace(text.find("\n" + std::string(key)) + 1, 1, "x");
        EXPECT_FALSE(parse_status(text)) << key;
    }
    EXPECT_FALSE(parse_status(""));
    EXPECT_FALSE(parse_status("\n\n\n"));
}

TEST(TheStatusOfAProcess, is_refused_wherever_it_is_cut_off_before_its_last_line_needed) {
    const auto text = status_of("tar");
    const auto needed = text.find('\n', text.find("CapPrm:")) + 1;
    for (std::size_t length = 0; length < needed; ++length) {
        ASSERT_FALSE(parse_status(std::string_view(text).substr(0, length))) << "a part of a number, at " << length;
    }
    EXPECT_TRUE(parse_status(std::string_view(text).substr(0, needed)));
}

TEST(TheStatusOfAProcess, is_refused_with_numbers_that_do_not_fit) {
    EXPECT_FALSE(parse_status(status_of("tar", "4294967296\t0\t0\t0")));
    EXPECT_FALSE(parse_status(status_of("tar", "99999999999999999999999\t0\t0\t0")));
    EXPECT_FALSE(parse_status(status_of("tar", "-1\t0\t0\t0")));
    EXPECT_FALSE(parse_status(status_of("tar", "")));
    EXPECT_FALSE(parse_status(status_of("tar", "0x3e8\t0\t0\t0")));
}

TEST(TheStatusOfAProcess, does_not_believe_a_name_that_looks_like_a_field) {
    // The kernel writes a newline in a name as "\n" of two characters.
    for (const std::string_view name : {"x\\nUid:\\t0", "Uid:\t0", "NSpid:", "CapPrm:\t0", "Tgid:\t1\\n"}) {
        const auto status = parse_status(status_of(name));
        ASSERT_TRUE(status) << name;
        EXPECT_EQ(status->real_uid, 1000U);
        EXPECT_EQ(status->process, 812);
    }
}

TEST(TheStatusOfAProcess, has_the_real_uid_and_not_the_effective_one) {
    EXPECT_EQ(parse_status(status_of("su", "1000\t0\t0\t0"))->real_uid, 1000U);
    EXPECT_EQ(parse_status(status_of("su", "4294967294\t0\t0\t0"))->real_uid, 4294967294U);
}

TEST(TheStatusOfAProcess, is_read_field_for_field) {
    const auto status = parse_status(status_of("tar"));
    ASSERT_TRUE(status);
    EXPECT_EQ(status->process, 812);
    EXPECT_EQ(status->parent, 700);
    EXPECT_EQ(status->permitted, 0x1ffffffffffU);
    EXPECT_EQ(status->pid_namespaces, 2U);
}

TEST(TheStatOfAProcess, is_refused_without_a_name_in_parentheses) {
    EXPECT_FALSE(parse_stat(""));
    EXPECT_FALSE(parse_stat("812 tar S 700 811 810"));
    EXPECT_FALSE(parse_stat(")"));
    EXPECT_FALSE(parse_stat("812 (tar"));
}

TEST(TheStatOfAProcess, is_refused_wherever_it_is_cut_off_before_the_start_time_ends) {
    const auto text = stat_of("tar");
    const auto needed = text.find(" 3631221 ") + std::string_view(" 3631221 ").size();
    for (std::size_t length = 0; length < needed; ++length) {
        ASSERT_FALSE(parse_stat(std::string_view(text).substr(0, length))) << length;
    }
    EXPECT_TRUE(parse_stat(std::string_view(text).substr(0, needed)));
}

TEST(TheStatOfAProcess, is_refused_with_numbers_that_do_not_fit) {
    auto text = stat_of("tar");
    text.replace(text.find("700"), 3, "99999999999");
    EXPECT_FALSE(parse_stat(text));
    text = stat_of("tar");
    text.replace(text.find("3631221"), 7, "18446744073709551616");
    EXPECT_FALSE(parse_stat(text));
    text = stat_of("tar");
    text.replace(text.find(" S "), 3, " SS ");
    EXPECT_FALSE(parse_stat(text));
}

TEST(TheStatOfAProcess, does_not_believe_a_name_that_looks_like_fields) {
    for (const std::string_view name :
         {"a) R 1 1 1 0 1 2097152", "(sd-pam)", ")", ") ) )", "a\nb", "a b c", "\xff\x1b", ""}) {
        const auto stat = parse_stat(stat_of(name));
        ASSERT_TRUE(stat) << name;
        EXPECT_EQ(stat->state, 'S');
        EXPECT_EQ(stat->parent, 700);
        EXPECT_EQ(stat->group, 811);
        EXPECT_EQ(stat->flags, 4194304U);
        EXPECT_EQ(stat->start_ticks, 3631221U);
    }
}

TEST(TheNumberOfAPidfd, is_refused_for_other_descriptors) {
    EXPECT_FALSE(parse_fdinfo_pid(""));
    EXPECT_FALSE(parse_fdinfo_pid("pos:\t0\nflags:\t02\nmnt_id:\t15\nino:\t1057\n"));
    EXPECT_FALSE(parse_fdinfo_pid("pos:\t0\nNSpid:\t812\n"));
    EXPECT_FALSE(parse_fdinfo_pid("pos:\t0\nPid:\t812")) << "cut off";
    EXPECT_FALSE(parse_fdinfo_pid("Pid:\t2147483648\n"));
    EXPECT_FALSE(parse_fdinfo_pid("Pid:\t81x\n"));
}

TEST(TheNumberOfAPidfd, is_minus_one_of_the_reaped_and_zero_of_what_is_out_of_sight) {
    EXPECT_EQ(parse_fdinfo_pid("pos:\t0\nPid:\t-1\nNSpid:\t-1\n"), -1);
    EXPECT_EQ(parse_fdinfo_pid("pos:\t0\nPid:\t0\nNSpid:\t0\n"), 0);
    EXPECT_EQ(parse_fdinfo_pid("pos:\t0\nflags:\t02000002\nPid:\t812\nNSpid:\t812\n"), 812);
}

TEST(AMapOfIds, is_not_of_one_id_where_it_has_more_or_none) {
    for (const std::string_view text :
         {"", "\n", "0 1000 2\n", "0 1000 0\n", "0 0 4294967295\n", "0 1000 1\n1 100000 65536\n",
          "         0       1000          1\n0 0 1\n", "0 1000 1 0\n", "0 1000\n", "a 1000 1\n", "0 a 1\n",
          "0 4294967296 1\n", "0 1000 1\n\n", "0 -1 1\n", "0 0 1"}) {
        EXPECT_FALSE(only_mapped_id(text)) << text;
    }
}

TEST(AMapOfIds, of_one_id_tells_which_one_outside) {
    EXPECT_EQ(only_mapped_id("         0       1000          1\n"), 1000U);
    EXPECT_EQ(only_mapped_id("1000 1000 1\n"), 1000U);
    EXPECT_EQ(only_mapped_id("0 0 1\n"), 0U);
    EXPECT_EQ(only_mapped_id("5 4294967294 1\n"), 4294967294U);
}

TEST(ANameInProc, that_is_no_number_is_no_process) {
    for (const std::string_view text :
         {"", ".", "..", "self", "0", "-1", "+1", " 1", "1 ", "0x1", "1a", "2147483648", "99999999999999999999"}) {
        EXPECT_FALSE(parse_pid(text)) << text;
    }
    EXPECT_EQ(parse_pid("1"), 1);
    EXPECT_EQ(parse_pid("2147483647"), 2147483647);
}

}  // namespace
}  // namespace iopriority::process
