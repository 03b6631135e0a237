// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Reading a list: what is set on all of its processes, and on each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "crowd.hpp"
#include "engine/survey.hpp"
#include "fake_target.hpp"

namespace iopriority::engine {
namespace {

using test::Crowd;
using test::FakeProcess;
using test::set_priority;
using test::target_of;
using test::World;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr bool single = true;
const Priority idle = Priority::idle();
const Priority low = Priority::best_effort(7);
const Priority high = Priority::best_effort(0);

std::unique_ptr<Crowd> process_with(Priority priority, unsigned threads = 1) {
    return std::make_unique<Crowd>([=](const auto& ready) {
        set_priority(0, priority);
        test::start_waiting_threads(threads - 1);
        ready();
        while (true) {
            ::pause();
        }
    });
}

Expected<Details> read(Target target, Survey::Depth depth = Survey::Depth::everything) {
    Reader reader(depth);
    reader.begin(std::move(target));
    while (!reader.step()) {
    }
    return reader.result();
}

std::vector<pid_t> numbers(const Details& description) {
    std::vector<pid_t> all;
    for (const auto& member : description.each) {
        all.push_back(member.process);
    }
    return all;
}

class A_reading_of_a_list : public ::testing::Test {
 protected:
    [[nodiscard]] static pid_t id(const std::unique_ptr<Crowd>& process) { return process->pid(); }

    std::unique_ptr<Crowd> first = process_with(idle, 3);
    std::unique_ptr<Crowd> second = process_with(low, 2);
};

TEST_F(A_reading_of_a_list, describes_each_member_and_all_of_them) {
    const auto description = read(list_target({first->pid(), second->pid()}, {}));
    ASSERT_TRUE(description) << description.failure().message;
    EXPECT_EQ(description->processes, 2U);
    EXPECT_EQ(description->threads, 5U);
    EXPECT_EQ(description->set, low);
    EXPECT_THAT(description->breakdown, ElementsAre(Pair("best-effort:7", 2U), Pair("idle", 3U)));
    EXPECT_FALSE(description->each_cut);
    ASSERT_THAT(description->each, SizeIs(2));
    const auto& of_first = description->each[0].details;
    ASSERT_NE(of_first, nullptr);
    EXPECT_EQ(of_first->set, idle);
    EXPECT_EQ(of_first->processes, 1U);
    EXPECT_EQ(of_first->threads, 3U);
    EXPECT_EQ(of_first->source, "set");
    EXPECT_THAT(of_first->breakdown, ElementsAre(Pair("idle", 3U)));
    EXPECT_THAT(of_first->users, ElementsAre(::getuid()));
    EXPECT_THAT(of_first->programs, SizeIs(1));
    const auto& of_second = description->each[1].details;
    ASSERT_NE(of_second, nullptr);
    EXPECT_EQ(of_second->set, low);
    EXPECT_EQ(of_second->threads, 2U);
}

TEST_F(A_reading_of_a_list, keeps_its_order) {
    for (const bool turned : {false, true}) {
        const auto& one = turned ? second : first;
        const auto& other = turned ? first : second;
        const auto description = read(list_target({one->pid(), other->pid()}, {}));
        ASSERT_TRUE(description);
        EXPECT_THAT(numbers(*description), ElementsAre(id(one), id(other)));
        EXPECT_EQ(description->each[0].details->set, turned ? low : idle);
    }
}

TEST_F(A_reading_of_a_list, keeps_the_order_of_keys_too) {
    const auto key_of = [](const std::unique_ptr<Crowd>& process) {
        return *process::Process::pin(process->pid())->key();
    };
    const auto description = read(list_target({}, {key_of(second), key_of(first)}));
    ASSERT_TRUE(description);
    EXPECT_THAT(numbers(*description), ElementsAre(id(second), id(first)));
}

TEST_F(A_reading_of_a_list, says_of_a_member_that_it_has_ended) {
    second->kill();
    const auto description = read(list_target({second->pid(), first->pid()}, {}));
    ASSERT_TRUE(description) << description.failure().message;
    EXPECT_EQ(description->processes, 1U);
    EXPECT_THAT(numbers(*description), ElementsAre(id(second), id(first)));
    EXPECT_EQ(description->each[0].details, nullptr);
    ASSERT_NE(description->each[1].details, nullptr);
    EXPECT_EQ(description->each[1].details->set, idle);
}

TEST_F(A_reading_of_a_list, has_no_number_for_one_that_had_ended_before_it_was_named) {
    const auto key = *process::Process::pin(first->pid())->key();
    const auto description = read(list_target({}, {{-1, 0}, key, {-2, 0}}));
    ASSERT_TRUE(description) << description.failure().message;
    EXPECT_THAT(numbers(*description), ElementsAre(0U, id(first), 0U));
    EXPECT_EQ(description->each[0].details, nullptr);
    EXPECT_NE(description->each[1].details, nullptr);
}

TEST_F(A_reading_of_a_list, fails_where_all_have_ended) {
    first->kill();
    second->kill();
    const auto description = read(list_target({first->pid(), second->pid()}, {}));
    ASSERT_FALSE(description);
    EXPECT_EQ(description.failure().code, ErrorCode::no_such_process);
    EXPECT_EQ(description.failure().message, "2 processes: all have ended");
}

TEST_F(A_reading_of_a_list, counts_a_member_once_that_is_named_twice) {
    const auto description = read(list_target({first->pid(), second->pid(), first->pid()}, {}));
    ASSERT_TRUE(description);
    EXPECT_EQ(description->threads, 5U);
    EXPECT_THAT(numbers(*description), ElementsAre(id(first), id(second)));
}

TEST_F(A_reading_of_a_list, of_one_describes_it_as_the_whole_and_as_a_member) {
    const auto description = read(list_target({first->pid()}, {}));
    ASSERT_TRUE(description);
    ASSERT_THAT(description->each, SizeIs(1));
    EXPECT_EQ(description->each[0].details->threads, description->threads);
    EXPECT_EQ(description->each[0].details->breakdown, description->breakdown);
}

TEST_F(A_reading_of_a_list, describes_so_many_members_and_says_that_there_would_be_more) {
    std::vector<pid_t> all{first->pid()};
    for (pid_t ended = 1; all.size() < Reader::most_members; ++ended) {
        all.push_back(-ended);
    }
    const auto whole = read(list_target(all, {}));
    ASSERT_TRUE(whole);
    EXPECT_THAT(whole->each, SizeIs(Reader::most_members));
    EXPECT_FALSE(whole->each_cut);
    all.push_back(second->pid());
    const auto cut = read(list_target(all, {}));
    ASSERT_TRUE(cut);
    EXPECT_THAT(cut->each, SizeIs(Reader::most_members));
    EXPECT_TRUE(cut->each_cut);
    EXPECT_EQ(cut->processes, 2U) << "the whole has all of them";
    EXPECT_EQ(cut->threads, 5U);
}

TEST_F(A_reading_of_a_list, describes_no_member_where_only_the_highest_is_wanted) {
    const auto description = read(list_target({first->pid(), second->pid()}, {}), Survey::Depth::highest);
    ASSERT_TRUE(description);
    EXPECT_EQ(description->set, low);
    EXPECT_THAT(description->each, IsEmpty());
}

TEST(A_reading, of_what_is_no_list_describes_no_member) {
    FakeProcess process({10, 11}, idle);
    World world{{&process}, {}};
    world.named = {process.pid()};
    const auto description = read(target_of(world, !single));
    ASSERT_TRUE(description);
    EXPECT_THAT(description->each, IsEmpty());
    EXPECT_FALSE(description->each_cut);
}

TEST(A_reading, of_a_list_with_descendants_describes_the_named_ones_alone) {
    FakeProcess named({10}, idle);
    FakeProcess descendant({20, 21}, high);
    World world{{&named, &descendant}, {}};
    world.named = {named.pid()};
    auto target = target_of(world, !single);
    target.is_list = true;
    const auto description = read(std::move(target));
    ASSERT_TRUE(description);
    EXPECT_EQ(description->processes, 2U);
    EXPECT_EQ(description->set, high);
    ASSERT_THAT(description->each, SizeIs(1));
    EXPECT_EQ(description->each[0].details->set, idle);
    EXPECT_EQ(description->each[0].details->threads, 1U);
}

TEST(A_reading, of_a_list_says_of_a_member_that_it_has_ended_whose_threads_were_all_gone) {
    FakeProcess lives({10}, idle);
    FakeProcess ends({20}, idle);
    ends.threads.reaped = true;
    World world{{&lives, &ends}, {}};
    world.named = {ends.pid(), lives.pid()};
    auto target = target_of(world, !single);
    target.is_list = true;
    const auto description = read(std::move(target));
    ASSERT_TRUE(description);
    EXPECT_EQ(description->processes, 1U);
    ASSERT_THAT(description->each, SizeIs(2));
    EXPECT_EQ(description->each[0].details, nullptr);
    EXPECT_NE(description->each[1].details, nullptr);
}

}  // namespace
}  // namespace iopriority::engine
