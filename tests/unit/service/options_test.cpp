// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/options.hpp"

#include <gtest/gtest.h>

namespace iopriority::service::test {
namespace {

using namespace std::chrono_literals;
using Task = Options::Task;

class Refused_options : public testing::TestWithParam<std::vector<std::string>> {};
TEST_P(Refused_options, are_named_in_the_message) {
    const auto options = parse_options(GetParam());
    ASSERT_FALSE(options);
    EXPECT_NE(options.failure().message.find(GetParam().front().substr(0, 5)), std::string::npos);
}
INSTANTIATE_TEST_SUITE_P(
    , Refused_options,
    testing::Values(std::vector<std::string>{"--idle-timeout"}, std::vector<std::string>{"--idle-timeout="},
                    std::vector<std::string>{"--idle-timeout=-1"}, std::vector<std::string>{"--idle-timeout=1s"},
                    std::vector<std::string>{"--idle-timeout=nan"}, std::vector<std::string>{"--idle-timeout=inf"},
                    std::vector<std::string>{"--idle-timeout=1e3"}, std::vector<std::string>{"--idle-timeout=86401"},
                    std::vector<std::string>{"--idle-timeoutx=1"}, std::vector<std::string>{"--replace"},
                    std::vector<std::string>{"extra"}));

TEST(Options_of_the_daemon, default_to_a_minute_of_idleness) {
    EXPECT_EQ(parse_options({})->idle_timeout, 60s);
}

TEST(Options_of_the_daemon, take_fractions_of_a_second_and_never) {
    EXPECT_EQ(parse_options({"--idle-timeout=0.05"})->idle_timeout, 50ms);
    EXPECT_EQ(parse_options({"--idle-timeout", "2"})->idle_timeout, 2s);
    EXPECT_EQ(parse_options({"--idle-timeout=0"})->idle_timeout, 0ms);
}

TEST(Options_of_the_daemon, never_round_a_timeout_down_to_never) {
    EXPECT_EQ(parse_options({"--idle-timeout=0.0001"})->idle_timeout, 1ms);
}

TEST(Options_of_the_daemon, know_help_and_version) {
    EXPECT_EQ(parse_options({"--help"})->task, Task::help);
    EXPECT_EQ(parse_options({"--version"})->task, Task::version);
}

}  // namespace
}  // namespace iopriority::service::test
