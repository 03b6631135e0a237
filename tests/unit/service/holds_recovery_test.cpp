// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What a run of the service makes of the holds of an earlier one, which has crashed or had no time to end them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <string>

#include "../delayed_stats.hpp"
#include "../engine/parent.hpp"
#include "../refusals.hpp"
#include "ending_holds.hpp"

namespace iopriority::service::test {
namespace {

using engine::test::others_than;
using iopriority::test::DelayedStats;
using iopriority::test::DescriptorsLeft;
using iopriority::test::where_refused;
using testing::IsEmpty;

const Priority idle = Priority::idle();
const Priority low = Priority::best_effort(6);
const Priority none = Priority::none();

using Holds_of_an_earlier_run = EndingHolds;

TEST_F(Holds_of_an_earlier_run, need_no_status_of_their_process_to_end) {
    const auto beginning = begin(idle);
    const DelayedStats delayed({many->pid()});
    run_again();
    EXPECT_THAT(others_than(none, tids), IsEmpty());
    EXPECT_TRUE(directory.empty());
}

TEST_F(Holds_of_an_earlier_run, are_known_also_where_their_process_cannot_be_pinned) {
    const auto beginning = begin(idle);
    Holds next(loop, HoldStore(directory.path()), log, [] {});
    if (!where_refused({SYS_pidfd_open}, EMFILE, [&] { next.recover(); })) {
        GTEST_SKIP() << "system calls cannot be filtered here";
    }
    EXPECT_THAT(others_than(idle, tids), IsEmpty());
    EXPECT_FALSE(directory.empty());
    until([&] { return next.under_way() == 0; });
    EXPECT_THAT(others_than(none, tids), IsEmpty());
    EXPECT_TRUE(directory.empty());
}

TEST_F(Holds_of_an_earlier_run, are_over_where_that_process_was_set_for_good) {
    const auto beginning = begin(idle);
    {
        Holds next(loop, HoldStore(directory.path()), log, [] {});
        if (!where_refused({SYS_pidfd_open}, EMFILE, [&] { next.recover(); })) {
            GTEST_SKIP() << "system calls cannot be filtered here";
        }
        next.overruled(key(), tids, idle, true, 1);
    }
    run_again();
    EXPECT_THAT(others_than(idle, tids), IsEmpty());
    EXPECT_TRUE(directory.empty());
}

TEST_F(Holds_of_an_earlier_run, whose_record_could_not_be_read_are_over_once_their_process_was_set_for_good) {
    const auto beginning = begin(idle);
    Holds next(loop, HoldStore(directory.path()), log, [] {});
    {
        const Unreadable now(std::filesystem::directory_iterator(directory.path())->path());
        next.recover();
    }
    EXPECT_EQ(next.under_way(), 0U);
    auto another = next.begin(owner(), low, policy::Grant::everything(0)).value();
    EXPECT_FALSE(another->found(process::Process::pin(many->pid()).value(), key(), {}, {}));
    another.reset();
    until([&] { return next.under_way() == 0; });
    EXPECT_FALSE(directory.empty());
    next.overruled(key(), tids, idle, true, 1);
    EXPECT_TRUE(directory.empty());
    run_again();
    EXPECT_THAT(others_than(idle, tids), IsEmpty());
}

TEST_F(Holds_of_an_earlier_run, whose_record_could_not_be_read_have_a_number_that_no_later_one_has) {
    const auto beginning = begin(idle);
    Holds next(loop, HoldStore(directory.path()), log, [] {});
    {
        const Unreadable now(std::filesystem::directory_iterator(directory.path())->path());
        next.recover();
    }
    const auto another = next.begin(owner(), low, policy::Grant::everything(0)).value();
    const auto pinned = process::Process::pin(process->pid()).value();
    EXPECT_TRUE(another->found(pinned, *pinned.key(), {}, {}));
    const auto stored = HoldStore(directory.path()).load();
    ASSERT_EQ(stored.size(), 2U);
    EXPECT_NE(stored[0].stack.holds()[0].id, stored[1].stack.holds()[0].id);
}

TEST_F(Holds_of_an_earlier_run,
       whose_record_could_not_be_read_count_as_begun_later_although_they_have_ended_elsewhere) {
    const auto begun = begin(idle);
    const auto pinned = process::Process::pin(process->pid()).value();
    ASSERT_TRUE(begun->found(pinned, *pinned.key(), {{process->pid(), values::to_kernel(none)}}, {}));
    const auto holder = begun->commit();
    for (const pid_t tid : tids) {
        engine::test::set_priority(tid, none);  // by itself
    }
    const auto record_of = [this](const process::ProcessKey& held) {
        return directory.path() + "/held-" + std::to_string(held.pid) + "-" + std::to_string(held.birth);
    };
    std::filesystem::permissions(record_of(*pinned.key()), std::filesystem::perms::group_read,
                                 std::filesystem::perm_options::add);
    {
        const Unreadable now(record_of(key()));
        run_again();
    }
    ASSERT_EQ(log.records.size(), 1U);
    run_again();
    ASSERT_EQ(log.records.size(), 2U);
    EXPECT_EQ(log.records[1].after, "left as it is");
    EXPECT_TRUE(directory.empty());
}

TEST_F(Holds_of_an_earlier_run, count_as_begun_if_they_had) {
    auto begun = begin(idle);
    const auto holder = begun->commit();
    for (const pid_t tid : tids) {
        engine::test::set_priority(tid, none);  // by itself
    }
    run_again();
    ASSERT_EQ(log.records.size(), 1U) << "it is told of though it has put nothing back";
    EXPECT_EQ(log.records[0].after, "left as it is");
    EXPECT_TRUE(directory.empty());
    const auto beginning = begin(idle);
    for (const pid_t tid : tids) {
        engine::test::set_priority(tid, none);
    }
    run_again();
    EXPECT_EQ(log.records.size(), 1U) << "nor is one that had not";
}

TEST_F(Holds_of_an_earlier_run, that_had_no_time_at_its_exit_are_ended) {
    const auto older = begin(low);
    const auto newer = begin(idle);
    holds.end_all(std::chrono::milliseconds(0));
    EXPECT_THAT(others_than(idle, tids), IsEmpty());
    run_again();
    EXPECT_THAT(others_than(none, tids), IsEmpty());
    EXPECT_TRUE(directory.empty());
}

TEST_F(Holds_of_an_earlier_run, that_had_no_time_to_look_for_what_was_born_at_its_exit_are_ended_with_that) {
    engine::test::Parent parent{owner()};
    for (std::chrono::milliseconds time(0); time < std::chrono::milliseconds(30); ++time) {
        pid_t child = 0;
        {
            Holds earlier(loop, HoldStore(directory.path()), log, [] {});
            const auto of_many = begin(earlier, idle)->commit();
            auto beginning = std::move(earlier.begin(owner(), low, policy::Grant::everything(0))).value();
            const auto pinned = process::Process::pin(parent.pid()).value();
            ASSERT_TRUE(beginning->found(pinned, *pinned.key(), {{parent.pid(), values::to_kernel(none)}}, {}));
            engine::test::set_priority(parent.pid(), low);
            const auto of_parent = beginning->commit();
            engine::test::wait_for_the_next_tick();
            child = parent.start_child();
            earlier.end_all(time);
        }
        run_again();
        EXPECT_THAT(others_than(none, tids), IsEmpty());
        EXPECT_EQ(engine::test::priority_of(parent.pid()), none);
        EXPECT_EQ(engine::test::priority_of(child), none) << "after " << time.count() << " ms";
    }
}

#ifndef __SANITIZE_ADDRESS__  // else UBSan is there, too, which checks objects by a pipe: it takes descriptors
TEST_F(Holds_of_an_earlier_run, do_not_wait_for_one_another_at_the_start) {
    std::vector<process::UniqueFd> holders;
    for (const Priority& wanted : {low, idle, low, idle}) {
        holders.push_back(begin(wanted)->commit().value());
    }
    Holds next(loop, HoldStore(directory.path()), log, [] {});
    const auto start = std::chrono::steady_clock::now();
    {
        const DescriptorsLeft for_the_process(2);  // the newest one stops at its first thread
        next.recover();
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(500));
    until([&] { return next.under_way() == 0; });
    EXPECT_THAT(others_than(none, tids), IsEmpty());
}
#endif

TEST_F(Holds_of_an_earlier_run, that_were_ending_at_its_exit_had_only_so_much_time_and_are_ended) {
    unsigned times_left = 0;
    bool over = false;
    for (std::chrono::milliseconds time(0); !over; ++time) {
        Holds earlier(loop, HoldStore(directory.path()), log, [] {});
        const auto older = begin(earlier, low);
        const auto newer = begin(earlier, idle);
        auto holder_of_older = older->commit();
        const auto holder_of_newer = newer->commit();
        *holder_of_older = process::UniqueFd();
        until([&] { return earlier.count() == 1; });
        earlier.end_all(time);
        over = directory.empty();
        times_left += over ? 0U : 1U;
        HoldStore stored(directory.path());
        for (const auto& state : stored.load()) {
            for (const auto& [id, holder] : state.holders) {
                EXPECT_TRUE(stored.begun().contains(id)) << id << " after " << time.count();
            }
        }
        run_again();
        EXPECT_THAT(others_than(none, tids), IsEmpty()) << time.count();
        EXPECT_TRUE(directory.empty()) << time.count();
    }
    EXPECT_GT(times_left, 1U);
}

TEST_F(Holds_of_an_earlier_run, cannot_begin_where_that_cannot_be_stored) {
    const auto beginning = begin(idle);
    directory.remove();
    EXPECT_FALSE(beginning->commit());
    EXPECT_TRUE(beginning->lasts()) << "until it is undone";
}

}  // namespace
}  // namespace iopriority::service::test
