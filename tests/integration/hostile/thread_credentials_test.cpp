// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Whose a thread is: each is judged by its own credentials, as the kernel does it, and none stands for the others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "attacks.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Breakdown three_unset{{"none", 3}};

class ThreadCredentials : public testing::Test {
 protected:
    /// One thread of alice's process is such that the kernel refuses her, so the service does, and polkit is asked.
    void expect_refused_for_one_thread(const Forked& mixed, int which) {
        const auto thread = threads_of(mixed.pid()).at(static_cast<std::size_t>(which));
        ASSERT_EQ(kernel_answers("alice", mixed.pid()), which == 0 ? EPERM : 0);
        ASSERT_EQ(kernel_answers("alice", thread), EPERM);
        EXPECT_EQ(alice.set_process(mixed.pid(), "idle", 0), error::interaction_required);
        EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users));
        EXPECT_EQ(alice.set_process(mixed.pid(), "realtime", 0), error::interaction_required);
        EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users_realtime));
        set_rules(rule(set_other_users, "NO"));
        const auto refused = alice.set_process(mixed.pid(), "idle", 0);
        EXPECT_EQ(refused, error::access_denied);
        EXPECT_THAT(refused.text, HasSubstr(set_other_users));
        EXPECT_EQ(priorities_of(mixed.pid()), three_unset);
        set_rules(rule(set_other_users, "YES"));
        EXPECT_EQ(alice.set_process(mixed.pid(), "idle", 0), "ok 3");
        EXPECT_EQ(priorities_of(mixed.pid()), (Breakdown{{"idle", 3}}));
    }

    Caller alice{"alice"};
    PolkitMonitor polkit;
};

TEST_F(ThreadCredentials, of_root_are_not_overlooked_behind_a_first_thread_that_is_the_callers) {
    const Forked mixed = mixed_process({{"alice"}, {"alice"}, {"root"}});
    expect_refused_for_one_thread(mixed, 2);
}

TEST_F(ThreadCredentials, with_a_capability_are_not_overlooked_behind_a_first_thread_that_has_none) {
    const Forked mixed = mixed_process({{"alice"}, {"alice", true}, {"alice"}});
    expect_refused_for_one_thread(mixed, 1);
}

TEST_F(ThreadCredentials, of_another_user_are_not_overlooked_behind_a_first_thread_that_is_the_callers) {
    const Forked mixed = mixed_process({{"alice"}, {"bob"}, {"alice"}});
    expect_refused_for_one_thread(mixed, 1);
}

TEST_F(ThreadCredentials, that_are_all_the_callers_need_no_polkit) {
    const Forked own = mixed_process({{"alice"}, {"alice"}, {"alice"}});
    EXPECT_EQ(alice.set_process(own.pid(), "idle", 0), "ok 3");
    EXPECT_EQ(priorities_of(own.pid()), (Breakdown{{"idle", 3}}));
    EXPECT_THAT(polkit.actions(), IsEmpty());
}

TEST_F(ThreadCredentials, of_root_keep_a_process_from_being_held_unasked) {
    Client client{"alice"};
    const Forked mixed = mixed_process({{"alice"}, {"root"}, {"alice"}});
    EXPECT_EQ(client.try_hold(mixed.pid(), "idle"), error::interaction_required);
    EXPECT_EQ(priorities_of(mixed.pid()), three_unset);
    EXPECT_EQ(holds(), 0U);
}

TEST_F(ThreadCredentials, of_root_keep_a_group_and_a_tree_from_being_set_unasked) {
    Client client{"alice"};
    const Forked mixed = mixed_process({{"alice"}, {"root"}, {"alice"}});
    ASSERT_EQ(setpgid(mixed.pid(), mixed.pid()), 0);
    EXPECT_EQ(client.set(on::group(mixed.pid()), "idle"), error::interaction_required);
    EXPECT_EQ(client.set(on::tree(mixed.pid()), "idle"), error::interaction_required);
    EXPECT_EQ(priorities_of(mixed.pid()), three_unset);
}

/// The caller chooses the thread that stands for the process.
TEST_F(ThreadCredentials, are_not_chosen_by_a_pidfd_of_a_thread) {
    Client client{"alice"};
    const Forked mixed = mixed_process({{"root"}, {"alice"}, {"root"}});
    const auto alices = threads_of(mixed.pid()).at(1);
    ASSERT_EQ(kernel_answers("alice", alices), 0);
    ASSERT_EQ(kernel_answers("alice", mixed.pid()), EPERM);
    const auto refused = client.set(thread_pidfd(alices), "idle");
    EXPECT_EQ(refused, error::invalid_args);
    EXPECT_THAT(refused.text, HasSubstr("thread"));
    EXPECT_EQ(priorities_of(mixed.pid()), three_unset);
    EXPECT_THAT(polkit.actions(), IsEmpty());
}

TEST_F(ThreadCredentials, make_a_thread_its_users_whosever_the_process_is) {
    Client client{"alice"};
    const Forked mixed = mixed_process({{"alice"}, {"bob"}, {"alice"}});
    const auto bobs = threads_of(mixed.pid()).at(1);
    EXPECT_EQ(alice.set_user(uid_of("bob"), "idle", 0), error::interaction_required);
    EXPECT_EQ(alice.set_user(uid_of("alice"), "idle", 0), "ok 3 4");  // with the two clients
    EXPECT_EQ(priorities_of(mixed.pid()), (Breakdown{{"idle", 2}, {"none", 1}}));
    EXPECT_EQ(priority_of_thread(bobs), "none");
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(alice.set_user(uid_of("bob"), "best-effort", 7), "ok 1 1");
    EXPECT_EQ(priorities_of(mixed.pid()), (Breakdown{{"best-effort:7", 1}, {"idle", 2}}));
    EXPECT_EQ(priority_of_thread(bobs), "best-effort:7");
}

TEST_F(ThreadCredentials, make_a_thread_its_users_also_where_explicit_ones_are_kept) {
    Client client{"alice"};
    const Forked mixed = mixed_process({{"alice"}, {"bob"}, {"alice"}});
    const auto bobs = threads_of(mixed.pid()).at(1);
    EXPECT_EQ(client.set(on::user("bob").with("keep-explicit"), "idle"), error::interaction_required);
    EXPECT_EQ(client.set(on::user("alice").with("keep-explicit"), "idle"), "ok 3 4");
    EXPECT_EQ(priority_of_thread(bobs), "none");
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(client.set(on::user("bob").with("keep-explicit"), "best-effort:7"), "ok 1 1");
    EXPECT_EQ(priorities_of(mixed.pid()), (Breakdown{{"best-effort:7", 1}, {"idle", 2}}));
    EXPECT_EQ(priority_of_thread(bobs), "best-effort:7");
}

TEST_F(ThreadCredentials, make_a_thread_its_users_also_in_a_process_of_root) {
    const Forked mixed = mixed_process({{"root"}, {"bob"}, {"root"}});
    EXPECT_EQ(alice.set_user(uid_of("bob"), "idle", 0), error::interaction_required);
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(alice.set_user(uid_of("bob"), "idle", 0), "ok 1 1");
    EXPECT_EQ(priorities_of(mixed.pid()), (Breakdown{{"idle", 1}, {"none", 2}}));
}

/// The kernel's own call on a user may order a privileged thread among the others, but make none realtime.
TEST_F(ThreadCredentials, that_are_privileged_need_more_than_ones_own_to_be_made_realtime_with_all_of_ones_own) {
    const Forked mixed = mixed_process({{"alice"}, {"alice", true}, {"alice"}});
    set_rules(rule(set_realtime, "YES"));
    EXPECT_EQ(alice.set_user(uid_of("alice"), "realtime", 7), error::interaction_required);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users_realtime));
    EXPECT_EQ(priorities_of(mixed.pid()), three_unset);
    EXPECT_EQ(alice.set_user(uid_of("alice"), "idle", 0), "ok 2 4");
    EXPECT_EQ(priorities_of(mixed.pid()), (Breakdown{{"idle", 3}}));
    set_rules(rule(set_other_users_realtime, "YES"));
    EXPECT_EQ(alice.set_user(uid_of("alice"), "realtime", 7), "ok 2 4");
    EXPECT_EQ(priorities_of(mixed.pid()), (Breakdown{{"realtime:7", 3}}));
}

/// Of alice by its user ids, with all capabilities in a user namespace that root has made.
class InNamespaceOfRoot : public ThreadCredentials {
 protected:
    InNamespaceOfRoot() {
        const auto proc = "/proc/" + std::to_string(inside.pid());
        std::ofstream{proc + "/uid_map"} << "0 " << uid_of("alice") << " 1\n1 0 1\n";
        kill(inside.pid(), SIGUSR1);
        const auto uid = std::to_string(uid_of("alice")) + '\t';
        EXPECT_TRUE(eventually([&] { return status_field(inside.pid(), "Uid").starts_with(uid + uid + uid); }));
    }

    const Forked inside{"root", [](const auto& ready) {
                            sigset_t mapped;
                            sigemptyset(&mapped);
                            sigaddset(&mapped, SIGUSR1);
                            sigprocmask(SIG_BLOCK, &mapped, nullptr);
                            if (unshare(CLONE_NEWUSER) == 0) {
                                ready();
                            }
                            int signal = 0;
                            sigwait(&mapped, &signal);
                            syscall(SYS_setresuid, 0, 0, 0);  // alice, outside
                            pause();
                        }};
};

TEST_F(InNamespaceOfRoot, capabilities_count_as_they_do_for_the_kernel) {
    ASSERT_NE(status_field(inside.pid(), "CapPrm"), "0000000000000000");
    ASSERT_EQ(kernel_answers("alice", inside.pid()), EPERM);
    EXPECT_EQ(alice.set_process(inside.pid(), "idle", 0), error::interaction_required);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users));
    set_rules(rule(set_other_users, "NO"));
    EXPECT_EQ(alice.set_process(inside.pid(), "idle", 0), error::access_denied);
    EXPECT_EQ(priorities_of(inside.pid()), (Breakdown{{"none", 1}}));
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(alice.set_process(inside.pid(), "idle", 0), "ok 1");
    EXPECT_EQ(priorities_of(inside.pid()), (Breakdown{{"idle", 1}}));
}

TEST_F(ThreadCredentials, with_capabilities_in_a_namespace_of_the_callers_own_need_no_polkit) {
    const Disguised inside{"alice", {"unshare", "--user", "--map-root-user"}};
    ASSERT_NE(status_field(inside.pid(), "CapPrm"), "0000000000000000");
    ASSERT_EQ(kernel_answers("alice", inside.pid()), 0);
    EXPECT_EQ(alice.set_process(inside.pid(), "idle", 0), "ok 1");
    EXPECT_EQ(priorities_of(inside.pid()), (Breakdown{{"idle", 1}}));
    EXPECT_THAT(polkit.actions(), IsEmpty());
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
