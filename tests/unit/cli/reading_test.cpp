// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/reading.hpp"

#include <gtest/gtest.h>

#include "../client/child.hpp"
#include "client/unaided.hpp"

namespace iopriority::cli {

namespace {

kernel::Description of(Priority set, const std::map<std::string, std::uint32_t>& breakdown) {
    kernel::Description description;
    description.set = set;
    description.breakdown = breakdown;
    return description;
}

}  // namespace

TEST(Reading, SaysThatAProcessHasEnded) {
    client::test::Child child(0);
    const auto process = kernel::Process::pin(child.pid());
    ASSERT_TRUE(process);
    child.end();
    const auto reading = read_process(*process);
    ASSERT_FALSE(reading);
    EXPECT_EQ(reading.failure().code, ErrorCode::no_such_process);
}

TEST(Reading, CountsEveryThread) {
    const client::test::Child child(3);
    const auto process = kernel::Process::pin(child.pid());
    const auto reading = read_process(*process);
    ASSERT_TRUE(reading);
    EXPECT_EQ(reading->threads, client::test::threads_of(child.pid()));
    EXPECT_TRUE(is_default(*reading));
}

TEST(Reading, TellsAMixtureFromOneKind) {
    EXPECT_EQ(shown(of(Priority::idle(), {{"idle", 5}})), "idle");
    EXPECT_EQ(shown(of(Priority::none(), {{"idle", 1}, {"none", 4}})), "idle(1),none(4)");
}

TEST(Reading, IsTheDefaultOnlyWhenNothingIsSetOnAnyThread) {
    EXPECT_TRUE(is_default(of(Priority::none(), {{"none", 2}})));
    EXPECT_FALSE(is_default(of(Priority::none(), {{"idle", 1}, {"none", 2}})));
    EXPECT_FALSE(is_default(of(Priority::idle(), {{"idle", 1}})));
}

}  // namespace iopriority::cli
