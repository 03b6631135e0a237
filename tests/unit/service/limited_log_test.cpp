// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/log_filters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes.hpp"

namespace iopriority::service::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class The_limited_log : public testing::Test {
 protected:
    void write(uid_t user, unsigned times) {
        ChangeRecord record;
        record.caller.uid = user;
        for (unsigned i = 0; i < times; ++i) {
            log.write(record);
        }
    }
    void run_for(std::chrono::milliseconds time) {
        const auto later = loop.after(time, [this] { loop.quit(); });
        loop.run();
    }
    void let_the_second_end() { run_for(LimitedLog::period + std::chrono::milliseconds(1)); }

    Loop loop;
    FakeLog whole;
    LimitedLog log{loop, whole};
};

TEST_F(The_limited_log, has_every_change_of_a_user_who_makes_few) {
    write(1001, LimitedLog::most_of_a_user);
    let_the_second_end();
    EXPECT_EQ(whole.records.size(), LimitedLog::most_of_a_user);
    EXPECT_THAT(whole.missing, IsEmpty());
}

TEST_F(The_limited_log, has_of_many_changes_the_first_and_then_how_many_are_missing) {
    write(1001, 1000);
    run_for(0ms);
    EXPECT_EQ(whole.records.size(), LimitedLog::most_of_a_user);
    EXPECT_THAT(whole.missing, IsEmpty());
    let_the_second_end();
    EXPECT_THAT(whole.missing, ElementsAre(Pair(1001, 1000 - LimitedLog::most_of_a_user)));
    write(1001, 1);
    run_for(0ms);
    EXPECT_EQ(whole.records.size(), LimitedLog::most_of_a_user + 1);
}

TEST_F(The_limited_log, says_whether_the_next_change_will_be_told) {
    write(1001, LimitedLog::most_of_a_user - 1);
    EXPECT_TRUE(log.tells(1001));
    write(1001, 1);
    EXPECT_FALSE(log.tells(1001));
    EXPECT_TRUE(log.tells(1002));
    let_the_second_end();
    EXPECT_TRUE(log.tells(1001));
}

TEST_F(The_limited_log, has_the_changes_of_one_user_whatever_another_does) {
    write(1001, 1000);
    write(1002, 1);
    run_for(0ms);
    EXPECT_EQ(whole.records.back().caller.uid, 1002U);
}

TEST_F(The_limited_log, is_written_after_what_is_being_done) {
    std::size_t written_before_the_turn = 1;
    const auto reply = loop.after(0ms, [&] {
        write(1001, 2);
        written_before_the_turn = whole.records.size();
    });
    run_for(1ms);
    EXPECT_EQ(written_before_the_turn, 0U);
    EXPECT_EQ(whole.records.size(), 2U);
}

TEST(The_end_of_the_limited_log, says_what_is_missing) {
    Loop loop;
    FakeLog whole;
    {
        LimitedLog log(loop, whole);
        for (unsigned i = 0; i < LimitedLog::most_of_a_user + 3; ++i) {
            log.write({});
        }
    }
    EXPECT_EQ(whole.records.size(), LimitedLog::most_of_a_user);
    EXPECT_THAT(whole.missing, ElementsAre(Pair(0, 3)));
}

}  // namespace
}  // namespace iopriority::service::test
