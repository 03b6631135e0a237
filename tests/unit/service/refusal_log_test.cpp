// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/refusal_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace iopriority::service::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

struct Said {
    uid_t user;
    std::uint64_t refusals;
    friend bool operator==(const Said&, const Said&) = default;
    friend std::ostream& operator<<(std::ostream& out, const Said& s) { return out << s.user << ' ' << s.refusals; }
};

class The_refusal_log : public testing::Test {
 protected:
    void refuse(uid_t user, unsigned times) {
        for (unsigned i = 0; i < times; ++i) {
            log->refused(user, "too many");
        }
    }
    void let_a_minute_end() {
        const auto later = loop.after(period + 5ms, [this] { loop.quit(); });
        loop.run();
    }

    static constexpr auto period = 30ms;
    Loop loop;
    std::vector<Said> said;
    std::vector<std::string> reasons;
    std::unique_ptr<RefusalLog> log = std::make_unique<RefusalLog>(
        loop,
        [this](const RefusalLog::Line& line) {
            said.push_back({line.user, line.refusals});
            reasons.push_back(line.why);
        },
        period);
};

TEST_F(The_refusal_log, has_the_first_refusal_at_once_and_no_line_for_each_that_follows) {
    refuse(1001, 20'000);
    EXPECT_THAT(said, ElementsAre(Said{1001, 0}));
    EXPECT_THAT(reasons, ElementsAre("too many"));
}

TEST_F(The_refusal_log, has_each_minute_how_many_there_were_since) {
    refuse(1001, 100);
    let_a_minute_end();
    EXPECT_THAT(said, ElementsAre(Said{1001, 0}, Said{1001, 99}));
    refuse(1001, 7);
    let_a_minute_end();
    EXPECT_THAT(said, ElementsAre(Said{1001, 0}, Said{1001, 99}, Said{1001, 7}));
}

TEST_F(The_refusal_log, begins_anew_after_a_minute_without_any) {
    refuse(1001, 1);
    let_a_minute_end();
    EXPECT_THAT(said, SizeIs(1));
    refuse(1001, 1);
    EXPECT_THAT(said, ElementsAre(Said{1001, 0}, Said{1001, 0}));
}

TEST_F(The_refusal_log, tells_users_apart) {
    refuse(1001, 5);
    refuse(1002, 1);
    EXPECT_THAT(said, ElementsAre(Said{1001, 0}, Said{1002, 0}));
}

TEST_F(The_refusal_log, has_few_lines_for_many_users) {
    for (uid_t user = 100'000; user < 110'000; ++user) {
        refuse(user, 1);
    }
    EXPECT_THAT(said, SizeIs(RefusalLog::most_users + 1));
    EXPECT_EQ(said.back(), (Said{RefusalLog::other_users, 0}));
    let_a_minute_end();
    EXPECT_EQ(said.back(), (Said{RefusalLog::other_users, 10'000 - RefusalLog::most_users - 1}));
}

TEST_F(The_refusal_log, says_at_its_end_what_was_not_said) {
    refuse(1001, 3);
    log.reset();
    EXPECT_THAT(said, ElementsAre(Said{1001, 0}, Said{1001, 2}));
}

}  // namespace
}  // namespace iopriority::service::test
