// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What ioprioctl monitor shows and changes, without a terminal; with one: tests/integration/monitor_test.cpp.
#include "cli/monitor.hpp"

#include <gtest/gtest.h>

#include <clocale>

#include "../client/child.hpp"
#include "cli/layout.hpp"
#include "client/direct.hpp"

namespace iopriority::cli {

namespace {

using client::test::Child;
using process::Rates;

TrafficRow row(pid_t pid, std::uint64_t read, std::uint64_t start = 1, uid_t uid = 1000) {
    TrafficRow made;
    made.pid = pid;
    made.start_ticks = start;
    made.real_uid = uid;
    made.rates = Rates{read, 0};
    return made;
}

std::vector<TrafficRow> rows(pid_t count) {
    std::vector<TrafficRow> all;
    for (pid_t pid = 1; pid <= count; ++pid) {
        all.push_back(row(pid, 0));
    }
    return all;
}

pid_t selected(const MonitorView& view) {
    return view.selected() != nullptr ? view.selected()->pid : 0;
}

Details details(Priority set, Priority effective) {
    Details made;
    made.set = set;
    made.effective = effective;
    return made;
}

Priority priority_of(pid_t pid) {
    return client::direct_backend()->serve({client::What::get, Target::process(pid), {}})->details.set;
}

TrafficRow row_of(pid_t pid) {
    TrafficReader reader;
    for (const auto& each : reader.read().rows) {
        if (each.pid == pid) {
            auto described = each;
            reader.describe(described);
            return described;
        }
    }
    throw std::runtime_error("it is not there");
}

constexpr auto nobody_is_asked = [] { FAIL() << "nobody is to be asked"; };

}  // namespace

TEST(MonitorView, selects_nothing_at_first) {
    MonitorView view;
    view.move(1);
    EXPECT_EQ(selected(view), 0);
    view.update(rows(3));
    EXPECT_EQ(selected(view), 0);
    view.move(1);
    EXPECT_EQ(selected(view), 1);
}

TEST(MonitorView, selects_nothing_in_place_of_a_process_that_has_ended) {
    MonitorView view;
    view.update({row(1, 9), row(2, 5)});
    view.move(1);
    view.update({row(2, 5)});
    EXPECT_EQ(selected(view), 0);
    view.move(1);
    EXPECT_EQ(selected(view), 2);
    view.update({row(2, 5, 77)});
    EXPECT_EQ(selected(view), 0) << "its number is another's now";
}

TEST(MonitorView, keeps_the_selection_on_the_process_wherever_it_goes) {
    MonitorView view;
    view.set_room(2);
    view.update({row(1, 9), row(2, 5), row(3, 1)});
    view.move(1);
    view.update({row(1, 0), row(2, 5), row(3, 6)});
    EXPECT_EQ(selected(view), 1);
    EXPECT_EQ(view.top(), 1U) << "and in sight";
    view.next_order();
    EXPECT_EQ(selected(view), 1);
}

TEST(MonitorView, moves_by_rows_and_pages_within_the_table) {
    MonitorView view;
    view.set_room(4);
    view.update(rows(10));
    view.move(1);
    view.move(-1);
    EXPECT_EQ(selected(view), 1);
    view.move_page(1);
    EXPECT_EQ(selected(view), 5);
    EXPECT_EQ(view.top(), 1U);
    view.move_to_end(1);
    EXPECT_EQ(selected(view), 10);
    EXPECT_EQ(view.top(), 6U);
    view.move(5);
    EXPECT_EQ(selected(view), 10);
    view.set_room(2);
    EXPECT_EQ(view.top(), 8U);
    view.move_to_end(-1);
    EXPECT_EQ(view.top(), 0U);
    view.set_room(0);
    EXPECT_EQ(selected(view), 1);
}

TEST(MonitorView, can_leave_out_other_users_and_their_selection) {
    MonitorView view;
    view.update({row(1, 9, 1, 0), row(2, 5, 1, 1000)});
    view.move(1);
    view.show_only(1000);
    ASSERT_EQ(view.rows().size(), 1U);
    EXPECT_EQ(view.rows()[0].pid, 2);
    EXPECT_EQ(selected(view), 0);
    view.show_only(std::nullopt);
    EXPECT_EQ(view.rows().size(), 2U);
}

TEST(MonitorView, reads_details_of_visible_rows_once_and_again_after_a_change) {
    MonitorView view;
    view.set_room(3);
    view.update(rows(10));
    std::vector<pid_t> read;
    const auto describe = [&](TrafficRow& each) {
        read.push_back(each.pid);
        each.details.emplace();
    };
    view.describe_in_sight(describe);
    view.describe_in_sight(describe);
    view.move(1);
    view.move(3);
    view.describe_in_sight(describe);
    EXPECT_EQ(read, (std::vector<pid_t>{1, 2, 3, 4}));
    view.forget_selected();
    view.describe_in_sight(describe);
    EXPECT_EQ(read.back(), 4);
    EXPECT_EQ(read.size(), 5U);
}

TEST(MonitorView, leaves_out_kernel_threads_without_traffic) {
    MonitorView view;
    auto still = row(2, 0);
    auto busy = row(3, 7);
    still.of_kernel = busy.of_kernel = true;
    view.update({row(1, 0), still, busy});
    ASSERT_EQ(view.rows().size(), 2U);
    EXPECT_EQ(view.rows()[0].pid, 3);
}

TEST(OneLevel, starts_from_what_is_set_or_else_from_the_effective_priority) {
    const auto be = [](unsigned level) { return Priority::best_effort(level); };
    EXPECT_EQ(one_level_from(details(be(4), be(4)), -1), be(3));
    EXPECT_EQ(one_level_from(details(be(4), be(4)), 1), be(5));
    EXPECT_EQ(one_level_from(details(be(0), be(0)), -1), be(0));
    EXPECT_EQ(one_level_from(details(be(7), be(7)), 1), be(7));
    EXPECT_EQ(one_level_from(details(Priority::realtime(2), Priority::realtime(2)), 1), Priority::realtime(3));
    EXPECT_EQ(one_level_from(details(Priority::none(), be(6)), -1), be(5));
    EXPECT_EQ(one_level_from(details(Priority::idle(), Priority::idle()), -1), std::nullopt);
    EXPECT_EQ(one_level_from(details(Priority::none(), Priority::idle()), -1), std::nullopt);
    EXPECT_EQ(one_level_from(details(Priority::none(), Priority::realtime(4)), -1), std::nullopt)
        << "nothing becomes realtime by its level";
}

TEST(ChangeOfARow, is_refused_after_reuse_of_the_process_id) {
    const Child child(1);
    auto seen = row_of(child.pid());
    ++seen.start_ticks;
    Client client;
    EXPECT_THROW(static_cast<void>(change_row(client, {}, seen, Priority::idle(), nobody_is_asked)), NoSuchProcess);
    EXPECT_EQ(priority_of(child.pid()), Priority::none());
}

TEST(ChangeOfARow, is_refused_after_the_process_has_ended) {
    Child child(0);
    const auto seen = row_of(child.pid());
    child.end();
    Client client;
    EXPECT_THROW(static_cast<void>(change_row(client, {}, seen, Priority::idle(), nobody_is_asked)), Error);
}

TEST(ChangeOfARow, sets_every_thread_and_says_so) {
    const Child child(2);
    Client client;
    const auto said = change_row(client, {}, row_of(child.pid()), Priority::idle(), nobody_is_asked);
    EXPECT_EQ(priority_of(child.pid()), Priority::idle());
    EXPECT_NE(said.find("none -> idle"), std::string::npos) << said;
    EXPECT_EQ(row_of(child.pid()).details->breakdown.count("idle"), 1U);
}

TEST(Cells, are_counted_as_the_terminal_does) {
    const std::string before = std::setlocale(LC_CTYPE, nullptr);
    ASSERT_NE(std::setlocale(LC_CTYPE, "C.UTF-8"), nullptr);
    EXPECT_EQ(fitted("backup", 4), "back");
    EXPECT_EQ(fitted("復元 tar", 5), "復元 ");
    EXPECT_EQ(fitted("復元", 3), "復") << "half a character is none";
    EXPECT_EQ(fitted("a\x1b[2J\xff\n", 9), "a?[2J??");
    EXPECT_EQ(width("復元 tar"), 8U);
    EXPECT_EQ(fitted(std::string_view("\0x", 2), 9), "?x");
    std::setlocale(LC_CTYPE, "C");
    EXPECT_EQ(fitted("復", 9), "?") << "this locale has no such character";
    std::setlocale(LC_CTYPE, before.c_str());
}

TEST(Cells, cut_wide_text_to_their_width) {
    EXPECT_EQ(fitted("backup", 4), "back");
    EXPECT_EQ(fitted("backup", 9), "backup");
    const std::string before = std::setlocale(LC_CTYPE, nullptr);
    ASSERT_NE(std::setlocale(LC_CTYPE, "C.UTF-8"), nullptr);
    EXPECT_EQ(fitted("復元 tar", 5), "復元 ");
    EXPECT_EQ(fitted("復元", 3), "復");
    EXPECT_EQ(entries_within("q 終了  ? ヘルプ", 16), "q 終了  ? ヘルプ");
    EXPECT_EQ(entries_within("q 終了  ? ヘルプ", 15), "q 終了");
    EXPECT_EQ(entries_within("q 終了  ? ヘルプ", 1), "q 終了");
    std::setlocale(LC_CTYPE, before.c_str());
}

TEST(Cells, break_text_at_blanks) {
    using Lines = std::vector<std::string>;
    EXPECT_EQ(lines_of("", 5, LongWords::cut), Lines{});
    EXPECT_EQ(lines_of("one two three", 7, LongWords::cut), (Lines{"one two", "three"}));
    EXPECT_EQ(lines_of("onetwothree", 4, LongWords::cut), (Lines{"onet", "woth", "ree"}));
    EXPECT_EQ(lines_of("one two", 3, LongWords::cut), (Lines{"one", "two"}));
    EXPECT_EQ(lines_of("ab", 1, LongWords::cut), (Lines{"a", "b"}));
}

}  // namespace iopriority::cli
