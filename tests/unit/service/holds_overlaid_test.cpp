// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// A hold that has recorded a process and has not set it yet, while others end, begin or set.
#include <gtest/gtest.h>

#include <csignal>

#include "bench.hpp"
#include "service/holds.hpp"

namespace iopriority::service::test {

namespace {

const Priority idle = Priority::idle();
const Priority low = Priority::best_effort(6);
const Priority none = Priority::none();

class AHoldThatHasRecorded : public Bench {
 protected:
    AHoldThatHasRecorded() { caller_is(owner()); }

    using Descriptor = std::shared_ptr<process::UniqueFd>;

    Descriptor hold(Priority wanted) {
        const int before = answers;
        start(spec_of(*process), {wanted}, false, SetRequest::For::a_hold);
        until_answered(before + 1);
        return *result ? (*result)->hold : nullptr;
    }
    /// Allowed by polkit.
    Descriptor hold_realtime() {
        const auto asked = authority.questions.size();
        start(spec_of(*process), {Priority::realtime(4)}, true, SetRequest::For::a_hold);
        until_asked(asked + 1);
        answer(policy::Verdict::granted);
        auto descriptor = *result ? (*result)->hold : nullptr;
        result.reset();
        return descriptor;
    }
    /// Begins, and records what the process has.
    std::unique_ptr<Holds::Beginning> record(Priority wanted) {
        auto beginning = *holds.begin(owner(), wanted, policy::Grant::own(owner()));
        EXPECT_TRUE(beginning->may_look_at(key));
        EXPECT_TRUE(beginning->found(*pinned, key, {{pinned->pid(), values::to_kernel(priority())}}, {}));
        return beginning;
    }
    /// One of two.
    void end(Descriptor& held) {
        held.reset();
        result.reset();
        until_there_are(1);
    }
    void until_there_are(std::size_t count) {
        until([&] { return holds.under_way() == count; });
    }

    const Expected<process::Process> pinned = process::Process::pin(process->pid());
    const process::ProcessKey key = *pinned->key();
};

TEST_F(AHoldThatHasRecorded, and_then_fails_leaves_nothing_of_an_older_one_that_ended_meanwhile) {
    auto older = hold(idle);
    ASSERT_EQ(priority(), idle);
    auto newer = record(low);
    end(older);
    EXPECT_EQ(priority(), none) << "the newer one has set nothing yet";
    newer.reset();
    until_there_are(0);
    EXPECT_EQ(priority(), none);
}

TEST_F(AHoldThatHasRecorded, leaves_nothing_of_an_older_one_over_a_crash) {
    auto older = hold(idle);
    auto newer = record(low);
    end(older);
    Holds next(loop, HoldStore(directory.path()), log, [] {});
    next.recover();
    until([&] { return next.under_way() == 0; });
    EXPECT_EQ(priority(), none);
}

TEST_F(AHoldThatHasRecorded, and_then_fails_leaves_to_an_older_one_what_that_had_left_to_it) {
    auto older = record(idle);
    auto newer = record(low);
    ASSERT_TRUE(older->is_overlaid(key, pinned->pid())) << "so it does not set it, and says that it is as wanted";
    const auto held = older->commit();
    newer.reset();
    until_there_are(1);
    EXPECT_EQ(priority(), idle);
}

TEST_F(AHoldThatHasRecorded, and_has_set_it_keeps_it_when_an_older_one_of_the_same_ends) {
    auto older = hold(idle);
    auto newer = record(idle);
    end(older);
    EXPECT_EQ(priority(), idle);
    newer.reset();
    until_there_are(0);
    EXPECT_EQ(priority(), none);
}

TEST_F(AHoldThatHasRecorded, and_set_gets_it_back_at_the_end_of_a_newer_one) {
    auto older = record(idle);
    engine::test::set_priority(pinned->pid(), idle);
    auto newer = hold(low);
    ASSERT_EQ(priority(), low);
    end(newer);
    EXPECT_EQ(priority(), idle) << "though it has not begun: it is not set again";
}

TEST_F(AHoldThatHasRecorded, gives_back_what_was_set_for_good_while_it_recorded) {
    auto beginning = *holds.begin(owner(), idle, policy::Grant::own(owner()));
    ASSERT_TRUE(beginning->may_look_at(key));
    const int found = values::to_kernel(priority());
    const int before = answers;
    start(spec_of(*process), {low});
    until_answered(before + 1);
    ASSERT_EQ(priority(), low);
    ASSERT_TRUE(beginning->found(*pinned, key, {{pinned->pid(), found}}, {}));
    engine::test::set_priority(pinned->pid(), idle);
    {
        const auto held = beginning->commit();
        ASSERT_TRUE(held);
    }
    until_there_are(0);
    EXPECT_EQ(priority(), low);
}

TEST_F(AHoldThatHasRecorded, and_could_not_set_it_does_not_keep_the_realtime_of_an_older_one) {
    auto older = hold_realtime();
    ASSERT_EQ(priority(), Priority::realtime(4));
    auto newer = record(idle);
    auto held = newer->commit();  // a member of several that resisted, or had privileges for a moment
    ASSERT_TRUE(held);
    end(older);
    EXPECT_EQ(priority(), none) << "after the end of the one that has set it";
    *held = {};
    until_there_are(0);
    EXPECT_EQ(priority(), none);
}

volatile std::sig_atomic_t signals = 0;

TEST_F(AHoldThatHasRecorded, is_closed_just_before_it_is_overruled_without_a_signal) {
    struct sigaction before {};
    struct sigaction counted {};
    counted.sa_handler = [](int) { signals = signals + 1; };
    ::sigaction(SIGPIPE, &counted, &before);
    auto held = hold(idle);
    held.reset();
    result.reset();
    holds.overruled(key, {pinned->pid()}, low, true, 1);
    EXPECT_EQ(signals, 0);
    until_there_are(0);
    ::sigaction(SIGPIPE, &before, nullptr);
}

TEST_F(AHoldThatHasRecorded, and_begun_goes_back_to_what_was_set_before_it_though_an_older_one_is_overruled_later) {
    const auto is_told = [](const Descriptor& held) {
        char byte = 0;
        return ::read(held->get(), &byte, 1) == 1;
    };
    auto older = hold(low);
    const auto newest = holds.newest();  // the same is set for good now
    auto newer = hold(idle);
    holds.overruled(key, {pinned->pid()}, low, true, 1, newest);
    EXPECT_TRUE(is_told(older));
    EXPECT_FALSE(is_told(newer));
    end(newer);
    EXPECT_EQ(priority(), low);
    older.reset();
    until_there_are(0);
    EXPECT_EQ(priority(), low);
}

TEST_F(AHoldThatHasRecorded, and_begun_is_not_overruled_by_a_set_of_the_user_that_came_before_it) {
    if (::getuid() != 0) {
        GTEST_SKIP() << "needs a user of its own: other tests have processes of the usual one";
    }
    constexpr uid_t alone = 61043;
    constexpr int many = 40;
    std::vector<std::unique_ptr<Crowd>> all;
    pid_t last = 0;
    for (int i = 0; i < many; ++i) {
        all.push_back(process_of(alone));
        last = std::max(last, all.back()->pid());
    }
    caller_is(alone);
    engine::Order order{low};
    order.tells_left_alone = true;
    engine::Job job(engine::user_target(alone), order, alone);
    job.begin_look();
    while (!job.look_step()) {
    }
    bool swept = false;
    auto newest = Holds::every_hold;
    const auto tell = [&](const auto& of, const auto& tids, bool whole) {
        holds.overruled(of, tids, low, whole, 1, newest);
        return false;
    };
    job.begin(policy::Grant::own_user(alone), nullptr, {}, tell, [&] {
        newest = holds.newest();
        swept = true;
    });
    std::shared_ptr<process::UniqueFd> held;
    auto progress = engine::Job::Progress::more;
    do {
        progress = job.step();
        if (swept && !held) {  // and before the last one is told
            const int so_far = answers;
            start({TargetSpec::Kind::process, static_cast<std::uint32_t>(last)}, {idle}, false,
                  SetRequest::For::a_hold);
            until_answered(so_far + 1);
            ASSERT_TRUE(*result) << text();
            held = (*result)->hold;
            result.reset();
        }
    } while (progress != engine::Job::Progress::done);
    ASSERT_TRUE(held);
    EXPECT_EQ(engine::test::priority_of(last), idle);
    held.reset();
    until_there_are(0);
    EXPECT_EQ(engine::test::priority_of(last), low);
}

TEST_F(AHoldThatHasRecorded, tells_in_the_log_what_the_process_goes_back_to) {
    auto older = hold_realtime();
    engine::test::set_priority(pinned->pid(), low);  // its owner wants no realtime
    auto newer = hold(idle);
    end(newer);
    EXPECT_EQ(priority(), low);
    EXPECT_EQ(log.records.back().after, "what each thread had");
}

}  // namespace

}  // namespace iopriority::service::test
