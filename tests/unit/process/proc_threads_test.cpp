// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Setting the threads of real processes, of this user: many, ever new ones, and some whose first thread has ended.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>

#include "../engine/crowd.hpp"
#include "engine/survey.hpp"
#include "engine/thread_setter.hpp"
#include "process/threads.hpp"

namespace iopriority::process {
namespace {

using engine::ThreadSetter;
using engine::test::Crowd;
using engine::test::others_than;
using engine::test::start_waiting_threads;
using engine::test::wait_forever;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

const Priority idle = Priority::idle();
const Priority low = Priority::best_effort(7);

/// A process and what is needed to set it.
struct Target {
    explicit Target(pid_t pid) : process(value(Process::pin(pid))), threads(value(ProcThreads::open(process))) {}

    template <typename T>
    static T value(Expected<T> made) {
        if (!made) {
            throw std::runtime_error(made.failure().message);
        }
        return *std::move(made);
    }

    Process process;
    std::unique_ptr<ProcThreads> threads;
};

pthread_attr_t* detached() {
    static pthread_attr_t attributes = [] {
        pthread_attr_t made;
        ::pthread_attr_init(&made);
        ::pthread_attr_setstacksize(&made, 65536);
        ::pthread_attr_setdetachstate(&made, PTHREAD_CREATE_DETACHED);
        return made;
    }();
    return &attributes;
}

/// Starts the next one and ends.
void* chain(void* /*unused*/) {
    pthread_t next{};
    while (::pthread_create(&next, detached(), chain, nullptr) != 0) {
    }
    return nullptr;
}

/// Starts short threads one after the other.
void* spawner(void* /*unused*/) {
    while (true) {
        pthread_t next{};
        ::pthread_create(
            &next, detached(),
            [](void*) -> void* {
                ::poll(nullptr, 0, 1);
                return nullptr;
            },
            nullptr);
        ::poll(nullptr, 0, 1);
    }
}

/// The rule, as the service and the library run it; the wait before the second round is a part of it.
unsigned set_all(Target& target, Priority wanted) {
    ThreadSetter setter(*target.threads, {wanted});
    setter.run();
    if (setter.needs_second_round()) {
        ::poll(nullptr, 0, 20);
        setter.again();
        setter.run();
    }
    EXPECT_FALSE(setter.gone());
    EXPECT_EQ(setter.tally().refused, 0U);
    return setter.tally().as_wanted;
}

/// What is left by setting a process that starts threads all the while. Stopped, so that nothing is born while it is
/// looked at. On an emulated machine (tests/system/old_kernel_test says so) they are born more slowly than the settle
/// pass comes: there it is set once more while it is stopped, as PartiallyApplied advises.
std::vector<Priority> left_by(const Crowd& crowd, Target& target, Priority wanted) {
    ::kill(crowd.pid(), SIGSTOP);
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(crowd.pid()), &info, WSTOPPED) != 0) {
    }
    if (std::getenv("IOPRIORITY_EMULATED") != nullptr) {  // NOLINT(*-mt-unsafe): nothing here sets variables
        set_all(target, wanted);
    }
    return others_than(wanted, crowd.tids());
}

TEST(TheThreadsOfAProcess, cannot_be_listed_once_it_was_reaped) {
    Crowd crowd(wait_forever);
    const Target target(crowd.pid());
    crowd.reap();
    std::vector<pid_t> tids;
    target.threads->rewind();
    EXPECT_LT(target.threads->next(tids), 0);
    EXPECT_EQ(target.threads->count(), 0U);
    EXPECT_FALSE(target.threads->contains(target.process.pid()));
    EXPECT_FALSE(target.threads->running());
    EXPECT_FALSE(ProcThreads::open(target.process));
}

TEST(TheThreadsOfAProcess, are_only_its_own) {
    const Crowd crowd(wait_forever);
    const Target target(crowd.pid());
    EXPECT_TRUE(target.threads->contains(crowd.pid()));
    EXPECT_FALSE(target.threads->contains(::getpid()));
    EXPECT_FALSE(target.threads->contains(1));
    EXPECT_FALSE(target.threads->contains(0));
}

TEST(TheThreadsOfAProcess, are_told_from_those_of_others) {
    const Crowd crowd([](const auto& ready) {
        start_waiting_threads(2);
        wait_forever(ready);
    });
    const Crowd other([](const auto& ready) {
        start_waiting_threads(2);
        wait_forever(ready);
    });
    const Target target(crowd.pid());
    for (const pid_t tid : other.tids()) {
        EXPECT_FALSE(target.threads->belongs(tid));
        EXPECT_FALSE(target.threads->contains(tid));
    }
    EXPECT_FALSE(target.threads->belongs(1));
    for (const pid_t tid : crowd.tids()) {
        EXPECT_TRUE(target.threads->belongs(tid));
        EXPECT_TRUE(target.threads->contains(tid));
    }
    const auto tids = crowd.tids();
    crowd.kill();
    EXPECT_TRUE(target.threads->belongs(crowd.pid())) << "a zombie";
    EXPECT_FALSE(target.threads->belongs(tids.back()));
}

TEST(TheThreadsOfAProcess, are_listed_and_counted_completely) {
    constexpr unsigned many = 1000;
    const Crowd crowd([](const auto& ready) {
        engine::test::start_waiting_threads(many - 1);
        wait_forever(ready);
    });
    const Target target(crowd.pid());
    std::vector<pid_t> all;
    std::vector<pid_t> some;
    while (target.threads->next(some) == 0 && !some.empty()) {
        EXPECT_LE(some.size(), 400U) << "a few hundred in a piece";
        all.insert(all.end(), some.begin(), some.end());
    }
    EXPECT_EQ(all.size(), many);
    EXPECT_EQ(target.threads->count(), many);
    EXPECT_THAT(all, ElementsAreArray(crowd.tids()));
    EXPECT_TRUE(target.threads->is_young(all.back()));
}

TEST(ARecycledNumber, is_of_a_task_that_is_younger_than_the_request_and_has_as_creator_its_first_thread_or_its_parent) {
    const Crowd target_process(wait_forever);
    const Crowd older(wait_forever);
    // Start times are told in hundredths of a second: this one must begin in a later one than the other.
    ::poll(nullptr, 0, 11);
    const Target target(target_process.pid());
    const Crowd younger([](const auto& ready) {
        engine::test::start_waiting_threads(1);
        wait_forever(ready);
    });
    EXPECT_EQ(target.threads->creator_of_recycled(older.pid()), std::nullopt);
    EXPECT_EQ(target.threads->creator_of_recycled(0x7FFFFFFF), std::nullopt);
    EXPECT_EQ(target.threads->creator_of_recycled(younger.pid()), ::getpid());
    for (const pid_t tid : younger.tids()) {
        if (tid != younger.pid()) {
            EXPECT_EQ(target.threads->creator_of_recycled(tid), younger.pid());
        }
    }
}

TEST(SettingARealProcess, finds_it_gone_when_it_ends_meanwhile) {
    Crowd crowd([](const auto& ready) {
        engine::test::start_waiting_threads(9);
        wait_forever(ready);
    });
    Target target(crowd.pid());
    ThreadSetter setter(*target.threads, {idle});
    EXPECT_FALSE(setter.step());
    crowd.kill();
    setter.run();
    EXPECT_TRUE(setter.gone()) << "as a zombie";
    crowd.reap();
    setter.again();
    setter.run();
    EXPECT_TRUE(setter.gone());
}

TEST(SettingARealProcess, reaches_every_thread_and_can_be_undone) {
    const Crowd crowd([](const auto& ready) {
        engine::test::set_priority(0, low);
        engine::test::start_waiting_threads(49);
        wait_forever(ready);
    });
    Target target(crowd.pid());
    ThreadSetter setter(*target.threads, {idle});
    setter.run();
    EXPECT_EQ(setter.tally().as_wanted, 50U);
    EXPECT_EQ(setter.changed().size(), 50U);
    EXPECT_THAT(setter.changed(), testing::Each(testing::Pair(testing::_, values::to_kernel(low))));
    EXPECT_THAT(others_than(idle, crowd.tids()), IsEmpty());
    engine::Reader reader(engine::Survey::Depth::highest);
    reader.begin(engine::process_target(*Process::pin(target.process.pid())).value());
    while (!reader.step()) {
    }
    ASSERT_TRUE(reader.result());
    EXPECT_EQ(reader.result()->set, idle);
    setter.undo();
    EXPECT_THAT(others_than(low, crowd.tids()), IsEmpty());
}

TEST(TheThreadsOfAProcess, have_a_first_one_that_may_have_ended_while_others_run) {
    const Crowd crowd([](const auto& ready) {
        engine::test::start_waiting_threads(2);
        ready();
        engine::test::end_this_thread();
    });
    engine::test::wait_for_end(crowd.pid());
    const Target target(crowd.pid());
    EXPECT_TRUE(target.threads->is_ended_first(crowd.pid()));
    EXPECT_TRUE(target.threads->has_ended(crowd.pid()));
    EXPECT_EQ(target.threads->effective(crowd.pid(), Priority::none()), std::nullopt);
    for (const pid_t tid : crowd.tids()) {
        EXPECT_EQ(target.threads->has_ended(tid), tid == crowd.pid());
        EXPECT_EQ(target.threads->is_ended_first(tid), tid == crowd.pid());
    }
    EXPECT_TRUE(target.threads->has_ended(0x7FFFFFFF));
}

TEST(SettingARealProcess, does_not_wait_for_a_first_thread_that_has_ended) {
    const Crowd crowd([](const auto& ready) {
        engine::test::start_waiting_threads(4);
        ready();
        engine::test::end_this_thread();
    });
    engine::test::wait_for_end(crowd.pid());
    Target target(crowd.pid());
    EXPECT_EQ(set_all(target, idle), 4U);
    EXPECT_THAT(others_than(idle, crowd.tids()), IsEmpty());
}

TEST(SettingARealProcess, leaves_no_thread_behind_where_one_is_born_every_millisecond) {
    const Crowd crowd([](const auto& ready) {
        engine::test::start_waiting_threads(40);
        pthread_t thread{};
        for (int i = 0; i < 9; ++i) {
            ::pthread_create(&thread, detached(), spawner, nullptr);
        }
        wait_forever(ready);
    });
    Target target(crowd.pid());
    EXPECT_GE(set_all(target, idle), 50U);
    EXPECT_THAT(left_by(crowd, target, idle), IsEmpty());
}

TEST(SettingARealProcess, leaves_no_thread_behind_where_each_starts_the_next_and_ends) {
    const Crowd crowd([](const auto& ready) {
        pthread_t thread{};
        for (int i = 0; i < 32; ++i) {
            ::pthread_create(&thread, detached(), chain, nullptr);
        }
        wait_forever(ready);
    });
    Target target(crowd.pid());
    set_all(target, idle);
    EXPECT_THAT(left_by(crowd, target, idle), IsEmpty());
}

}  // namespace
}  // namespace iopriority::process
