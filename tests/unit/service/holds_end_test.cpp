// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Holds: how many threads they record, what their holders are told, and how they end.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "allocations.hpp"
#include "bench.hpp"
#include "process/syscalls.hpp"
#include "service/holds.hpp"

namespace iopriority::service::test {
namespace {

using engine::test::priority_of;
using engine::test::set_priority;
using policy::Grant;
using process::Process;
using process::ProcessKey;
using testing::HasSubstr;
using testing::SizeIs;

const Priority idle = Priority::idle();
const Priority low = Priority::best_effort(6);
const Priority none = Priority::none();

class Holds_of_a_service : public Bench {
 protected:
    using Descriptor = std::shared_ptr<process::UniqueFd>;
    using Values = engine::Values;

    Holds_of_a_service() { caller_is(owner()); }
    Descriptor hold(Priority wanted, const Crowd& of, bool keep_explicit = false) {
        const int before = answers;
        start(spec_of(of), {wanted, keep_explicit}, false, SetRequest::For::a_hold);
        until_answered(before + 1);
        auto descriptor = *result ? (*result)->hold : nullptr;
        EXPECT_NE(descriptor, nullptr);
        result.reset();
        return descriptor;
    }
    Descriptor hold(Priority wanted) { return hold(wanted, *process); }
    void set_for_good(Priority wanted, const Crowd& of, bool keep_explicit = false) {
        const int before = answers;
        start(spec_of(of), {wanted, keep_explicit});
        until_answered(before + 1);
        EXPECT_TRUE(*result) << text();
    }
    /// So many bytes as there are, and whether the other end is there still.
    static std::string said(const Descriptor& hold) {
        std::array<char, 16> bytes{};
        const auto size = ::read(hold->get(), bytes.data(), bytes.size());
        return size < 0    ? errno == EAGAIN ? "nothing" : "an error"
               : size == 0 ? "the end"
                           : std::string(static_cast<std::size_t>(size), '.');
    }
    std::unique_ptr<Holds::Beginning> begin(uid_t uid, Priority wanted) {
        return std::move(holds.begin(uid, wanted, Grant::everything(0))).value();
    }
    [[nodiscard]] Process pinned() const { return Process::pin(process->pid()).value(); }
    /// Threads that only the hold knows of.
    static Values threads(std::size_t count) {
        Values values;
        for (std::size_t i = 0; i < count; ++i) {
            values.emplace_back(static_cast<pid_t>(i + 1), 0);
        }
        return values;
    }
    [[nodiscard]] Values of_the_process() const {
        return {{process->pid(), values::to_kernel(priority_of(process->pid()))}};
    }
    /// Processes that have ended: of each the number is this process's now.
    [[nodiscard]] ProcessKey ended(std::uint64_t which) const {
        const auto key = *pinned().key();
        return {key.pid, key.birth + 1 + which};
    }
    [[nodiscard]] std::size_t stored() const {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory.path()),
                                                      std::filesystem::directory_iterator()));
    }
};

// ---- the bounds

TEST_F(Holds_of_a_service, record_so_many_threads_of_a_user_and_no_more) {
    const auto all = pinned();
    const auto first = begin(1001, idle);
    ASSERT_TRUE(first->found(all, *all.key(), threads(Holds::most_threads_of_a_user), {}));
    const auto second = begin(1001, idle);
    const auto refused = second->found(all, *all.key(), threads(1), {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.failure().code, ErrorCode::limits_exceeded);
    EXPECT_THAT(refused.failure().message, HasSubstr("holds of user 1001 would record 32769 threads"));
    const auto of_another = begin(1002, idle);
    EXPECT_TRUE(of_another->found(all, *all.key(), threads(1), {})) << "who is not in the way";
}

TEST_F(Holds_of_a_service, record_threads_again_when_one_has_ended) {
    const auto all = pinned();
    auto first = begin(1001, idle);
    ASSERT_TRUE(first->found(all, *all.key(), threads(Holds::most_threads_of_a_user), {}));
    first.reset();
    until([&] { return holds.under_way() == 0; });
    const auto second = begin(1001, idle);
    EXPECT_TRUE(second->found(all, *all.key(), threads(Holds::most_threads_of_a_user), {}));
}

TEST_F(Holds_of_a_service, record_so_many_threads_in_all_and_those_of_root_beyond) {
    const auto all = pinned();
    std::vector<std::unique_ptr<Holds::Beginning>> of_many;
    constexpr auto users = Holds::most_threads / Holds::most_threads_of_a_user;
    for (uid_t user = 1; user <= users; ++user) {
        of_many.push_back(begin(user, idle));
        ASSERT_TRUE(of_many.back()->found(all, ended(user), threads(Holds::most_threads_of_a_user), {}));
    }
    const auto of_another = begin(users + 1, idle);
    const auto refused = of_another->found(all, *all.key(), threads(1), {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.failure().code, ErrorCode::limits_exceeded);
    const auto of_root = begin(0, idle);
    EXPECT_TRUE(of_root->found(all, *all.key(), threads(1), {}));
}

TEST_F(Holds_of_a_service, leave_half_of_the_room_to_who_is_no_subordinate_user) {
    const auto all = pinned();
    std::vector<std::unique_ptr<Holds::Beginning>> of_many;
    constexpr auto users = Holds::most_threads / Holds::most_threads_of_a_user / 2;
    for (uid_t user = 0; user < users; ++user) {
        of_many.push_back(begin(Admission::first_subordinate + user, idle));
        ASSERT_TRUE(of_many.back()->found(all, ended(user), threads(Holds::most_threads_of_a_user), {}));
    }
    const auto refused = begin(Admission::first_subordinate + users, idle)->found(all, *all.key(), threads(1), {});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.failure().message, HasSubstr("half of these for all users with ids from 65536 on"));
    EXPECT_TRUE(begin(1001, idle)->found(all, *all.key(), threads(Holds::most_threads_of_a_user), {}));
    of_many.clear();
    until([&] { return holds.under_way() == 0; });
    EXPECT_TRUE(begin(Admission::first_subordinate, idle)->found(all, *all.key(), threads(1), {}));
}

TEST_F(Holds_of_a_service, record_threads_of_others_whatever_root_has) {
    const auto all = pinned();
    const auto of_root = begin(0, idle);
    ASSERT_TRUE(of_root->found(all, *all.key(), threads(Holds::most_threads_of_a_user), {}));
    std::vector<std::unique_ptr<Holds::Beginning>> of_many;
    constexpr auto users = Holds::most_threads / Holds::most_threads_of_a_user;
    for (uid_t user = 1; user <= users; ++user) {
        of_many.push_back(begin(user, idle));
        EXPECT_TRUE(of_many.back()->found(all, ended(user), threads(Holds::most_threads_of_a_user), {}));
    }
}

// ---- one at a time puts a process back, or takes down what it has

TEST_F(Holds_of_a_service, put_nothing_back_of_what_another_takes_down) {
    auto held = hold(idle);
    const auto all = pinned();
    auto second = begin(owner(), low);
    ASSERT_TRUE(second->may_look_at(*all.key()));
    const auto found = of_the_process();  // idle
    held.reset();
    until([&] { return holds.count() == 0; });
    EXPECT_EQ(priority_of(process->pid()), idle);
    ASSERT_TRUE(second->found(all, *all.key(), found, {}));
    const auto pid = static_cast<unsigned>(process->pid());
    ASSERT_EQ(iopriority::process::sys::ioprio_set(iopriority::process::sys::Who::thread, pid, values::to_kernel(low)),
              0);
    auto descriptor = second->commit();
    ASSERT_TRUE(descriptor);
    until([&] { return holds.under_way() == 1; });
    EXPECT_EQ(priority_of(process->pid()), low);
    *descriptor = process::UniqueFd();
    until([&] { return holds.under_way() == 0; });
    EXPECT_EQ(priority_of(process->pid()), none);
}

TEST_F(Holds_of_a_service, are_taken_down_by_one_at_a_time) {
    const auto key = *pinned().key();
    auto first = begin(owner(), idle);
    const auto second = begin(owner(), low);
    ASSERT_TRUE(first->may_look_at(key));
    EXPECT_TRUE(first->may_look_at(key)) << "still";
    EXPECT_FALSE(second->may_look_at(key));
    first.reset();
    EXPECT_TRUE(second->may_look_at(key));
}

TEST_F(Holds_of_a_service, that_wait_to_take_down_keep_nobody_waiting) {
    const auto first = begin(owner(), idle);
    const auto second = begin(owner(), low);
    ASSERT_TRUE(first->may_look_at(ended(1)));
    ASSERT_TRUE(second->may_look_at(ended(2)));
    EXPECT_FALSE(first->may_look_at(ended(2)));
    EXPECT_TRUE(second->may_look_at(ended(1)));
}

// ---- what the holder is told

TEST_F(Holds_of_a_service, say_nothing_while_they_last) {
    const auto held = hold(idle);
    EXPECT_EQ(said(held), "nothing");
    set_priority(process->pid(), low);  // not through the service
    EXPECT_EQ(said(held), "nothing");
}

TEST_F(Holds_of_a_service, say_one_byte_when_somebody_sets_for_good_what_they_hold) {
    auto held = hold(idle);
    set_for_good(low, *process);
    EXPECT_EQ(said(held), ".");
    set_for_good(idle, *process);
    EXPECT_EQ(said(held), "nothing") << "once is enough";
    EXPECT_EQ(holds.count(), 1U);
    held.reset();
    until([&] { return holds.under_way() == 0; });
    EXPECT_EQ(priority(), idle);
}

TEST_F(Holds_of_a_service, send_one_byte_to_each_holder_on_the_process_only) {
    const auto other = process_of(owner());
    const auto first = hold(idle);
    const auto second = hold(low);
    const auto on_another = hold(idle, *other);
    set_for_good(none, *process);
    EXPECT_EQ(said(first), ".");
    EXPECT_EQ(said(second), ".");
    EXPECT_EQ(said(on_another), "nothing");
}

TEST_F(Holds_of_a_service, say_nothing_where_somebody_holds_the_same_process) {
    const auto held = hold(idle);
    auto another = hold(low);
    another.reset();
    until([&] { return holds.under_way() == 1; });
    EXPECT_EQ(said(held), "nothing");
    EXPECT_EQ(priority(), idle);
}

TEST_F(Holds_of_a_service, say_nothing_where_what_was_set_for_good_was_left_alone) {
    set_priority(process->pid(), Priority::best_effort(3));
    const auto held = hold(idle);
    set_for_good(low, *process, true);  // but what is explicit, as that is which comes back
    EXPECT_EQ(said(held), "nothing");
    EXPECT_EQ(priority(), idle);
}

TEST_F(Holds_of_a_service, say_one_byte_where_only_some_threads_were_set_for_good_and_the_others_go_back) {
    const auto two = process_of(owner(), 2);
    const pid_t explicit_one = two->tids().back();
    set_priority(explicit_one, Priority::best_effort(3));
    auto held = hold(idle, *two);
    EXPECT_EQ(priority_of(explicit_one), idle);
    set_for_good(low, *two, true);
    EXPECT_EQ(said(held), ".");
    EXPECT_EQ(priority_of(two->pid()), low);
    held.reset();
    until([&] { return holds.under_way() == 0; });
    EXPECT_EQ(priority_of(two->pid()), low);
    EXPECT_EQ(priority_of(explicit_one), Priority::best_effort(3));
}

TEST_F(Holds_of_a_service, that_leave_explicit_threads_alone_do_not_put_those_back) {
    const auto two = process_of(owner(), 2);
    const pid_t explicit_one = two->tids().back();
    set_priority(explicit_one, Priority::best_effort(3));
    auto held = hold(idle, *two, true);
    EXPECT_EQ(priority_of(two->pid()), idle);
    EXPECT_EQ(priority_of(explicit_one), Priority::best_effort(3));
    set_priority(explicit_one, idle);
    held.reset();
    until([&] { return holds.under_way() == 0; });
    EXPECT_EQ(priority_of(two->pid()), none);
    EXPECT_EQ(priority_of(explicit_one), idle);
}

TEST_F(Holds_of_a_service, hang_up_when_the_service_ends) {
    const auto held = hold(idle);
    holds.end_all();
    EXPECT_EQ(said(held), "the end");
    pollfd state{held->get(), POLLIN, 0};
    ASSERT_EQ(::poll(&state, 1, 0), 1);
    EXPECT_NE(state.revents & POLLHUP, 0);
}

TEST_F(Holds_of_a_service, last_until_the_last_copy_of_the_descriptor_is_closed) {
    auto held = hold(idle);
    process::UniqueFd copy(::fcntl(held->get(), F_DUPFD_CLOEXEC, 0));
    ASSERT_TRUE(copy);
    held.reset();
    set_for_good(none, *process_of(owner()));  // some turns of the loop
    EXPECT_EQ(holds.count(), 1U);
    EXPECT_EQ(priority(), idle);
    copy.reset();
    until([&] { return holds.under_way() == 0; });
    EXPECT_EQ(priority(), none);
}

// ---- the end, in slices

TEST_F(Holds_of_a_service, end_in_slices_between_which_others_are_served) {
    constexpr std::uint64_t many = 1500;
    constexpr int at_least = 500;  // the first millisecond does some at once
    const auto owner_process = pinned();
    auto beginning = begin(1001, idle);
    for (std::uint64_t i = 0; i < many; ++i) {
        ASSERT_TRUE(beginning->found(owner_process, ended(i), threads(1), {}));
    }
    ASSERT_TRUE(beginning->found(owner_process, *owner_process.key(), of_the_process(), {}));
    set_priority(process->pid(), idle);
    EXPECT_EQ(stored(), many + 1);
    auto held = std::move(beginning->commit()).value();
    int turns_meanwhile = 0;
    const auto another =
        loop.each_turn(1002, [&] { turns_meanwhile += holds.count() == 0 && priority() == idle ? 1 : 0; });
    held.reset();
    until([&] { return holds.under_way() == 0; });
    EXPECT_GT(turns_meanwhile, at_least) << "before the last one, which is this process, was put back";
    EXPECT_EQ(priority(), none);
    EXPECT_TRUE(directory.empty());
}

TEST_F(Holds_of_a_service, that_are_ending_are_not_counted_and_take_no_place) {
    std::vector<Descriptor> all;
    for (unsigned i = 0; i < Admission::holds.of_user; ++i) {
        all.push_back(hold(idle));
    }
    all.clear();
    until([&] { return holds.count() == 0; });
    EXPECT_GT(holds.under_way(), 0U) << "what was being born is looked for a little later";
    const auto next = hold(low);
    EXPECT_EQ(holds.count(), 1U);
    until([&] { return holds.under_way() == 1; });
    EXPECT_EQ(priority(), low) << "which no end of an older one has changed";
}

TEST_F(Holds_of_a_service, do_not_begin_while_too_many_of_the_user_are_ending) {
    for (unsigned i = 0; i < Holds::ends.of_user; ++i) {
        begin(1001, idle).reset();  // which ends it, in later turns of the loop
    }
    EXPECT_EQ(holds.under_way(), Holds::ends.of_user);
    const auto refused = holds.begin(1001, idle, Grant::everything(0));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.failure().code, ErrorCode::limits_exceeded);
    EXPECT_THAT(refused.failure().message, HasSubstr("32 holds that are ending of user 1001"));
    EXPECT_TRUE(holds.begin(1002, idle, Grant::everything(0))) << "who is not in the way";
    until([&] { return holds.under_way() == 0; });
    EXPECT_TRUE(holds.begin(1001, idle, Grant::everything(0)));
}

TEST_F(Holds_of_a_service, that_end_at_once_need_little_memory_for_each_process) {
    constexpr unsigned users = 4;
    constexpr std::size_t many = 25;
    constexpr std::size_t enough = 1024;  // 131,072 threads are recorded at most
    std::vector<std::unique_ptr<Crowd>> crowd;
    for (std::size_t i = 0; i < many; ++i) {
        crowd.push_back(process_of(owner()));
    }
    std::vector<process::UniqueFd> held;
    for (unsigned i = 0; i < users * Admission::holds.of_user; ++i) {
        const auto beginning = begin(1001 + i % users, i % 2 == 0 ? idle : low);
        for (const auto& each : crowd) {
            const auto pinned = Process::pin(each->pid()).value();
            ASSERT_TRUE(beginning->found(pinned, *pinned.key(), {{each->pid(), 0}}, {}));
        }
        held.push_back(std::move(beginning->commit()).value());
    }
    const auto before = most_allocated() = allocated();
    const auto pairs = held.size() * many;
    held.clear();
    until([&] { return holds.under_way() == 0; });
    EXPECT_LT((most_allocated() - before) / pairs, enough);
}

TEST_F(Holds_of_a_service, are_stored_until_all_is_put_back) {
    auto held = hold(idle);
    held.reset();
    until([&] { return holds.count() == 0; });
    ASSERT_EQ(holds.under_way(), 1U);
    EXPECT_EQ(priority(), none) << "at once";
    EXPECT_FALSE(directory.empty());
    until([&] { return holds.under_way() == 0; });
    EXPECT_TRUE(directory.empty());
}

/// One process tells another to go on.
class Signal {
 public:
    void give() const { ASSERT_EQ(::eventfd_write(fd_.get(), 1), 0); }
    void wait() const {
        eventfd_t value = 0;
        while (::eventfd_read(fd_.get(), &value) != 0) {
        }
    }

 private:
    process::UniqueFd fd_{::eventfd(0, EFD_CLOEXEC)};
};

TEST_F(Holds_of_a_service, that_end_find_a_thread_that_was_being_born) {
    const Signal go;
    const Signal done;
    const Crowd starter([&](const auto& ready) {
        engine::test::become(owner());
        ready();
        go.wait();
        engine::test::start_thread([] { set_priority(0, idle); });  // as its creator was when the clone began
        done.give();
        while (true) {
            ::pause();
        }
    });
    auto held = hold(idle, starter);
    held.reset();
    until([&] { return holds.count() == 0; });
    EXPECT_EQ(priority_of(starter.pid()), none);
    ASSERT_EQ(holds.under_way(), 1U);
    go.give();
    done.wait();
    EXPECT_EQ(priority_of(starter.tids().back()), idle);
    until([&] { return holds.under_way() == 0; });
    EXPECT_EQ(priority_of(starter.tids().back()), none);
}

TEST_F(Holds_of_a_service, tell_the_log_of_each_priority_that_their_processes_go_back_to) {
    const auto other = process_of(owner());
    const auto older = hold(low);
    const auto newer = begin(owner(), idle);
    for (const pid_t pid : {process->pid(), other->pid()}) {
        const auto each = Process::pin(pid).value();
        ASSERT_TRUE(newer->found(each, *each.key(), {{pid, values::to_kernel(priority_of(pid))}}, {}));
        set_priority(pid, idle);
    }
    newer->commit().value().reset();
    until([&] { return holds.under_way() == 1; });
    EXPECT_EQ(log.records.back().before, "idle");
    EXPECT_EQ(log.records.back().after, "mixed (1 best-effort:6, 1 what each thread had)");
}

// ---- a thread that an older hold's grant does not admit any more

TEST_F(Holds_of_a_service, do_not_make_realtime_again_what_the_grant_of_the_older_one_does_not_admit) {
    const auto owner_process = pinned();
    for (const auto& grant : {Grant::everything(0), Grant::own(owner())}) {
        auto older = std::move(holds.begin(owner(), Priority::realtime(0), grant)).value();
        ASSERT_TRUE(older->found(owner_process, *owner_process.key(), of_the_process(), {}));
        set_priority(process->pid(), Priority::realtime(0));
        auto newer = begin(owner(), idle);
        ASSERT_TRUE(newer->found(owner_process, *owner_process.key(), of_the_process(), {}));
        set_priority(process->pid(), idle);
        newer.reset();
        until([&] { return holds.under_way() == 1; });
        EXPECT_EQ(priority(), grant == Grant::everything(0) ? Priority::realtime(0) : none);
        set_priority(process->pid(), none);
        older.reset();
        until([&] { return holds.under_way() == 0; });
    }
}

// ---- a thread that was recorded as one that is left alone, and was set all the same

TEST_F(Holds_of_a_service, that_set_a_thread_after_all_put_it_back) {
    const auto owner_process = pinned();
    const auto key = *owner_process.key();
    auto beginning = begin(1001, idle);
    ASSERT_TRUE(beginning->found(owner_process, key, {}, {{process->pid(), values::to_kernel(low)}}));
    beginning->changed(key, {{process->pid(), values::to_kernel(low)}});
    set_priority(process->pid(), idle);
    beginning.reset();
    until([&] { return holds.under_way() == 0; });
    EXPECT_EQ(priority(), low);
}

TEST_F(Holds_of_a_service, count_threads_that_are_left_alone_too) {
    const auto all = pinned();
    const auto first = begin(1001, idle);
    ASSERT_TRUE(first->found(all, *all.key(), {}, threads(Holds::most_threads_of_a_user)));
    const auto second = begin(1001, idle);
    const auto refused = second->found(all, *all.key(), threads(1), {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.failure().code, ErrorCode::limits_exceeded);
}

// ---- undo

TEST_F(Holds_of_a_service, that_are_undone_put_back_what_was_there_and_say_when) {
    set_priority(process->pid(), low);
    const auto owner_process = pinned();
    const auto beginning = begin(1001, idle);
    ASSERT_TRUE(beginning->found(owner_process, *owner_process.key(), of_the_process(), {}));
    set_priority(process->pid(), idle);
    int done = 0;
    beginning->undo([&] {
        ++done;
        EXPECT_EQ(priority(), low);
        EXPECT_EQ(holds.under_way(), 0U);
    });
    EXPECT_EQ(done, 0) << "what was being born is waited for";
    until([&] { return done > 0; });
    EXPECT_EQ(done, 1);
    EXPECT_TRUE(directory.empty());
    EXPECT_THAT(log.records, SizeIs(0)) << "nothing has come of it";
}

TEST_F(Holds_of_a_service, that_are_undone_and_dropped_end_once) {
    const auto owner_process = pinned();
    auto beginning = begin(1001, idle);
    ASSERT_TRUE(beginning->found(owner_process, *owner_process.key(), of_the_process(), {}));
    int done = 0;
    beginning->undo([&] { ++done; });
    beginning.reset();
    until([&] { return holds.under_way() == 0; });
    EXPECT_EQ(done, 1);
}

TEST_F(Holds_of_a_service, last_until_they_are_closed_and_not_while_they_are_put_back) {
    const auto owner_process = pinned();
    auto beginning = begin(1001, idle);
    ASSERT_TRUE(beginning->found(owner_process, *owner_process.key(), of_the_process(), {}));
    auto descriptor = *beginning->commit();
    EXPECT_TRUE(beginning->lasts());
    descriptor.reset();
    until([&] { return holds.count() == 0; });
    EXPECT_EQ(holds.under_way(), 1U);
    EXPECT_FALSE(beginning->lasts());
    until([&] { return holds.under_way() == 0; });
    EXPECT_FALSE(beginning->lasts());
}

TEST_F(Holds_of_a_service, that_are_undone_having_found_nothing_say_so_too) {
    const auto beginning = begin(1001, idle);
    int done = 0;
    beginning->undo([&] { ++done; });
    until([&] { return done > 0; });
    EXPECT_EQ(holds.under_way(), 0U);
}

TEST_F(Holds_of_a_service, that_are_undone_leave_what_an_older_one_wants) {
    auto older = hold(low);
    const auto owner_process = pinned();
    const auto beginning = begin(1001, idle);
    ASSERT_TRUE(beginning->found(owner_process, *owner_process.key(), of_the_process(), {}));
    set_priority(process->pid(), idle);
    int done = 0;
    beginning->undo([&] { ++done; });
    until([&] { return done > 0; });
    EXPECT_EQ(priority(), low);
    EXPECT_EQ(holds.count(), 1U);
    older.reset();
    until([&] { return holds.under_way() == 0; });
    EXPECT_EQ(priority(), none);
}

TEST_F(Holds_of_a_service, that_are_undone_before_they_have_set_anything_leave_it_to_an_older_one_that_was_beginning) {
    const auto owner_process = pinned();
    const auto key = *owner_process.key();
    auto older = begin(1001, idle);
    ASSERT_TRUE(older->found(owner_process, key, of_the_process(), {}));
    auto newer = begin(1002, low);
    ASSERT_TRUE(newer->found(owner_process, key, of_the_process(), {}));
    ASSERT_TRUE(older->is_overlaid(key, process->pid())) << "so it has not set it";
    const auto held = older->commit();
    newer.reset();
    until([&] { return holds.under_way() == 1; });
    EXPECT_EQ(priority(), idle);
}

TEST_F(Holds_of_a_service, that_are_dropped_before_they_have_begun_put_back_what_was_there) {
    const auto owner_process = pinned();
    auto beginning = begin(1001, idle);
    ASSERT_TRUE(beginning->found(owner_process, *owner_process.key(), of_the_process(), {}));
    set_priority(process->pid(), idle);
    EXPECT_EQ(holds.count(), 0U);
    EXPECT_EQ(holds.under_way(), 1U);
    beginning.reset();
    until([&] { return holds.under_way() == 0; });
    EXPECT_EQ(priority(), none);
    EXPECT_TRUE(directory.empty());
}

}  // namespace
}  // namespace iopriority::service::test
