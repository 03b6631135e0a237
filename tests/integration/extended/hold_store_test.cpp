// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// With systemd's file descriptor store holds outlive a crash of the service.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>

#include "descriptor_store.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class StoredHold : public testing::Test {
 protected:
    StoredHold() {
        systemd.start();
        set_rules(rule(set_realtime, "YES"));
    }
    /// kill -9, and started again.
    void crash() {
        systemd.stop(SIGKILL);
        systemd.start();
    }

    DescriptorStore systemd;
    const Target own{"alice", {"threads", "2"}};
    Client alice{"alice"};
};

TEST_F(StoredHold, is_given_to_systemd_and_taken_back_at_its_end) {
    EXPECT_THAT(systemd.stored(), IsEmpty());
    const int first = alice.hold(own.pid(), "idle");
    alice.hold(own.pid(), "best-effort:1");
    EXPECT_THAT(systemd.stored(), SizeIs(2));
    alice.close(first);
    EXPECT_TRUE(eventually([&] { return systemd.stored().size() == 1; }));
}

TEST_F(StoredHold, goes_on_after_a_crash) {
    set_all(own.pid(), "best-effort:6");
    const int hold = alice.hold(own.pid(), "realtime:0");
    const auto copy = alice.copy(hold);
    crash();
    EXPECT_EQ(holds(), 1U);
    EXPECT_EQ(own.priorities(), (Breakdown{{"realtime:0", 2}}));
    EXPECT_EQ(told_by(copy), "");
    EXPECT_THAT(systemd.stored(), SizeIs(1));
    crash();
    EXPECT_EQ(holds(), 1U);
    alice.close(hold);
    alice.describe(0);
    EXPECT_EQ(holds(), 1U);  // the copy
}

TEST_F(StoredHold, that_went_on_after_a_crash_ends_properly) {
    Actor actor{"alice"};
    set_thread(actor.pid(), "best-effort:6");
    const int below = alice.hold(actor.pid(), "realtime:0");
    const int above = alice.hold(actor.pid(), "idle");
    actor.thread();
    crash();
    EXPECT_EQ(holds(), 2U);
    EXPECT_EQ(actor.priorities(), (Breakdown{{"idle", 2}}));
    alice.close(below);
    EXPECT_TRUE(holds_become(1));
    EXPECT_EQ(actor.priorities(), (Breakdown{{"idle", 2}}));
    alice.close(above);
    EXPECT_TRUE(becomes(actor.pid(), {{"best-effort:6", 2}}));
    EXPECT_TRUE(eventually([&] { return systemd.stored().empty(); }));
    EXPECT_TRUE(eventually([] { return std::filesystem::is_empty("/run/iopriority"); }));
}

TEST_F(StoredHold, whose_holder_has_gone_meanwhile_ends_when_the_service_is_back) {
    const int hold = alice.hold(own.pid(), "realtime:0");
    systemd.stop(SIGKILL);
    alice.close(hold);
    EXPECT_EQ(own.priorities(), (Breakdown{{"realtime:0", 2}}));
    systemd.start();
    EXPECT_TRUE(becomes(own.pid(), {{"none", 2}}));
    EXPECT_TRUE(holds_become(0));
}

TEST_F(StoredHold, that_was_overruled_stays_so_after_a_crash) {
    const int hold = alice.hold(own.pid(), "idle");
    auto copy = alice.copy(hold);
    EXPECT_EQ(alice.set(own.pid(), "idle"), "ok 1 2");
    EXPECT_EQ(told_by(copy), "overruled");
    crash();
    EXPECT_EQ(holds(), 1U);
    EXPECT_EQ(told_by(copy), "overruled");
    copy.reset();
    alice.close(hold);
    EXPECT_TRUE(holds_become(0));
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 2}}));
}

TEST_F(StoredHold, counts_for_the_limit_of_its_holder_after_a_crash) {
    for (std::size_t i = 1; i <= 16; ++i) {
        alice.hold(own.pid(), "idle");
        EXPECT_THAT(systemd.stored(), SizeIs(i));
    }
    crash();
    EXPECT_EQ(holds(), 16U);
    EXPECT_EQ(alice.try_hold(own.pid(), "idle"), error::limits_exceeded);
}

TEST_F(StoredHold, is_not_mixed_up_with_a_later_one) {
    const int first = alice.hold(own.pid(), "idle");
    crash();
    const int second = alice.hold(own.pid(), "best-effort:1");
    EXPECT_THAT(systemd.stored(), SizeIs(2));
    crash();
    EXPECT_EQ(holds(), 2U);
    alice.close(first);
    EXPECT_TRUE(holds_become(1));
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:1", 2}}));
    alice.close(second);
    EXPECT_TRUE(becomes(own.pid(), {{"none", 2}}));
}

TEST_F(StoredHold, that_systemd_has_lost_ends) {
    const auto kept = alice.copy(alice.hold(own.pid(), "realtime:0"));
    systemd.stop(SIGKILL);
    systemd.forget();
    systemd.start();
    EXPECT_EQ(holds(), 0U);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
    EXPECT_EQ(told_by(kept), "lost");
}

TEST_F(StoredHold, that_systemd_has_lost_leaves_to_an_older_one_nothing_that_was_set_by_itself) {
    const int older = alice.hold(own.pid(), "best-effort:1");
    const auto& [name_of_older, descriptor] = *systemd.stored().begin();
    const auto name = name_of_older;
    Descriptor copy{fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 0)};
    alice.hold(own.pid(), "idle");
    set_all(own.pid(), "none");
    systemd.stop(SIGKILL);
    systemd.forget();
    systemd.add(name, std::move(copy));
    systemd.start();
    EXPECT_EQ(holds(), 1U);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
    alice.end(older);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
}

TEST_F(StoredHold, that_nothing_is_known_of_is_let_go) {
    const auto kept = alice.copy(alice.hold(own.pid(), "realtime:0"));
    systemd.stop(SIGKILL);
    for (const auto& stored : std::filesystem::directory_iterator{"/run/iopriority"}) {
        std::filesystem::remove(stored);
    }
    systemd.add("something", Descriptor{open("/dev/null", O_RDONLY | O_CLOEXEC)});
    systemd.start();
    EXPECT_EQ(holds(), 0U);
    EXPECT_TRUE(eventually([&] { return systemd.stored().empty(); }));
    EXPECT_EQ(told_by(kept), "lost");
}

TEST_F(StoredHold, whose_process_ended_during_the_crash_is_let_go) {
    auto actor = std::make_unique<Actor>("alice");
    const auto kept = alice.copy(alice.hold(actor->pid(), "idle"));
    systemd.stop(SIGKILL);
    actor->child().finish();
    systemd.start();
    EXPECT_EQ(holds(), 0U);
    EXPECT_TRUE(eventually([&] { return systemd.stored().empty(); }));
    EXPECT_EQ(told_by(kept), "lost");
}

TEST_F(StoredHold, ends_with_a_service_that_is_stopped_in_order) {
    alice.hold(own.pid(), "realtime:0");
    systemd.stop(SIGTERM);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
    EXPECT_THAT(systemd.stored(), IsEmpty());
    EXPECT_TRUE(std::filesystem::is_empty("/run/iopriority"));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
