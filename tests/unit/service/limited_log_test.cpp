// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/log_filters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes.hpp"

namespace iopriority::service::test {
namespace {

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
    void let_the_second_end() {
        const auto later = loop.after(LimitedLog::period + std::chrono::milliseconds(1), [this] { loop.quit(); });
        loop.run();
    }

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
    EXPECT_EQ(whole.records.size(), LimitedLog::most_of_a_user);
    EXPECT_THAT(whole.missing, IsEmpty());
    let_the_second_end();
    EXPECT_THAT(whole.missing, ElementsAre(Pair(1001, 1000 - LimitedLog::most_of_a_user)));
    write(1001, 1);
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
    EXPECT_EQ(whole.records.back().caller.uid, 1002U);
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
    EXPECT_THAT(whole.missing, ElementsAre(Pair(0, 3)));
}

}  // namespace
}  // namespace iopriority::service::test
