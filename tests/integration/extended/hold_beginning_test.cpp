// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// A service that is killed in any step of the beginning of a hold. It is stopped at each system call that others can
// see the result of, and killed there: at the first one, then at the second one, until the hold begins before that. The
// next service gives every process what it had, or what the process that it comes from had.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "cast.hpp"
#include "descriptor_store.hpp"
#include "service_manager.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::IsEmpty;

/// Whether others can see the result of this call.
bool changes_something(const __ptrace_syscall_info& call) {
    static const std::set<std::uint64_t> changes{
        SYS_ioprio_set, SYS_write,  SYS_sendmsg, SYS_pipe2, SYS_renameat, SYS_renameat2, SYS_unlinkat,
#ifdef SYS_rename
        SYS_rename,     SYS_unlink,
#endif
    };
    constexpr std::size_t flags = 2;
    return call.op == PTRACE_SYSCALL_INFO_ENTRY &&
           (changes.contains(call.entry.nr) ||
            (call.entry.nr == SYS_openat && (call.entry.args[flags] & static_cast<unsigned>(O_CREAT)) != 0));
}

/// The first thread of a process, which does everything that a hold needs, goes from system call to system call.
class Steps {
 public:
    explicit Steps(pid_t pid) : pid_{pid} {
        check(ptrace(PTRACE_SEIZE, pid_, nullptr, PTRACE_O_TRACESYSGOOD), "PTRACE_SEIZE");
        check(ptrace(PTRACE_INTERRUPT, pid_, nullptr, nullptr), "PTRACE_INTERRUPT");
    }

    /// Goes on until it is about to make this change, counted from 1, and stands still there.
    /// @return false if it has come to its end before: it is let go then.
    [[nodiscard]] bool reach(int change, const std::function<bool()>& ended) {
        for (int seen = 0;;) {
            if (!next_stop(ended)) {
                let_go();
                return false;
            }
            if (at_call_ && changes_something(call_) && ++seen == change) {
                return true;
            }
            go_on();
        }
    }

 private:
    static void check(long result, const char* what) {
        if (result < 0) {
            throw std::system_error(errno, std::generic_category(), what);
        }
    }
    /// @return false if nothing comes, and it has ended.
    bool next_stop(const std::function<bool()>& ended) {
        const auto stopped = [&] {
            const auto found = waitpid(pid_, &status_, __WALL | WNOHANG);
            check(found, "waitpid");
            return found == pid_;
        };
        for (;;) {
            const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds{2};
            do {
                if (stopped()) {
                    look();
                    return true;
                }
                sched_yield();
            } while (std::chrono::steady_clock::now() < end);
            if (ended()) {
                return false;
            }
        }
    }
    void look() {
        if (!WIFSTOPPED(status_)) {
            throw std::runtime_error("the service has ended by itself");
        }
        at_call_ = WSTOPSIG(status_) == (SIGTRAP | 0x80);
        if (at_call_) {
            check(ptrace(PTRACE_GET_SYSCALL_INFO, pid_, sizeof call_, &call_), "PTRACE_GET_SYSCALL_INFO");
        }
    }
    void go_on() const {
        const bool of_ptrace = at_call_ || status_ >> 16 == PTRACE_EVENT_STOP;
        check(ptrace(PTRACE_SYSCALL, pid_, nullptr, of_ptrace ? 0 : WSTOPSIG(status_)), "PTRACE_SYSCALL");
    }
    void let_go() {
        check(ptrace(PTRACE_INTERRUPT, pid_, nullptr, nullptr), "PTRACE_INTERRUPT");
        check(waitpid(pid_, &status_, __WALL), "waitpid");
        check(ptrace(PTRACE_DETACH, pid_, nullptr, nullptr), "PTRACE_DETACH");
    }

    pid_t pid_;
    int status_ = 0;
    bool at_call_ = false;
    __ptrace_syscall_info call_{};
};

/// root's, in a group and a unit: a process with two threads, and a child of it that starts ten children a second.
class Backup {
 public:
    Backup() {
        unit_.add(root_.pid());
        root_.does("group");
        second_ = root_.thread();
        breeder_ = root_.does("breeder 100").at(0);
        set_thread(root_.pid(), "best-effort:3");
        set_thread(second_, "none");
        set_thread(breeder_, "best-effort:5");
        if (!eventually([&] { return tree_of(breeder_).size() > 1; })) {
            throw std::runtime_error("nothing is born");
        }
        set_thread(tree_of(breeder_).at(1), "best-effort:6");
        for (const auto& [tid, value] : raw_priorities_of(tree_of(root_.pid()))) {
            wanted_[tid] = value;
        }
    }
    Backup(const Backup&) = delete;
    Backup& operator=(const Backup&) = delete;
    Backup(Backup&&) = delete;
    Backup& operator=(Backup&&) = delete;
    ~Backup() {
        kill(breeder_, SIGSTOP);
        for (const auto pid : tree_of(root_.pid())) {
            kill(pid, SIGKILL);
        }
    }

    [[nodiscard]] pid_t pid() const { return root_.pid(); }
    /// What lives now, for a list.
    [[nodiscard]] On list() const {
        return on::processes({pid(), breeder_, tree_of(breeder_).at(1)}).with("descendants");
    }
    /// No more births.
    void stop() const {
        kill(breeder_, SIGSTOP);
        ASSERT_TRUE(eventually([&] { return status_field(breeder_, "State").starts_with("T"); }));
    }
    /// The threads that have something else than they had, or than their origin had: what they have.
    [[nodiscard]] std::map<pid_t, std::string> wrong() const {
        std::map<pid_t, std::string> found;
        for (const auto& [tid, value] : raw_priorities_of(tree_of(pid()))) {
            const auto known = wanted_.find(tid);
            if (value != (known != wanted_.end() ? known->second : raw("best-effort:5"))) {
                found[tid] = priority_of_thread(tid);
            }
        }
        return found;
    }

 private:
    const ControlGroup unit_{"/iopt.slice/backup.service"};
    Actor root_{"root"};
    pid_t second_ = -1;
    pid_t breeder_ = -1;
    RawPriorities wanted_;
};

class KilledBeginning : public testing::TestWithParam<std::string> {
 protected:
    KilledBeginning() { set_rules(rule(set_other_users, "YES")); }

    [[nodiscard]] static On target(const Backup& backup) {
        return GetParam() == "tree"    ? on::tree(backup.pid())
               : GetParam() == "list"  ? backup.list()
               : GetParam() == "group" ? on::group(backup.pid())
                                       : on::unit("backup.service");
    }
    static void expect_given_back(const Backup& backup, const std::string& when) {
        backup.stop();
        static_cast<void>(eventually([&] { return backup.wrong().empty(); }, std::chrono::seconds{5}));
        EXPECT_THAT(backup.wrong(), IsEmpty()) << when;
    }

    const ServiceManager systemd{{{"backup.service", "/iopt.slice/backup.service"}}};
};

constexpr int fewest_steps = 20;  // files, threads, pipe, reply: below that the steps were not seen

TEST_P(KilledBeginning, is_refused_without_a_rule_and_nothing_is_set) {
    set_rules(rule(set_other_users, "NO"));
    const Backup backup;
    EXPECT_EQ(Client{"alice"}.try_hold(target(backup), "idle"), error::access_denied);
    expect_given_back(backup, "refused");
}

TEST_P(KilledBeginning, leaves_every_process_what_it_or_its_origin_had) {
    bool killed = true;
    int step = 0;
    while (killed && !HasFailure()) {
        const Backup backup;
        Client alice{"alice"};
        alice.describe(0);  // starts the service
        const auto daemon = daemon_pid().value();
        Steps steps{daemon};
        const int call = alice.send_hold(target(backup), "idle");
        killed = steps.reach(++step, [&] { return alice.arrived(call); });
        kill(daemon, SIGKILL);
        if (killed) {
            waitpid(daemon, nullptr, __WALL);  // by whom it is traced
        } else {
            EXPECT_TRUE(alice.answer(call).is_ok());
        }
        ASSERT_TRUE(eventually([] { return daemon_pid() == std::nullopt; }));
        ASSERT_EQ(holds(), 0U);  // starts it again
        expect_given_back(backup, "killed at change " + std::to_string(step));
        EXPECT_TRUE(eventually([] { return std::filesystem::is_empty("/run/iopriority"); })) << step;
    }
    EXPECT_GT(step, fewest_steps);
}

/// With systemd's file descriptor store a hold that has begun outlives the service, and one that has not does not.
TEST_P(KilledBeginning, with_a_descriptor_that_is_kept_goes_on_only_if_its_holder_was_told) {
    if (const auto other = daemon_pid()) {
        kill(*other, SIGTERM);
        ASSERT_TRUE(wait_for_end(*other));
        ASSERT_TRUE(eventually([] { return daemon_pid() == std::nullopt; }));
    }
    DescriptorStore store;
    store.start();
    bool killed = true;
    int step = 0;
    while (killed && !HasFailure()) {
        const Backup backup;
        Client alice{"alice"};
        Steps steps{daemon_pid().value()};
        const int call = alice.send_hold(target(backup), "idle");
        killed = steps.reach(++step, [&] { return alice.arrived(call); });
        store.stop(SIGKILL);
        store.start();
        if (const auto reply = alice.answer(call); reply.is_ok()) {
            EXPECT_EQ(holds(), 1U) << step;
            EXPECT_EQ(priority_of_thread(backup.pid()), "idle") << step;
            alice.end(*reply.hold);
        }
        EXPECT_TRUE(holds_become(0)) << step;
        expect_given_back(backup, "killed at change " + std::to_string(step));
        EXPECT_TRUE(eventually([&] { return store.stored().empty(); })) << step;
        EXPECT_TRUE(eventually([] { return std::filesystem::is_empty("/run/iopriority"); })) << step;
    }
    EXPECT_GT(step, fewest_steps);
}

INSTANTIATE_TEST_SUITE_P(Of, KilledBeginning, testing::Values("tree", "list", "group", "unit"),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
