// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/log_filters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "fakes.hpp"

namespace iopriority::service::test {
namespace {

using namespace std::chrono_literals;

constexpr uid_t alice = 1001;
constexpr uid_t bob = 1002;
constexpr uid_t nameless = 1003;
constexpr uid_t stuck = 1004;

class The_named_log : public testing::Test {
 protected:
    ~The_named_log() override { release.set_value(); }

    void write(uid_t caller, std::optional<uid_t> target) {
        ChangeRecord record;
        record.caller.uid = caller;
        record.target.uid = target;
        log->write(record);
    }
    void wait_for_records(std::size_t count) {
        const auto look = loop.each_turn(0, [&] {
            if (whole.records.size() == count) {
                loop.quit();
            }
        });
        loop.run();
    }

    std::promise<void> release;
    std::shared_future<void> released = release.get_future().share();
    Loop loop;
    UserNames names{loop, 50ms, [released = released](uid_t uid) -> std::optional<std::string> {
                        if (uid == stuck) {
                            released.wait();
                        }
                        return uid == alice ? std::optional("alice") : uid == bob ? std::optional("bob") : std::nullopt;
                    }};
    FakeLog whole;
    std::unique_ptr<NamedLog> log = std::make_unique<NamedLog>(names, whole);
};

TEST_F(The_named_log, has_the_names_of_caller_and_target) {
    write(alice, bob);
    wait_for_records(1);
    EXPECT_EQ(whole.records[0].caller_user, "alice");
    EXPECT_EQ(whole.records[0].target_user, "bob");
    EXPECT_EQ(whole.records[0].caller.uid, alice);
}

TEST_F(The_named_log, has_no_name_where_there_is_none) {
    write(nameless, std::nullopt);
    wait_for_records(1);
    EXPECT_EQ(whole.records[0].caller_user, "");
    EXPECT_EQ(whole.records[0].target_user, "");
}

TEST_F(The_named_log, is_written_without_names_where_the_name_service_is_stuck) {
    write(stuck, bob);
    wait_for_records(1);
    EXPECT_EQ(whole.records[0].caller_user, "");
}

TEST_F(The_named_log, loses_no_line_at_its_end) {
    write(stuck, bob);
    write(alice, alice);
    EXPECT_EQ(whole.records.size(), 0U);
    log.reset();
    ASSERT_EQ(whole.records.size(), 2U);
    EXPECT_EQ(whole.records[0].caller.uid, stuck);
    EXPECT_EQ(whole.records[1].caller.uid, alice);
    bool over = false;
    const auto later = loop.after(60ms, [&] {
        over = true;
        loop.quit();
    });
    loop.run();  // what the names answer now goes nowhere
    EXPECT_TRUE(over);
    EXPECT_EQ(whole.records.size(), 2U);
}

}  // namespace
}  // namespace iopriority::service::test
