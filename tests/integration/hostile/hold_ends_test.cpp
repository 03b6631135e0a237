// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the end of a hold, the settle pass and the recovery after a crash may still change: by then the process can be
// somebody else's. And what a thread gets back is what it had, bit for bit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cerrno>

#include "attacks.hpp"
#include "extended/descriptor_store.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::StartsWith;

/// alice's process, which becomes a program of root's by a setuid bit.
class HoldEnd : public testing::Test {
 protected:
    /// The same process runs a setuid program then, all of whose user ids are root's.
    void become_roots() {
        victim.exec(setuid_actor);
        victim.does("become 0");
        ASSERT_THAT(status_field(victim.pid(), "Uid"), StartsWith("0\t0\t0"));
    }
    /// The same, but the real user id is still alice's, as in a setuid program that has only just started.
    void become_setuid() { victim.exec(setuid_actor); }
    void expect_untouched(const std::string& priority, const char* when) const {
        wait_out_settle_passes();
        EXPECT_EQ(victim.priorities(), (Breakdown{{priority, 1}})) << when;
    }

    const std::string setuid_actor = setuid_copy(tool("actor"));
    Actor victim{"alice"};
    Client alice{"alice"};
};

TEST_F(HoldEnd, leaves_a_process_alone_that_is_roots_by_now) {
    const int first = alice.hold(victim.pid(), "best-effort:0");
    const int second = alice.hold(victim.pid(), "idle");
    const int third = alice.hold(victim.pid(), "best-effort:7");
    const int fourth = alice.hold(victim.pid(), "idle");
    become_roots();
    EXPECT_EQ(alice.set(on::process(victim.pid()), "idle"), error::interaction_required);
    alice.end(fourth);
    expect_untouched("idle", "after the fourth");
    alice.end(third);
    expect_untouched("idle", "after the third");
    alice.end(second);
    expect_untouched("idle", "after the second");
    alice.end(first);
    expect_untouched("idle", "after the first");
}

TEST_F(HoldEnd, leaves_a_setuid_program_alone_that_still_has_the_holders_real_uid) {
    const int hold = alice.hold(victim.pid(), "idle");
    become_setuid();
    ASSERT_EQ(kernel_answers("alice", victim.pid()), EPERM);
    EXPECT_EQ(alice.try_hold(victim.pid(), "best-effort:0"), error::interaction_required);
    alice.end(hold);
    expect_untouched("idle", "after the end");
}

TEST_F(HoldEnd, gives_every_thread_back_that_polkits_word_covered) {
    const Forked mixed = mixed_process({{"alice"}, {"alice"}, {"root"}});
    set_rules(rule(set_other_users, "YES"));
    const int hold = alice.hold(mixed.pid(), "idle");
    EXPECT_EQ(priorities_of(mixed.pid()), (Breakdown{{"idle", 3}}));
    set_rules(rule(set_other_users, "NO"));
    EXPECT_EQ(alice.try_hold(mixed.pid(), "best-effort:0"), error::access_denied);
    alice.end(hold);  // nobody is asked any more
    EXPECT_EQ(priorities_of(mixed.pid()), (Breakdown{{"none", 3}}));
}

TEST_F(HoldEnd, gives_roots_process_back_that_was_held_with_polkits_word) {
    Actor backup{"root"};
    set_raw_priority(backup.pid(), 0x4003);
    EXPECT_EQ(alice.try_hold(backup.pid(), "idle"), error::interaction_required);
    set_rules(rule(set_other_users, "YES"));
    const int hold = alice.hold(backup.pid(), "idle");
    set_rules(rule(set_other_users, "NO"));
    backup.exec(tool("actor"));  // its program binds the beginning of a hold, not its end
    alice.end(hold);
    EXPECT_EQ(backup.priorities(), (Breakdown{{"best-effort:3", 1}}));
}

TEST_F(HoldEnd, has_a_settle_pass_that_leaves_a_thread_alone_that_is_roots_by_then) {
    set_thread(victim.pid(), "best-effort:6");
    const int hold = alice.hold(victim.pid(), "idle");
    const auto daemon = daemon_pid().value();
    alice.close(hold);
    ASSERT_TRUE(becomes(victim.pid(), {{"best-effort:6", 1}}));
    Stopped before_the_settle_pass{daemon};
    become_roots();
    const auto thread = victim.thread();
    set_thread(thread, "idle");  // root's own choice
    before_the_settle_pass.resume();
    wait_out_settle_passes();
    EXPECT_EQ(priority_of_thread(victim.pid()), "best-effort:6");
    EXPECT_EQ(priority_of_thread(thread), "idle");
}

TEST_F(HoldEnd, is_not_alone_in_having_a_settle_pass_the_one_of_a_set_leaves_roots_thread_alone_too) {
    const auto daemon = running_daemon();
    EXPECT_EQ(alice.set(on::process(victim.pid()), "idle"), "ok 1 1");
    Stopped before_the_settle_pass{daemon};
    become_roots();
    const auto thread = victim.thread();
    set_thread(thread, "none");  // root's own choice
    before_the_settle_pass.resume();
    wait_out_settle_passes();
    EXPECT_EQ(priority_of_thread(victim.pid()), "idle");
    EXPECT_EQ(priority_of_thread(thread), "none");
}

TEST_F(HoldEnd, of_a_service_that_crashed_leaves_a_process_alone_that_is_roots_by_then) {
    alice.hold(victim.pid(), "idle");
    crash_daemon();
    become_roots();
    EXPECT_EQ(holds(), 0U);  // starts it again
    expect_untouched("idle", "after the recovery");
}

TEST_F(HoldEnd, of_a_service_that_crashed_leaves_a_setuid_program_alone) {
    alice.hold(victim.pid(), "idle");
    crash_daemon();
    become_setuid();
    EXPECT_EQ(holds(), 0U);
    expect_untouched("idle", "after the recovery");
}

/// Where systemd keeps the descriptors, holds go on after a crash, and end later.
class StoredHoldEnd : public testing::Test {
 protected:
    StoredHoldEnd() {
        if (daemon_pid()) {
            crash_daemon();
        }
        systemd.start();
    }

    DescriptorStore systemd;
    Actor victim{"alice"};
    Client alice{"alice"};
};

TEST_F(StoredHoldEnd, after_a_crash_leaves_a_process_alone_that_is_roots_by_then) {
    const auto setuid_actor = setuid_copy(tool("actor"));
    const int hold = alice.hold(victim.pid(), "idle");
    systemd.stop(SIGKILL);
    victim.exec(setuid_actor);
    systemd.start();
    EXPECT_EQ(holds(), 1U);
    alice.end(hold);
    wait_out_settle_passes();
    EXPECT_EQ(victim.priorities(), (Breakdown{{"idle", 1}}));
}

/// Best-effort 4 with a hint, as a program that knows its disk sets it (include/uapi/linux/ioprio.h).
constexpr int with_hint = 0x400c;

TEST_F(HoldEnd, gives_hint_bits_back_as_they_were) {
    set_raw_priority(victim.pid(), with_hint);
    Client bob{"bob"};
    EXPECT_EQ(bob.try_hold(victim.pid(), "idle"), error::interaction_required);
    EXPECT_EQ(raw_priority(victim.pid()), with_hint);
    const int hold = alice.hold(victim.pid(), "idle");
    EXPECT_EQ(victim.priorities(), (Breakdown{{"idle", 1}}));
    alice.end(hold);
    EXPECT_EQ(raw_priority(victim.pid()), with_hint);
}

TEST_F(HoldEnd, of_several_on_one_process_gives_hint_bits_back_as_they_were) {
    set_raw_priority(victim.pid(), with_hint);
    const int first = alice.hold(victim.pid(), "idle");
    const int second = alice.hold(victim.pid(), "best-effort:1");
    alice.end(first);
    EXPECT_EQ(victim.priorities(), (Breakdown{{"best-effort:1", 1}}));
    alice.end(second);
    EXPECT_EQ(raw_priority(victim.pid()), with_hint);
}

TEST_F(HoldEnd, of_a_service_that_crashed_gives_hint_bits_back_as_they_were) {
    set_raw_priority(victim.pid(), with_hint);
    alice.hold(victim.pid(), "idle");
    crash_daemon();
    EXPECT_EQ(victim.priorities(), (Breakdown{{"idle", 1}}));
    EXPECT_EQ(holds(), 0U);  // starts it again
    EXPECT_EQ(raw_priority(victim.pid()), with_hint);
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
