// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What is said where /proc cannot be read: of which process, and why.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../engine/crowd.hpp"
#include "../refusals.hpp"
#include "engine/target.hpp"
#include "process/descriptors.hpp"
#include "process/process.hpp"
#include "process/read_file.hpp"
#include "process/scan.hpp"
#include "process/stat_reads.hpp"
#include "process/syscalls.hpp"
#include "process/threads.hpp"
#include "process/traffic.hpp"

namespace iopriority::process {
namespace {

using engine::test::Crowd;
using engine::test::wait_forever;
using iopriority::test::DescriptorsLeft;
using iopriority::test::status_calls;
using iopriority::test::where_refused;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string label(pid_t pid) {
    return "process " + std::to_string(pid);
}

/// While it lives, all stats read so.
class StatsAre final : public StatReader {
 public:
    explicit StatsAre(int error) : error_(error) { read_stats_through(this); }
    StatsAre(const StatsAre&) = delete;
    StatsAre& operator=(const StatsAre&) = delete;
    StatsAre(StatsAre&&) = delete;
    StatsAre& operator=(StatsAre&&) = delete;
    ~StatsAre() override { read_stats_through(nullptr); }

    std::size_t read(std::span<const StatOf> /*wanted*/, std::span<StatResult> results) override {
        results[0] = {error_, {}};
        return 1;
    }

 private:
    int error_;
};

class A_process_that_cannot_be_read : public ::testing::Test {
 protected:
    Crowd crowd{wait_forever};
    Process process = Process::pin(crowd.pid()).value();
};

TEST_F(A_process_that_cannot_be_read, says_why_its_stat_cannot) {
    const std::map<int, std::string> reasons{{ENOENT, "is hidden"},
                                             {EBADMSG, "is not as proc_pid_stat(5) has it"},
                                             {EAGAIN, "the helper process that reads /proc"},
                                             {ETIMEDOUT, "executes a program"},
                                             {EACCES, "Permission denied"}};
    for (const auto& [error, reason] : reasons) {
        const StatsAre failing(error);
        for (const auto& failure : {stat_of(process).failure(), start_of(process).failure()}) {
            EXPECT_EQ(failure.code, ErrorCode::failed) << reason;
            EXPECT_THAT(failure.message, HasSubstr(reason));
            EXPECT_TRUE(error == EAGAIN || failure.message.find(label(crowd.pid())) != std::string::npos)
                << failure.message;
        }
    }
}

TEST_F(A_process_that_cannot_be_read, is_not_taken_for_the_root_of_a_tree_by_its_number_alone) {
    const StatsAre delayed(ETIMEDOUT);
    const auto as_before_linux_6_9 = [&] { EXPECT_FALSE(engine::process_target(std::move(process), true)); };
    if (!where_refused(status_calls(), EACCES, as_before_linux_6_9)) {
        GTEST_SKIP() << "system calls cannot be filtered here";
    }
}

TEST_F(A_process_that_cannot_be_read, is_left_out_of_several_only_while_something_delays_it) {
    const Crowd another(wait_forever);
    const auto failure_of = [](const auto& result) {
        return result ? std::nullopt : std::optional(result.failure().code);
    };
    const auto naming = [&] { return failure_of(select_named({crowd.pid(), another.pid()}, {}, false)->step()); };
    const auto passing = [&] {
        std::vector<UniqueFd> pidfds;
        pidfds.emplace_back(sys::pidfd_open(crowd.pid()));
        pidfds.emplace_back(sys::pidfd_open(another.pid()));
        return failure_of(engine::pidfds_target(std::move(pidfds), false));
    };
    const auto as_before_linux_6_9 = [&] {
        for (const int error : {EMFILE, ENOMEM, EAGAIN, EACCES}) {
            const StatsAre failing(error);
            EXPECT_EQ(naming(), ErrorCode::failed) << error;
            EXPECT_EQ(passing(), ErrorCode::failed) << error;
        }
        const StatsAre delayed(ETIMEDOUT);
        EXPECT_EQ(naming(), std::nullopt);
        EXPECT_EQ(passing(), std::nullopt);
    };
    if (!where_refused(status_calls(), EACCES, as_before_linux_6_9)) {
        GTEST_SKIP() << "system calls cannot be filtered here";
    }
}

TEST_F(A_process_that_cannot_be_read, has_ended_if_it_has_whatever_its_stat_is) {
    crowd.reap();
    for (const int error : {0, ENOENT, EBADMSG, EAGAIN, ETIMEDOUT, EACCES}) {
        const StatsAre failing(error);
        EXPECT_EQ(stat_of(process).failure().code, ErrorCode::no_such_process) << error;
    }
}

#ifndef __SANITIZE_ADDRESS__  // else UBSan is there, too, which checks objects by a pipe: it takes descriptors
TEST_F(A_process_that_cannot_be_read, is_not_one_that_has_ended_for_want_of_descriptors) {
    const UniqueFd pidfd(sys::pidfd_open(crowd.pid()));
    UniqueFd passed(sys::pidfd_open(crowd.pid()));
    const auto expect = [](const auto& result, const std::string& doing) {
        EXPECT_EQ(result.failure().code, ErrorCode::failed);
        EXPECT_THAT(result.failure().message, AllOf(StartsWith(doing), HasSubstr("Too many open files")));
    };
    const auto in_proc = "/proc/" + std::to_string(crowd.pid());
    {
        const DescriptorsLeft none(0);
        expect(open_pidfd(crowd.pid()), "pidfd_open of " + label(crowd.pid()));
        expect(pid_of(pidfd.get()), "opening /proc/self/fdinfo/" + std::to_string(pidfd.get()));
        expect(process.read("status"), "opening status of " + label(crowd.pid()));
        expect(Process::from_pidfd(std::move(passed)), "opening /proc/self/fdinfo/");
    }
    const DescriptorsLeft one(1);
    expect(Process::pin(crowd.pid()), "opening " + in_proc);
}
#endif

TEST_F(A_process_that_cannot_be_read, has_its_credentials_read_in_proc_where_a_sandbox_forbids_the_call) {
    const Process by_call = Process::pin(crowd.pid(), CredentialSource::kernel_call).value();
    const Process by_proc = Process::pin(crowd.pid(), CredentialSource::proc).value();
    const auto expected = by_proc.credentials().value();
    for (const long call : {long{SYS_capget}, long{SYS_ioctl}}) {
        const auto reads = [&] {
            const auto read = by_call.credentials();
            ASSERT_TRUE(read) << read.failure().message;
            EXPECT_EQ(*read, expected);
        };
        if (!where_refused({call}, EPERM, reads)) {
            GTEST_SKIP() << "system calls cannot be filtered here";
        }
    }
}

TEST_F(A_process_that_cannot_be_read, has_no_threads_that_can_be_counted) {
    const auto threads = ProcThreads::open(process).value();
    EXPECT_EQ(threads->count(), 1U);
    EXPECT_EQ(threads->only_thread(), crowd.pid());
    if (!where_refused(status_calls(), EACCES, [&] {
            EXPECT_EQ(threads->count(), 0U);
            EXPECT_FALSE(threads->only_thread());
        })) {
        GTEST_SKIP() << "system calls cannot be filtered here";
    }
}

// ---- looking through all

/// Runs one scan. @return why it failed, "ended" if it has not
std::string failure_of(Scan& scan) {
    scan.restart();
    while (true) {
        const auto ended = scan.step();
        if (!ended) {
            EXPECT_EQ(ended.failure().code, ErrorCode::failed);
            return ended.failure().message;
        }
        if (*ended) {
            return "ended";
        }
    }
}

TEST(A_look_through_all_processes, fails_rather_than_leave_out_what_cannot_be_read_now) {
    Family family;
    {
        const StatsAre failing(EAGAIN);
        EXPECT_EQ(failure_of(family), no_reader().message);
    }
    EXPECT_EQ(failure_of(family), "ended");
    EXPECT_TRUE(family.all().contains(::getpid()));
}

TEST(A_look_through_all_processes, leaves_out_those_that_execute_a_program_or_have_ended) {
    Family family;
    for (const int error : {ETIMEDOUT, ENOENT, ESRCH}) {
        const StatsAre failing(error);
        EXPECT_EQ(failure_of(family), "ended");
        EXPECT_THAT(family.all(), IsEmpty());
    }
}

TEST(A_look_through_all_processes, leaves_the_reserved_descriptors_alone) {
    Family family;
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    reserve_descriptors(static_cast<unsigned>(limit.rlim_cur));
    const auto failure = failure_of(family);
    {
        const UsingReserve reserve;
        EXPECT_EQ(failure_of(family), "ended");
    }
    reserve_descriptors(0);
    EXPECT_THAT(failure, StartsWith("Too many open files"));
}

TEST(A_look_through_all_processes, says_that_proc_cannot_be_listed) {
    if (!where_refused({SYS_getdents64}, EIO, [] {
            Family family;
            EXPECT_THAT(failure_of(family), AllOf(StartsWith("listing /proc"), HasSubstr("Input/output error")));
        })) {
        GTEST_SKIP() << "system calls cannot be filtered here";
    }
}

TEST(A_look_through_all_processes, finds_a_group_also_where_a_security_module_forbids_to_ask_for_it) {
    const Crowd of_another([](const auto& ready) {
        ::setpgid(0, 0);
        wait_forever(ready);
    });
    if (!where_refused({SYS_getpgid}, EACCES, [&] {
            const auto selection = select_group(::getpgrp());
            selection->restart();
            while (!selection->step().value()) {
            }
            std::set<pid_t> found;
            for (const auto& candidate : selection->found({})) {
                if (selection->pin(candidate)) {
                    found.insert(candidate.pid);
                }
            }
            EXPECT_TRUE(found.contains(::getpid()));
            EXPECT_FALSE(found.contains(of_another.pid()));
        })) {
        GTEST_SKIP() << "system calls cannot be filtered here";
    }
}

#ifndef __SANITIZE_ADDRESS__
TEST(A_look_through_all_processes, says_that_proc_cannot_be_opened) {
    const DescriptorsLeft none(0);
    Family family;
    EXPECT_THAT(failure_of(family), AllOf(StartsWith("opening /proc"), HasSubstr("Too many open files")));
    const auto sample = Sampler().take();
    ASSERT_FALSE(sample);
    EXPECT_THAT(sample.failure().message, AllOf(StartsWith("opening /proc"), HasSubstr("Too many open files")));
}
#endif

TEST(Sampling, leaves_out_a_process_whose_owner_cannot_be_read) {
    if (!where_refused(status_calls(), EACCES, [] {
            const auto sample = Sampler().take();
            ASSERT_TRUE(sample);
            EXPECT_THAT(sample->processes, IsEmpty());
        })) {
        GTEST_SKIP() << "system calls cannot be filtered here";
    }
}

// ---- one file

TEST(A_file, is_read_completely_whatever_signals_interrupt) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const UniqueFd reading(ends[0]);
    static std::atomic<int> signals = 0;
    struct sigaction old {};
    struct sigaction count {};
    count.sa_handler = [](int) { ++signals; };
    ::sigaction(SIGUSR1, &count, &old);
    std::thread writer([reader = ::pthread_self(), fd = ends[1]] {
        constexpr int enough = 1000;
        while (signals < enough) {
            ::pthread_kill(reader, SIGUSR1);
        }
        static_cast<void>(::write(fd, "all", 3) == 3);
        ::close(fd);
    });
    const auto text = read_all(reading.get(), "a pipe");
    writer.join();
    ::sigaction(SIGUSR1, &old, nullptr);
    ASSERT_TRUE(text) << text.failure().message;
    EXPECT_EQ(*text, "all");
}

}  // namespace
}  // namespace iopriority::process
