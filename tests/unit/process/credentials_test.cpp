// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Whose the threads of real processes are, each by itself. Needs root, and a mount namespace of its own.
#include "process/credentials.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "../engine/crowd.hpp"
#include "process/process.hpp"

namespace iopriority::process {
namespace {

using engine::test::become;
using engine::test::Capabilities;
using engine::test::Crowd;
using engine::test::start_thread;
using engine::test::wait_forever;

constexpr uid_t root = 0;
constexpr uid_t alice = 61001;
constexpr uid_t bob = 61002;
constexpr Credentials alices{alice, false};

void set_uids(uid_t real, uid_t effective, uid_t saved) {
    if (::syscall(SYS_setresuid, real, effective, saved) != 0) {
        throw std::runtime_error("setresuid: this test needs root");
    }
}

/// The threads of a process, as listed, the first one first; each becomes what it is to be before the test goes on.
std::unique_ptr<Crowd> process_of(const std::function<void()>& first,
                                  const std::vector<std::function<void()>>& others) {
    return std::make_unique<Crowd>([&](const auto& ready) {
        for (const auto& each : others) {
            start_thread(each);
        }
        first();
        wait_forever(ready);
    });
}

class The_credentials : public ::testing::TestWithParam<CredentialSource> {
 protected:
    [[nodiscard]] static Process pin(const Crowd& crowd) { return *Process::pin(crowd.pid(), GetParam()); }

    /// Of all threads, in both orders: the first one may be read before there is a witness, or after.
    static void expect(const Crowd& crowd, const std::vector<Credentials>& expected) {
        const auto process = pin(crowd);
        const auto tids = crowd.tids();
        ASSERT_EQ(tids.size(), expected.size());
        CredentialReader forwards(process);
        CredentialReader backwards(process);
        for (int time = 0; time < 3; ++time) {
            for (std::size_t i = 0; i < tids.size(); ++i) {
                const auto found = forwards.of(tids[i]);
                ASSERT_TRUE(found) << found.failure().message;
                EXPECT_EQ(*found, expected[i]) << i << " at time " << time;
            }
            for (std::size_t i = tids.size(); i-- > 0;) {
                EXPECT_EQ(*backwards.of(tids[i]), expected[i]) << i << " backwards at time " << time;
            }
        }
    }
};

INSTANTIATE_TEST_SUITE_P(, The_credentials, ::testing::Values(CredentialSource::kernel_call, CredentialSource::proc),
                         [](const auto& source) {
                             return std::string(source.param == CredentialSource::proc ? "from_proc"
                                                                                       : "by_kernel_call");
                         });

TEST_P(The_credentials, of_a_thread_that_has_ended_or_is_anothers_are_not_told) {
    const Crowd other([](const auto& ready) {
        start_thread([] {});
        wait_forever(ready);
    });
    Crowd crowd([](const auto& ready) {
        start_thread([] {});
        wait_forever(ready);
    });
    const auto process = pin(crowd);
    const auto tids = crowd.tids();
    CredentialReader reader(process);
    ASSERT_TRUE(reader.of(tids.back()));
    for (const pid_t tid : {other.pid(), other.tids().back(), ::getpid(), 0x7FFFFFFF}) {
        EXPECT_EQ(reader.of(tid).failure().code, ErrorCode::no_such_process) << tid;
    }
    crowd.reap();
    for (const pid_t tid : tids) {
        EXPECT_EQ(reader.of(tid).failure().code, ErrorCode::no_such_process) << tid;
    }
}

TEST_P(The_credentials, are_each_threads_own_and_not_those_of_the_first) {
    const auto crowd =
        process_of([] { become(alice); },
                   {[] { become(bob); }, [] { become(alice, Capabilities::kept); }, [] {}, [] { become(alice); }});
    expect(*crowd, {alices, {bob, false}, {alice, true}, {root, true}, alices});
}

TEST_P(The_credentials, are_of_the_real_uid_whatever_the_others_are) {
    const auto crowd = process_of([] { set_uids(alice, bob, bob); },
                                  {[] { set_uids(bob, alice, alice); }, [] { set_uids(alice, root, root); },
                                   [] { set_uids(alice, alice, root); }, [] { set_uids(root, alice, alice); }});
    // One that has root as its effective or saved uid keeps what is permitted.
    expect(*crowd, {alices, {bob, false}, {alice, true}, {alice, true}, {root, true}});
}

TEST_P(The_credentials, are_of_nobody_privileged_where_capabilities_were_dropped) {
    const auto drop = [] { engine::test::drop_capabilities(); };
    const auto crowd = process_of(drop, {drop, [] {},
                                         [drop] {
                                             become(alice, Capabilities::kept);
                                             drop();
                                         }});
    expect(*crowd, {{root, false}, {root, false}, {root, true}, alices});
}

TEST_P(The_credentials, of_many_plain_threads_are_all_the_same) {
    const Crowd crowd([](const auto& ready) {
        become(alice);
        engine::test::start_waiting_threads(99);
        wait_forever(ready);
    });
    expect(crowd, std::vector<Credentials>(100, alices));
}

/// A program that belongs to root and gives whoever executes it root's capabilities, on a file system of its own.
class SetuidProgram {
 public:
    SetuidProgram() {
        if (::mkdtemp(directory_.data()) == nullptr ||
            ::mount("setuid", directory_.c_str(), "tmpfs", 0, "mode=755") != 0) {
            throw std::runtime_error("mount: this test needs root and a mount namespace of its own");
        }
        std::filesystem::copy_file("/bin/sleep", path());
        std::filesystem::permissions(path(), std::filesystem::perms(04755));
    }
    SetuidProgram(const SetuidProgram&) = delete;
    SetuidProgram& operator=(const SetuidProgram&) = delete;
    SetuidProgram(SetuidProgram&&) = delete;
    SetuidProgram& operator=(SetuidProgram&&) = delete;
    ~SetuidProgram() {
        ::umount2(directory_.c_str(), MNT_DETACH);
        std::filesystem::remove(directory_);
    }
    [[nodiscard]] std::string path() const { return directory_ + "/sleep"; }
    void execute() const { ::execl(path().c_str(), "sleep", "1000", nullptr); }

 private:
    std::string directory_ = std::filesystem::temp_directory_path() / "iopriority-setuid-XXXXXX";
};

void wait_for_exec(const Process& process) {
    while (process.running() && (process.name() != "sleep" || process.thread_count() != 1)) {
        ::sched_yield();
    }
}

TEST_P(The_credentials, that_were_read_are_not_believed_any_more_when_the_process_executes_a_setuid_program) {
    const SetuidProgram program;
    // The thread that executes takes the place of the first, whichever it is.
    for (const bool by_the_first : {true, false}) {
        const Crowd crowd([&](const auto& ready) {
            become(alice);
            sigset_t wake{};
            sigemptyset(&wake);
            sigaddset(&wake, SIGUSR1);
            ::pthread_sigmask(SIG_BLOCK, &wake, nullptr);
            engine::test::start_waiting_threads(2);
            const auto on_signal = [&, wake] {
                int signal = 0;
                ::sigwait(&wake, &signal);
                program.execute();
            };
            if (!by_the_first) {
                std::thread(on_signal).detach();
            }
            ready();
            while (true) {
                if (by_the_first) {
                    on_signal();
                }
                ::pause();
            }
        });
        const auto process = pin(crowd);
        const auto tids = crowd.tids();
        CredentialReader reader(process);
        for (int time = 0; time < 2; ++time) {
            for (const pid_t tid : tids) {
                ASSERT_EQ(*reader.of(tid), alices);
            }
        }
        ::kill(crowd.pid(), SIGUSR1);
        wait_for_exec(process);
        EXPECT_EQ(*reader.of(crowd.pid()), (Credentials{alice, true})) << by_the_first;
        for (const pid_t tid : tids) {
            EXPECT_TRUE(tid == crowd.pid() || !reader.of(tid)) << tid;
        }
    }
}

void write(const std::string& path, const std::string& text) {
    std::ofstream file(path);
    file << text << std::flush;
    if (!file) {
        throw std::runtime_error(path + " cannot be written");
    }
}

TEST_P(The_credentials, do_not_count_capabilities_in_a_user_namespace_that_is_ones_own_alone) {
    const Crowd crowd([](const auto& ready) {
        become(alice);
        ::prctl(PR_SET_DUMPABLE, 1);  // or the files below belonged to root
        if (::unshare(CLONE_NEWUSER) != 0) {
            throw std::runtime_error("user namespaces are not allowed here");
        }
        write("/proc/self/setgroups", "deny");
        write("/proc/self/uid_map", "0 " + std::to_string(alice) + " 1\n");
        write("/proc/self/gid_map", "0 0 1\n");
        wait_forever(ready);
    });
    expect(crowd, {alices});
}

TEST_P(The_credentials, count_capabilities_in_a_user_namespace_that_root_has_made) {
    struct Map {
        std::string uids;
        uid_t inside;  ///< what alice is there
    };
    const std::string alice_alone = std::to_string(alice) + " 1\n";
    for (const auto& map :
         {Map{"0 " + alice_alone, 0}, Map{"0 0 4294967295\n", alice}, Map{"0 0 1\n1 " + alice_alone, 1}}) {
        std::array<int, 2> mapped{};
        ASSERT_EQ(::pipe(mapped.data()), 0);
        const Crowd crowd([&](const auto& ready) {
            if (::unshare(CLONE_NEWUSER) != 0) {
                throw std::runtime_error("unshare: this test needs root");
            }
            ready();
            char byte = 0;
            static_cast<void>(::read(mapped[0], &byte, 1) == 1);
            become(map.inside, Capabilities::kept);
            ::prctl(PR_SET_NAME, "mapped");
            while (true) {
                ::pause();
            }
        });
        const auto its = "/proc/" + std::to_string(crowd.pid());
        write(its + "/uid_map", map.uids);
        write(its + "/gid_map", "0 0 4294967295\n");
        ASSERT_EQ(::write(mapped[1], "", 1), 1);
        const auto process = pin(crowd);
        while (process.running() && process.name() != "mapped") {
            ::sched_yield();
        }
        const auto found = process.credentials();
        ASSERT_TRUE(found) << found.failure().message;
        EXPECT_EQ(*found, (Credentials{alice, true})) << map.uids;
        ::close(mapped[0]);
        ::close(mapped[1]);
    }
}

}  // namespace
}  // namespace iopriority::process
