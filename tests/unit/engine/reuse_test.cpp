// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Numbers of processes and threads that are given to others at the worst moment. Runs as the first process of a pid
/// namespace of its own, where the next number can be chosen: unshare -pf --mount-proc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "crowd.hpp"
#include "engine/thread_setter.hpp"
#include "parent.hpp"
#include "process/selection.hpp"
#include "process/threads.hpp"

namespace iopriority::engine {
namespace {

using test::Crowd;
using test::others_than;
using test::Parent;
using test::priority_of;
using test::set_priority;
using test::wait_forever;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAreArray;

const Priority idle = Priority::idle();
const Priority ours = Priority::best_effort(6);
const Priority theirs = Priority::best_effort(2);

void next_number_is(pid_t number) {
    std::ofstream file("/proc/sys/kernel/ns_last_pid");
    file << number - 1 << std::flush;
    if (!file) {
        throw std::runtime_error("ns_last_pid cannot be written: this test needs root and unshare -pf --mount-proc");
    }
}

/// A child of this process takes the number. The kernel gives a number free a moment after it has taken the task off
/// the lists, so one try may not be enough.
template <typename Child, typename... Arguments>
std::unique_ptr<Child> take(pid_t number, const Arguments&... arguments) {
    while (true) {
        next_number_is(number);
        auto child = std::make_unique<Child>(arguments...);
        if (child->pid() == number) {
            return child;
        }
    }
}

std::unique_ptr<Crowd> child_with(pid_t number) {
    return take<Crowd>(number, wait_forever);
}

/// A new thread of this process takes it.
void start_thread_with(pid_t number) {
    while (::access(("/proc/self/task/" + std::to_string(number)).c_str(), F_OK) != 0) {
        next_number_is(number);
        test::start_waiting_threads(1);
    }
}

/// One process tells another to go on.
class Signal {
 public:
    void give() const {
        if (::eventfd_write(fd_.get(), 1) != 0) {
            throw std::runtime_error("eventfd_write");
        }
    }
    void wait() const {
        eventfd_t value = 0;
        while (::eventfd_read(fd_.get(), &value) != 0) {
        }
    }

 private:
    process::UniqueFd fd_{::eventfd(0, EFD_CLOEXEC)};
};

template <typename T>
T value(Expected<T> made) {
    if (!made) {
        throw std::runtime_error(made.failure().message);
    }
    return *std::move(made);
}

void* wait_for(void* signal) {
    static_cast<const Signal*>(signal)->wait();
    return nullptr;
}

/// The threads of a real process; something happens before the first read, or the first set, of one of them.
class Interrupted final : public process::ThreadGroup {
 public:
    Interrupted(process::ThreadGroup& threads, pid_t number) : threads_(threads), number_(number) {}

    std::function<void()> before_get;
    std::function<void()> before_set;

    void rewind() override { threads_.rewind(); }
    int next(std::vector<pid_t>& tids) override { return threads_.next(tids); }
    unsigned count() override { return threads_.count(); }
    std::optional<pid_t> only_thread() override { return threads_.only_thread(); }
    bool owns_number() override { return threads_.owns_number(); }
    bool running() override { return threads_.running(); }
    bool contains(pid_t tid) override { return threads_.contains(tid); }
    bool belongs(pid_t tid) override { return threads_.belongs(tid); }
    bool is_new(pid_t tid) override { return threads_.is_new(tid); }
    bool is_young(pid_t tid) override { return threads_.is_young(tid); }
    bool has_ended(pid_t tid) override { return threads_.has_ended(tid); }
    bool is_ended_first(pid_t tid) override { return threads_.is_ended_first(tid); }
    Expected<process::Credentials> credentials(pid_t tid) override { return threads_.credentials(tid); }
    std::optional<pid_t> creator_of_recycled(pid_t tid) override { return threads_.creator_of_recycled(tid); }
    std::optional<Priority> effective(pid_t tid, Priority set) override { return threads_.effective(tid, set); }
    int get(pid_t tid) override {
        interrupt(tid, before_get);
        return threads_.get(tid);
    }
    int set(pid_t tid, int value) override {
        interrupt(tid, before_set);
        return threads_.set(tid, value);
    }

 private:
    void interrupt(pid_t tid, std::function<void()>& event) {
        if (tid == number_ && event) {
            std::exchange(event, nullptr)();
        }
    }

    process::ThreadGroup& threads_;
    pid_t number_;
};

struct AThreadNumberUsedAgain : ::testing::Test {
    Signal end;  // of the thread whose number is used again
    std::unique_ptr<Crowd> target;
    std::optional<process::Process> process;
    std::unique_ptr<process::ProcThreads> threads;
    pid_t number = 0;
    std::unique_ptr<Crowd> stranger;

    void SetUp() override {
        ASSERT_EQ(::getpid(), 1) << "run with unshare -pf --mount-proc";
        set_priority(0, ours);
        target = std::make_unique<Crowd>([this](const auto& ready) {
            test::start_waiting_threads(2);
            pthread_t thread{};
            ::pthread_create(&thread, nullptr, wait_for, &end);
            test::start_waiting_threads(2);
            wait_forever(ready);
        });
        number = target->tids().at(3);
        process.emplace(value(process::Process::pin(target->pid())));
        threads = value(process::ProcThreads::open(*process));
    }
    void TearDown() override { set_priority(0, Priority::none()); }

    void end_thread() const {
        end.give();
        while (threads->contains(number)) {
            ::sched_yield();
        }
    }
    void give_to_a_process() {
        end_thread();
        stranger = child_with(number);
    }
    void set(Interrupted& group, Priority wanted) const {
        ThreadSetter setter(group, {wanted});
        setter.run();
        EXPECT_FALSE(setter.gone());
        EXPECT_THAT(others_than(wanted, target->tids()), IsEmpty());
    }
};

TEST_F(AThreadNumberUsedAgain, by_a_process_before_it_is_read_leaves_that_as_it_was) {
    Interrupted group(*threads, number);
    group.before_get = [this] { give_to_a_process(); };
    set(group, idle);
    EXPECT_EQ(priority_of(number), ours);
}

TEST_F(AThreadNumberUsedAgain, by_a_process_between_reading_and_setting_leaves_that_as_it_was) {
    Interrupted group(*threads, number);
    group.before_set = [this] { give_to_a_process(); };
    set(group, idle);
    EXPECT_EQ(priority_of(number), ours);
}

TEST_F(AThreadNumberUsedAgain, by_a_thread_of_another_process_leaves_that_as_it_was) {
    const Signal go;
    const Signal done;
    const Crowd other([&](const auto& ready) {
        set_priority(0, theirs);
        ready();
        go.wait();
        start_thread_with(number);
        done.give();
        while (true) {
            ::pause();
        }
    });
    Interrupted group(*threads, number);
    group.before_set = [&] {
        end_thread();
        go.give();
        done.wait();
    };
    set(group, idle);
    EXPECT_EQ(priority_of(number), theirs);
}

TEST_F(AThreadNumberUsedAgain, by_a_process_that_inherited_what_is_wanted_leaves_that_as_it_was) {
    set_priority(0, idle);
    Interrupted group(*threads, number);
    group.before_set = [this] { give_to_a_process(); };
    set(group, idle);
    EXPECT_EQ(priority_of(number), idle);
}

TEST_F(AThreadNumberUsedAgain, with_the_whole_process_leaves_the_new_one_as_it_was) {
    const pid_t reused = target->pid();
    Interrupted group(*threads, reused);
    group.before_set = [&] {
        target->reap();
        stranger = child_with(reused);
    };
    ThreadSetter setter(group, {idle});
    setter.run();
    EXPECT_TRUE(setter.gone());
    EXPECT_EQ(priority_of(reused), ours);
}

TEST_F(AThreadNumberUsedAgain, is_not_taken_for_the_thread_when_all_is_undone) {
    Interrupted group(*threads, number);
    ThreadSetter setter(group, {idle});
    setter.run();
    set_priority(0, idle);
    give_to_a_process();
    setter.undo();
    EXPECT_EQ(priority_of(number), idle);
    EXPECT_THAT(others_than(ours, target->tids()), IsEmpty());
}

TEST(AProcessNumberUsedAgain, tells_nothing_of_the_new_process_to_who_pinned_the_old) {
    ASSERT_EQ(::getpid(), 1) << "run with unshare -pf --mount-proc";
    Crowd old(wait_forever);
    const pid_t number = old.pid();
    const auto process = value(process::Process::pin(number));
    const auto threads = value(process::ProcThreads::open(process));
    old.reap();
    const auto stranger = child_with(number);
    EXPECT_FALSE(process.running());
    EXPECT_FALSE(process.owns_number());
    EXPECT_EQ(process.credentials().failure().code, ErrorCode::no_such_process);
    EXPECT_EQ(process.read("status").failure().code, ErrorCode::no_such_process);
    EXPECT_FALSE(threads->contains(number));
    std::vector<pid_t> tids;
    EXPECT_LT(threads->next(tids), 0);
    EXPECT_TRUE(process::Process::pin(number)) << "by its number the new one is found";
}

/// Who is found by one scan and can be pinned.
std::vector<pid_t> scan(process::Selection& selection, const std::vector<pid_t>& members = {}) {
    selection.restart();
    while (!value(selection.step())) {
    }
    std::vector<pid_t> found;
    for (const auto& candidate : selection.found(members)) {
        if (selection.pin(candidate)) {
            found.push_back(candidate.pid);
        }
    }
    return found;
}

TEST(AProcessNumberUsedAgain, is_not_that_of_the_named_process_any_more) {
    ASSERT_EQ(::getpid(), 1) << "run with unshare -pf --mount-proc";
    for (const bool by_key : {false, true}) {
        Crowd old(wait_forever);
        const pid_t number = old.pid();
        const auto key = value(value(process::Process::pin(number)).key());
        const auto selection =
            by_key ? process::select_named({}, {key}, false) : process::select_named({number}, {}, false);
        EXPECT_THAT(scan(*selection), ElementsAre(number));
        test::wait_for_the_next_tick();  // by which older kernels tell them apart
        old.reap();
        const auto stranger = child_with(number);
        EXPECT_THAT(scan(*selection, {number}), IsEmpty());
    }
}

TEST(AProcessNumberUsedAgain, is_not_that_of_the_root_of_a_tree_any_more_and_its_children_are_no_descendants) {
    ASSERT_EQ(::getpid(), 1) << "run with unshare -pf --mount-proc";
    for (const bool seen : {false, true}) {
        Parent old;
        const pid_t number = old.pid();
        const pid_t child = old.start_child();
        const auto key = value(value(process::Process::pin(number)).key());
        const auto selection = process::select_named({}, {key}, true);
        const auto members = seen ? scan(*selection) : std::vector<pid_t>{};
        EXPECT_THAT(members, UnorderedElementsAreArray(seen ? std::vector{number, child} : std::vector<pid_t>{}));
        test::wait_for_the_next_tick();  // in which another one can have begun
        old.end();
        const auto stranger = take<Parent>(number);
        stranger->start_child();
        EXPECT_THAT(scan(*selection, members), ElementsAreArray(seen ? std::vector{child} : std::vector<pid_t>{}));
    }
}

}  // namespace
}  // namespace iopriority::engine
