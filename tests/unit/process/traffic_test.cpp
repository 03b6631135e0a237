// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Rates of reading and writing: unknown where they are not known, and never another process's.
#include "process/traffic.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

namespace iopriority::process {
namespace {

using std::chrono::seconds;

ProcessSample process(pid_t pid, std::uint64_t start, std::optional<ProcIo> io) {
    return {pid, start, 1000, false, "tar", io};
}

/// A sample at a second and a tick of the same clock.
Sample sample(int second, std::vector<ProcessSample> processes) {
    return {std::chrono::steady_clock::time_point(seconds(second)), static_cast<std::uint64_t>(second) * 100,
            std::move(processes)};
}

using Rate = std::optional<Rates>;

TEST(TrafficCounters, are_refused_where_a_line_is_missing_or_cut_off) {
    const std::string text =
        "rchar: 9\nwchar: 8\nsyscr: 7\nsyscw: 6\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 5\n";
    for (const std::string key : {"read_bytes", "write_bytes", "cancelled_write_bytes"}) {
        auto without = text;
        without.replace(without.find("\n" + key) + 1, 1, "x");
        EXPECT_FALSE(parse_io(without)) << key;
    }
    EXPECT_FALSE(parse_io(text.substr(0, text.size() - 1)));
    EXPECT_FALSE(parse_io(""));
    EXPECT_FALSE(parse_io("read_bytes: -1\nwrite_bytes: 1\ncancelled_write_bytes: 1\n"));
    const auto io = parse_io(text);
    ASSERT_TRUE(io);
    EXPECT_EQ(io->read, 4096U);
    EXPECT_EQ(io->written, 8192U);
    EXPECT_EQ(io->cancelled, 5U);
}

TEST(NameInStat, is_what_stands_between_the_outermost_parentheses) {
    EXPECT_EQ(name_in_stat("812 (a) S (b)) S 1 2"), "a) S (b)");
    EXPECT_EQ(name_in_stat("812 ()) S"), ")");
    for (const auto* text : {"", "812 tar S", "812 )tar( S", "812 (tar", "812 tar)"}) {
        EXPECT_EQ(name_in_stat(text), "") << text;
    }
}

TEST(Traffic, is_not_known_at_first) {
    TrafficMeter meter;
    EXPECT_EQ(meter.measure(sample(10, {process(1, 5, ProcIo{4096, 4096, 0})})), std::vector<Rate>{std::nullopt});
}

TEST(Traffic, is_not_known_where_the_counters_cannot_be_read_now_or_then) {
    TrafficMeter meter;
    static_cast<void>(meter.measure(sample(10, {process(1, 5, std::nullopt), process(2, 5, ProcIo{})})));
    EXPECT_EQ(meter.measure(sample(12, {process(1, 5, ProcIo{9, 9, 0}), process(2, 5, std::nullopt)})),
              (std::vector<Rate>{std::nullopt, std::nullopt}));
}

TEST(Traffic, is_not_known_without_time_in_between) {
    TrafficMeter meter;
    static_cast<void>(meter.measure(sample(10, {process(1, 5, ProcIo{})})));
    EXPECT_EQ(meter.measure(sample(10, {process(1, 5, ProcIo{9, 9, 0})})), std::vector<Rate>{std::nullopt});
}

TEST(Traffic, is_not_known_of_an_old_process_that_was_not_there_before) {
    TrafficMeter meter;
    static_cast<void>(meter.measure(sample(10, {})));
    EXPECT_EQ(meter.measure(sample(12, {process(1, 5, ProcIo{1 << 30, 0, 0})})), std::vector<Rate>{std::nullopt});
}

TEST(Traffic, of_a_new_process_with_an_old_number_is_its_own) {
    TrafficMeter meter;
    static_cast<void>(meter.measure(sample(10, {process(1, 5, ProcIo{1000, 3000, 0})})));
    EXPECT_EQ(meter.measure(sample(12, {process(1, 1100, ProcIo{2000, 4000, 0})})),
              std::vector<Rate>{(Rates{1000, 2000})});
}

TEST(Traffic, is_bytes_a_second_since_the_last_sample) {
    TrafficMeter meter;
    static_cast<void>(meter.measure(sample(10, {process(1, 5, ProcIo{100, 100, 0}), process(2, 6, ProcIo{})})));
    EXPECT_EQ(meter.measure(sample(14, {process(1, 5, ProcIo{4100, 8100, 0}), process(2, 6, ProcIo{}),
                                        process(3, 1200, ProcIo{400, 0, 0})})),
              (std::vector<Rate>{Rates{1000, 2000}, Rates{0, 0}, Rates{100, 0}}));
    EXPECT_EQ(meter.measure(sample(15, {process(1, 5, ProcIo{4101, 8100, 0})})), std::vector<Rate>{(Rates{1, 0})});
}

TEST(Traffic, leaves_out_what_was_thrown_away_and_never_goes_back) {
    TrafficMeter meter;
    static_cast<void>(meter.measure(sample(10, {process(1, 5, ProcIo{500, 0, 0})})));
    EXPECT_EQ(meter.measure(sample(11, {process(1, 5, ProcIo{400, 1000, 300})})), std::vector<Rate>{(Rates{0, 700})});
    EXPECT_EQ(meter.measure(sample(12, {process(1, 5, ProcIo{400, 1100, 900})})), std::vector<Rate>{(Rates{0, 0})});
}

TEST(Sampling, finds_this_process_under_its_name_with_its_counters) {
    Sampler sampler;
    ASSERT_TRUE(sampler.take());
    const auto found = sampler.take();
    ASSERT_TRUE(found);
    const auto self = std::find_if(found->processes.begin(), found->processes.end(),
                                   [](const auto& each) { return each.pid == ::getpid(); });
    ASSERT_NE(self, found->processes.end());
    EXPECT_EQ(self->name, "process_unit_te");
    EXPECT_EQ(self->real_uid, ::getuid());
    EXPECT_FALSE(self->of_kernel);
    EXPECT_EQ(self->io.has_value(), counts_traffic());
    EXPECT_GT(self->start_ticks, 0U);
    EXPECT_LE(self->start_ticks, found->ticks);
}

TEST(Sampling, leaves_out_a_process_that_has_ended) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(0);
    }
    siginfo_t info{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
    const auto found = Sampler().take();
    ::waitpid(child, nullptr, 0);
    ASSERT_TRUE(found);
    EXPECT_TRUE(std::none_of(found->processes.begin(), found->processes.end(),
                             [&](const auto& each) { return each.pid == child; }));
}

}  // namespace
}  // namespace iopriority::process
