// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The end of holds where memory or descriptors are short: nothing is half done, and nothing is lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <new>
#include <string>

#include "../refusals.hpp"
#include "allocations.hpp"
#include "ending_holds.hpp"

namespace iopriority::service::test {
namespace {

using engine::test::others_than;
using iopriority::test::DescriptorsLeft;
using testing::HasSubstr;
using testing::IsEmpty;

const Priority idle = Priority::idle();
const Priority low = Priority::best_effort(6);
const Priority none = Priority::none();

/// While it lives, nothing can be opened.
class NoDescriptors {
 public:
    NoDescriptors() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const rlimit few{3, before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &few);
    }
    NoDescriptors(const NoDescriptors&) = delete;
    NoDescriptors& operator=(const NoDescriptors&) = delete;
    NoDescriptors(NoDescriptors&&) = delete;
    NoDescriptors& operator=(NoDescriptors&&) = delete;
    ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
    rlimit before_{};
};

/// While it lives, what is written to standard error is kept here.
class RedirectedErrors {
 public:
    RedirectedErrors() { ::dup2(kept_.get(), STDERR_FILENO); }
    RedirectedErrors(const RedirectedErrors&) = delete;
    RedirectedErrors& operator=(const RedirectedErrors&) = delete;
    RedirectedErrors(RedirectedErrors&&) = delete;
    RedirectedErrors& operator=(RedirectedErrors&&) = delete;
    ~RedirectedErrors() { ::dup2(before_.get(), STDERR_FILENO); }
    [[nodiscard]] std::string text() const {
        std::array<char, 4096> bytes{};
        const auto size = ::pread(kept_.get(), bytes.data(), bytes.size(), 0);
        return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
    }

 private:
    process::UniqueFd before_{::dup(STDERR_FILENO)};
    process::UniqueFd kept_{::memfd_create("errors", MFD_CLOEXEC)};
};

using Holds_that_end = EndingHolds;

/// Of so many allocations one fails at the end, closer together at the beginning.
long after(long allocations) {
    return allocations + 1 + allocations / 3;
}

TEST_F(Holds_that_end, with_the_service_end_also_where_an_allocation_fails_while_one_is_being_put_back) {
    unsigned in_the_midst = 0;
    bool over = false;
    for (long at = 0; !over; at = after(at)) {
        Holds ending(loop, HoldStore(directory.path()), log, [] {});
        auto older = begin(ending, low);
        const auto newer = begin(ending, idle, 500);
        older.reset();  // which puts back what it can in a millisecond
        in_the_midst += engine::test::priority_of(tids.back()) == low ? 1U : 0U;
        allocations_left = at;
        ending.end_all(std::chrono::seconds(60));  // however busy the machine is
        over = std::exchange(allocations_left, -1) >= 0;
        EXPECT_THAT(others_than(none, tids), IsEmpty()) << at;
        run_again();
        EXPECT_TRUE(directory.empty()) << at;
    }
    EXPECT_GT(in_the_midst, 0U);
}

TEST_F(Holds_that_end, with_the_service_and_without_memory_are_ended_by_the_next_run) {
    for (const long at : {0, 3, 10, 40, 200, 700}) {
        Holds ending(loop, HoldStore(directory.path()), log, [] {});
        const auto older = begin(ending, low);
        begin(ending, idle).reset();
        allocations_left = at;
        allocations_end = true;
        ending.end_all();
        allocations_end = false;
        allocations_left = -1;
        EXPECT_FALSE(others_than(none, tids).empty() && directory.empty()) << at;
        run_again();
        EXPECT_THAT(others_than(none, tids), IsEmpty()) << at;
        EXPECT_TRUE(directory.empty()) << at;
    }
}

#ifndef __SANITIZE_ADDRESS__  // else UBSan is there, too, which checks objects by a pipe: it takes descriptors
TEST_F(Holds_that_end, with_the_service_and_without_descriptors_are_ended_by_the_next_run) {
    const auto older = begin(low);
    const auto newer = begin(idle);
    {
        const NoDescriptors none_left;
        holds.end_all();
    }
    EXPECT_THAT(others_than(idle, tids), IsEmpty());
    run_again();
    EXPECT_THAT(others_than(none, tids), IsEmpty());
    EXPECT_TRUE(directory.empty());
}

TEST_F(Holds_that_end, put_back_what_was_there_once_there_are_descriptors) {
    auto beginning = begin(idle);
    {
        const NoDescriptors none_left;
        beginning.reset();
        const auto a_while = loop.after(5 * engine::settle_delay, [&] { loop.quit(); });
        loop.run();
    }
    EXPECT_THAT(others_than(idle, tids), IsEmpty());
    until([&] { return holds.under_way() == 0; });
    EXPECT_THAT(others_than(none, tids), IsEmpty());
}

TEST_F(Holds_that_end, try_again_after_longer_and_longer_pauses_and_say_so_once) {
    auto beginning = begin(idle);
    const RedirectedErrors errors;
    const auto begun = std::chrono::steady_clock::now();
    {
        const NoDescriptors none_left;
        beginning.reset();
        constexpr auto long_enough = 20 * Holds::longest_pause;
        until([&] { return !errors.text().empty() || std::chrono::steady_clock::now() - begun > long_enough; });
        EXPECT_GE(std::chrono::steady_clock::now() - begun, Holds::longest_pause - engine::settle_delay);
        const auto a_while = loop.after(Holds::longest_pause * 5 / 2, [&] { loop.quit(); });
        loop.run();
    }
    const auto text = errors.text();
    EXPECT_THAT(text, HasSubstr("cannot be ended now"));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
    until([&] { return holds.under_way() == 0; });
    EXPECT_THAT(others_than(none, tids), IsEmpty());
}

/// Ends that can go on with none of their processes, because there is no descriptor for the second thread.
class Holds_that_cannot_go_on : public EndingHolds {
 protected:
    struct Held {
        std::unique_ptr<Crowd> process;
        Beginning beginning;
    };
    Held hold_another(uid_t holder, unsigned threads) {
        auto another = process_of(owner(), threads);
        const auto pinned = process::Process::pin(another->pid()).value();
        auto beginning = std::move(holds.begin(holder, idle, policy::Grant::everything(0))).value();
        engine::Values values;
        for (const pid_t tid : another->tids()) {
            values.emplace_back(tid, values::to_kernel(none));
            engine::test::set_priority(tid, idle);
        }
        EXPECT_TRUE(beginning->found(pinned, *pinned.key(), values, {}));
        return {std::move(another), std::move(beginning)};
    }
    void end_without_descriptors(uid_t holder) {
        auto held = hold_another(holder, 2);
        const DescriptorsLeft for_the_process(2);
        held.beginning.reset();
        stuck.push_back(std::move(held.process));
    }
    /// It does not wait for a turn of the loop. (In the first millisecond: this thread can be kept from using it.)
    bool ends_at_once(uid_t holder) {
        constexpr int times = 3;
        for (int i = 0; i < times; ++i) {
            auto held = hold_another(holder, 1);
            held.beginning.reset();
            if (engine::test::priority_of(held.process->pid()) == none) {
                return true;
            }
        }
        return false;
    }
    void expect_the_others_to_end() {
        EXPECT_TRUE(ends_at_once(1002));
        EXPECT_TRUE(ends_at_once(0));
        for (const auto& each : stuck) {
            EXPECT_FALSE(others_than(none, each->tids()).empty());
        }
        until([&] { return holds.under_way() == 0; });
        for (const auto& each : stuck) {
            EXPECT_THAT(others_than(none, each->tids()), IsEmpty());
        }
    }

    static constexpr unsigned many = Holds::restored_at_once.in_all + 2;
    std::vector<std::unique_ptr<Crowd>> stuck;
};

TEST_F(Holds_that_cannot_go_on, do_not_keep_those_of_other_users_from_ending) {
    for (unsigned i = 0; i < many; ++i) {
        end_without_descriptors(1001);
    }
    expect_the_others_to_end();
}

TEST_F(Holds_that_cannot_go_on, let_no_other_take_each_turn_of_the_loop_while_it_waits_for_their_place) {
    for (unsigned i = 0; i < many; ++i) {
        end_without_descriptors(1001);
    }
    const NoDescriptors none_left;
    constexpr auto time = std::chrono::milliseconds(200);
    const auto end = loop.after(time, [this] { loop.quit(); });
    const auto before = std::clock();
    loop.run();
    EXPECT_LT(std::clock() - before, CLOCKS_PER_SEC / 10) << "half of the time";
    EXPECT_EQ(holds.under_way(), many);
}

TEST_F(Holds_that_cannot_go_on, of_root_do_not_keep_those_of_other_users_from_ending) {
    for (unsigned i = 0; i < many; ++i) {
        end_without_descriptors(0);
    }
    EXPECT_TRUE(ends_at_once(1002));
}

TEST_F(Holds_that_cannot_go_on, of_many_subordinate_users_do_not_keep_those_of_others_from_ending) {
    for (unsigned i = 0; i < many; ++i) {
        end_without_descriptors(Admission::first_subordinate + i);
    }
    expect_the_others_to_end();
}

TEST_F(Holds_that_end, leave_alone_what_was_set_on_purpose_while_there_were_no_descriptors) {
    auto beginning = begin(idle);
    const auto holder = beginning->commit();
    for (const pid_t tid : tids) {
        engine::test::set_priority(tid, none);  // by itself
    }
    const auto key = *process::Process::pin(many->pid())->key();
    {
        const NoDescriptors none_left;
        holds.overruled(key, tids, low, false, 1);  // not the whole process: what is explicit would be kept
    }
    for (const pid_t tid : tids) {
        engine::test::set_priority(tid, idle);  // just what the hold wants
    }
    holds.end_all();
    EXPECT_THAT(others_than(idle, tids), IsEmpty());
}
#endif

TEST_F(Holds_that_end, leave_alone_what_is_set_on_purpose_in_their_midst) {
    begin(idle).reset();  // which puts back what it can in a millisecond
    for (const pid_t tid : tids) {
        engine::test::set_priority(tid, idle);
    }
    holds.overruled(*process::Process::pin(many->pid())->key(), tids, idle, true, 1);
    until([&] { return holds.under_way() == 0; });
    EXPECT_THAT(others_than(idle, tids), IsEmpty());
    EXPECT_TRUE(directory.empty());
}

TEST_F(Holds_that_end, do_not_stop_the_putting_back_of_another) {
    bool over = false;
    for (std::chrono::milliseconds delay(10); !over; ++delay) {
        auto older = begin(low);
        begin(idle).reset();
        const auto watch = loop.after(delay, [&] { loop.quit(); });
        loop.run();
        over = holds.under_way() == 1;
        older.reset();
        until([&] { return holds.under_way() == 0; });
        EXPECT_THAT(others_than(none, tids), IsEmpty()) << delay.count();
    }
}

TEST_F(Holds_that_end, being_undone_put_back_what_was_there_whichever_allocation_fails) {
    bool over = false;
    for (long at = 0; !over; at = after(at)) {
        auto beginning = begin(idle);
        int done = 0;
        const auto watch = loop.each_turn(1, [&] { allocations_left<0 || done> 0 ? loop.quit() : void(); });
        std::function<void()> count = [&] { ++done; };
        allocations_left = at;
        try {
            beginning->undo(std::move(count));
            loop.run();
        } catch (const std::bad_alloc&) {
            EXPECT_EQ(done, 0);  // who undoes it learns of that
        }
        over = std::exchange(allocations_left, -1) >= 0;
        beginning.reset();
        until([&] { return holds.under_way() == 0; });
        EXPECT_THAT(others_than(none, tids), IsEmpty()) << at;
        EXPECT_TRUE(directory.empty()) << at;
    }
}

}  // namespace
}  // namespace iopriority::service::test
