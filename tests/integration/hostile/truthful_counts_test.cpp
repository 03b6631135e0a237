// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// An answer says what the kernel has then, whoever has asked whom: the service, the library, ioprioctl and its dry run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <vector>

#include "attacks.hpp"
#include "support/library_program.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

Result ioprioctl(Command arguments, const std::string& user = "alice") {
    arguments.insert(arguments.begin(), "ioprioctl");
    return run(user, arguments);
}

// -- somebody else sets the same
// ------------------------------------------------------------------------------------------------------------

/// Keeps two processes on two processors, if there are two, so that they run at the same time.
void keep_apart(pid_t one, pid_t other) {
    cpu_set_t usable;
    ASSERT_EQ(sched_getaffinity(0, sizeof usable, &usable), 0);
    int number = 0;
    std::array<cpu_set_t, 2> halves{};
    for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (CPU_ISSET(cpu, &usable)) {
            CPU_SET(cpu, &halves.at(static_cast<std::size_t>(number++ % 2)));
        }
    }
    if (number > 1) {
        ASSERT_EQ(sched_setaffinity(one, sizeof usable, &halves[0]), 0);
        ASSERT_EQ(sched_setaffinity(other, sizeof usable, &halves[1]), 0);
    }
}

/// Another program of alice's, which makes all threads of a process best-effort 7 all the while, and gets its share of
/// a busy machine.
class RivalProgram {
 public:
    explicit RivalProgram(const std::vector<pid_t>& threads)
        : threads_{threads}, process_{"alice", [this](const auto& ready) {
                                          ready();
                                          for (;;) {
                                              for (const auto tid : threads_) {
                                                  set_raw_priority(tid, 0x4007);
                                              }
                                          }
                                      }} {
        keep_apart(running_daemon(), process_.pid());
        EXPECT_EQ(setpriority(PRIO_PROCESS, static_cast<id_t>(process_.pid()), -5), 0);
    }

    /// It has been at work since the last change, and is: on a busy machine it may have to wait for its turn.
    [[nodiscard]] bool is_at_work() const {
        return eventually([this] {
            return std::all_of(threads_.begin(), threads_.end(), [](pid_t tid) { return raw_priority(tid) == 0x4007; });
        });
    }

 private:
    std::vector<pid_t> threads_;
    Forked process_;
};

bool tells_of_rival(const std::string& text) {
    return text.find("another program") != std::string::npos;
}

/// How many threads the process has.
class Rival : public testing::TestWithParam<unsigned> {
 protected:
    // Often enough for the rival to come at every moment of a change.
    static constexpr int rounds = 100;

    const std::string number = std::to_string(GetParam());
    const Target own{"alice", {"threads", number}};
    Caller alice{"alice"};
};

TEST_P(Rival, that_keeps_setting_a_process_is_told_of_and_never_taken_for_success_with_fewer_threads) {
    {
        const RivalProgram rival{threads_of(own.pid())};
        std::map<std::string, int> wrong;
        for (int round = 0; round < rounds && wrong.empty(); ++round) {
            ASSERT_TRUE(rival.is_at_work());
            const auto answer = alice.set_process(own.pid(), "idle", 0);
            const bool told = answer == error::partially_applied && tells_of_rival(answer.text);
            if (!told && answer.words != "ok " + number) {
                ++wrong[answer.words + ' ' + answer.text];
            }
        }
        EXPECT_THAT(wrong, IsEmpty());
    }
    EXPECT_EQ(alice.set_process(own.pid(), "idle", 0), "ok " + number);
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", static_cast<int>(GetParam())}}));
}

TEST_P(Rival, that_keeps_setting_a_process_is_told_of_by_ioprioctl_by_either_way) {
    const RivalProgram rival{threads_of(own.pid())};
    std::map<std::string, int> wrong;
    for (int round = 0; round < rounds && wrong.empty(); ++round) {
        ASSERT_TRUE(rival.is_at_work());
        const auto* via = round % 2 == 0 ? "kernel" : "service";
        const auto result = ioprioctl({"--verbose", "--via", via, "set", "idle", own.id()});
        const bool all = result.out.find(' ' + number + " thread") != std::string::npos;
        if (result.status == 0 ? !all : !tells_of_rival(result.err)) {
            ++wrong["status " + std::to_string(result.status) + ": " + result.out + result.err];
        }
    }
    EXPECT_THAT(wrong, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Threads, Rival, testing::Values(1U, 4U));

// -- threads that have ended
// ---------------------------------------------------------------------------------------------------------------

class EndedLeader : public testing::Test {
 protected:
    const Target own{"alice", {"leaderless", "2"}};  // three are listed
    Caller alice{"alice"};
    Client client{"alice"};
};

TEST_F(EndedLeader, is_not_counted_when_its_process_is_reset) {
    EXPECT_EQ(Caller{"bob"}.set_process(own.pid(), "none", 0), error::interaction_required);
    ASSERT_EQ(threads_of(own.pid()).size(), 3U);
    EXPECT_EQ(client.describe(own.pid())["threads"], "2");
    EXPECT_EQ(alice.set_process(own.pid(), "idle", 0), "ok 2");
    EXPECT_EQ(alice.set_process(own.pid(), "none", 0), "ok 2");
    EXPECT_EQ(alice.set_process(own.pid(), "none", 0), "ok 2");  // where nothing is left to do
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 3}}));
}

TEST_F(EndedLeader, is_not_counted_when_a_tree_or_its_user_is_reset) {
    EXPECT_EQ(client.set(on::tree(own.pid()), "none"), "ok 1 2");
    EXPECT_EQ(client.set(on::user("alice"), "none"), "ok 3 4");  // with the two clients
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 3}}));
}

TEST_F(EndedLeader, is_not_counted_by_ioprioctl_either) {
    const auto result = ioprioctl({"--verbose", "--via", "kernel", "set", "none", own.id()});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("2 threads"));
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 3}}));
}

// -- by the kernel first
// -------------------------------------------------------------------------------------------------------------------

/// bob's process already has what is asked for: nothing needs to be done, but alice may not know that by success.
class AlreadySo : public testing::Test {
 protected:
    AlreadySo() { set_all(bobs.pid(), "idle"); }
    /// The same line, done and only foretold.
    void expect_needs_polkit(const Command& words) {
        Command dry{"--dry-run"};
        dry.insert(dry.end(), words.begin(), words.end());
        const auto foretold = ioprioctl(dry);
        EXPECT_EQ(foretold.status, 0) << foretold.err;
        EXPECT_THAT(foretold.out,
                    HasSubstr(std::string{"by the service, which would ask polkit about "} + set_other_users))
            << testing::PrintToString(words);
        const auto done = ioprioctl(words);
        EXPECT_EQ(done.status, 4) << testing::PrintToString(words) << done.out;
        EXPECT_THAT(done.err, HasSubstr(set_other_users)) << testing::PrintToString(words);
    }

    const Target bobs{"bob", {"threads", "3"}};
};

TEST_F(AlreadySo, is_refused_to_another_user_as_if_it_were_not) {
    ASSERT_EQ(kernel_answers("alice", bobs.pid()), EPERM);
    EXPECT_EQ(ioprioctl({"set", "best-effort:7", bobs.id()}).status, 4);
    EXPECT_EQ(ioprioctl({"--via", "kernel", "set", "best-effort:7", bobs.id()}).status, 4);
    expect_needs_polkit({"set", "idle", bobs.id()});
    expect_needs_polkit({"set", "--tree", "idle", bobs.id()});
    expect_needs_polkit({"set", "idle", "--user", "bob"});
    EXPECT_EQ(ioprioctl({"--via", "kernel", "set", "idle", bobs.id()}).status, 4);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
}

TEST_F(AlreadySo, is_refused_to_a_program_with_the_library_by_either_way) {
    LibraryProgram program;
    for (const std::string route : {"service-only", "kernel-only", "kernel-first"}) {
        for (const std::string what : {"set", "set-tree", "set-pidfd"}) {
            std::string call = "blocking " + route;
            call.append(" ").append(what).append(" ").append(bobs.id()).append(" idle");
            const auto answer = program(call);
            EXPECT_THAT(answer, StartsWith("NotAuthorized ")) << route << ' ' << what;
        }
    }
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
}

TEST_F(AlreadySo, is_refused_also_where_only_one_thread_is_anothers) {
    const Forked mixed = mixed_process({{"alice"}, {"root"}, {"alice"}});
    set_all(mixed.pid(), "idle");
    expect_needs_polkit({"set", "idle", std::to_string(mixed.pid())});
    EXPECT_EQ(priorities_of(mixed.pid()), (Breakdown{{"idle", 3}}));
}

// -- the dry run
// -----------------------------------------------------------------------------------------------------------------

TEST(DryRun, judges_every_thread) {
    const Forked mixed = mixed_process({{"alice"}, {"root"}, {"alice"}});
    const auto id = std::to_string(mixed.pid());
    EXPECT_EQ(ioprioctl({"set", "idle", id}).status, 4);
    const auto foretold = ioprioctl({"--dry-run", "set", "idle", id}).out;
    EXPECT_THAT(foretold, HasSubstr(std::string{"by the service, which would ask polkit about "} + set_other_users));
    EXPECT_EQ(priorities_of(mixed.pid()), (Breakdown{{"none", 3}}));
}

/// Of a program with two user ids: at its end LeakSanitizer must trace it, which the kernel refuses, and makes the
/// status 1.
int with_two_user_ids(int status) {
    return service_has_sanitizers() ? 1 : status;
}

/// The kernel takes either user id of who calls.
TEST(DryRun, knows_that_the_real_user_id_of_the_caller_counts_too) {
    const Target alices{"alice", {"threads", "2"}};
    const auto with_both = [&](Command words) {
        words.insert(words.begin(), {"setpriv", "--ruid=alice", "--euid=bob", "ioprioctl"});
        return run("root", words);
    };
    EXPECT_EQ(with_both({"--via", "service", "set", "idle", alices.id()}).status,
              with_two_user_ids(4));  // to the bus it is bob
    EXPECT_THAT(with_both({"--dry-run", "set", "idle", alices.id()}).out, HasSubstr("by the kernel"));
    EXPECT_THAT(with_both({"--dry-run", "set", "idle", "--user", "alice"}).out, HasSubstr("by the kernel"));
    EXPECT_EQ(alices.priorities(), (Breakdown{{"none", 2}}));
    EXPECT_EQ(with_both({"set", "idle", alices.id()}).status, with_two_user_ids(0));
    EXPECT_EQ(alices.priorities(), (Breakdown{{"idle", 2}}));
    EXPECT_EQ(with_both({"set", "best-effort:6", "--user", "alice"}).status, with_two_user_ids(0));
    EXPECT_EQ(alices.priorities(), (Breakdown{{"best-effort:6", 2}}));
}

/// The kernel's call on a whole user stops at a thread that is not for this user to change: the service goes on.
TEST(DryRun, knows_that_the_kernels_call_on_a_user_stops_at_a_privileged_thread) {
    const Target setuid{"root", {"uids", std::to_string(uid_of("alice")), "0"}};
    ASSERT_EQ(kernel_answers("alice", setuid.pid()), EPERM);
    EXPECT_EQ(ioprioctl({"--via", "kernel", "set", "idle", "--user", "alice"}).status, 4);
    EXPECT_THAT(ioprioctl({"--dry-run", "set", "idle", "--user", "alice"}).out,
                HasSubstr("by the service, polkit would not be asked"));
    EXPECT_EQ(setuid.priorities(), (Breakdown{{"none", 1}}));
    EXPECT_EQ(ioprioctl({"set", "idle", "--user", "alice"}).status, 0);
    EXPECT_EQ(setuid.priorities(), (Breakdown{{"idle", 1}}));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
