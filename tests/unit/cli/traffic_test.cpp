// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/traffic.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "cli/arguments.hpp"

namespace iopriority::cli {

namespace {

using process::Rates;

TrafficRow row(pid_t pid, std::optional<Rates> rates) {
    TrafficRow made;
    made.pid = pid;
    made.rates = rates;
    made.details.emplace().breakdown = {{"none", 1}};
    return made;
}

std::vector<pid_t> sorted(TrafficOrder order) {
    std::vector<TrafficRow> rows{row(5, Rates{10, 1}), row(4, std::nullopt), row(3, Rates{1, 20}), row(2, Rates{0, 0}),
                                 row(1, Rates{1, 20})};
    sort(rows, order);
    std::vector<pid_t> pids;
    for (const auto& each : rows) {
        pids.push_back(each.pid);
    }
    return pids;
}

}  // namespace

TEST(Traffic, is_sorted_with_unknown_values_last) {
    EXPECT_EQ(sorted(TrafficOrder::total), (std::vector<pid_t>{1, 3, 5, 2, 4}));
    EXPECT_EQ(sorted(TrafficOrder::reads), (std::vector<pid_t>{5, 1, 3, 2, 4}));
    EXPECT_EQ(sorted(TrafficOrder::writes), (std::vector<pid_t>{1, 3, 5, 2, 4}));
    EXPECT_EQ(sorted(TrafficOrder::pid), (std::vector<pid_t>{1, 2, 3, 4, 5}));
}

TEST(Traffic, is_of_interest_with_a_rate_or_a_priority) {
    EXPECT_FALSE(is_of_interest(row(1, std::nullopt)));
    EXPECT_FALSE(is_of_interest(TrafficRow{}));
    EXPECT_EQ(priority_text(TrafficRow{}), "?");
    EXPECT_FALSE(is_of_interest(row(1, Rates{0, 0})));
    EXPECT_TRUE(is_of_interest(row(1, Rates{0, 1})));
    auto set = row(1, std::nullopt);
    set.details->set = Priority::idle();
    set.details->breakdown = {{"idle", 1}};
    EXPECT_TRUE(is_of_interest(set));
    set.details->set = Priority::none();
    set.details->breakdown = {{"idle", 1}, {"none", 3}};
    EXPECT_TRUE(is_of_interest(set)) << "one thread is enough";
}

TEST(Rate, is_shown_in_five_characters_at_most) {
    EXPECT_EQ(rate_text(std::nullopt), "-");
    EXPECT_EQ(rate_text(0), "0");
    EXPECT_EQ(rate_text(999), "999");
    EXPECT_EQ(rate_text(1000), "0.9K");
    EXPECT_EQ(rate_text(1536), "1.5K");
    EXPECT_EQ(rate_text(20 * 1024 + 1000), "20K");
    EXPECT_EQ(rate_text(999 * 1024), "999K");
    EXPECT_EQ(rate_text(1023 * 1024), "0.9M");
    EXPECT_EQ(rate_text(3ULL << 30U), "3.0G");
    EXPECT_EQ(rate_text(std::numeric_limits<std::uint64_t>::max()), "15E");
}

TEST(Seconds, are_refused_out_of_range_and_in_other_forms) {
    for (const auto* word : {"", "0", "0.09", "3601", "-1", "+1", "1e1", "nan", "inf", "1s", " 1", "1 ", "1,5", "1.5.5",
                             ".", "0x10", "99999999999999999999999"}) {
        EXPECT_THROW(static_cast<void>(parse_seconds("--watch=", word)), UsageError) << word;
    }
    EXPECT_EQ(parse_seconds("--watch=", "0.1").count(), 100);
    EXPECT_EQ(parse_seconds("--watch=", "2").count(), 2000);
    EXPECT_EQ(parse_seconds("--watch=", "1.25").count(), 1250);
    EXPECT_EQ(parse_seconds("--watch=", "3600").count(), 3'600'000);
}

}  // namespace iopriority::cli
