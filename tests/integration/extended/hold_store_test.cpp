// SPDX-License-Identifier: LGPL-2.1-or-later
// With systemd's file descriptor store leases outlive a crash of the service.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
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

[[nodiscard]] bool is_readable(const Descriptor& descriptor) {
    pollfd event{descriptor.get(), POLLIN, 0};
    return poll(&event, 1, 0) > 0;
}

class StoredLease : public testing::Test {
 protected:
    StoredLease() {
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

TEST_F(StoredLease, is_given_to_systemd_and_taken_back_at_its_end) {
    EXPECT_THAT(systemd.stored(), IsEmpty());
    const int first = alice.hold(own.pid(), "idle");
    alice.hold(own.pid(), "best-effort:1");
    EXPECT_THAT(systemd.stored(), SizeIs(2));
    alice.close(first);
    EXPECT_TRUE(eventually([&] { return systemd.stored().size() == 1; }));
}

TEST_F(StoredLease, goes_on_after_a_crash) {
    set_all(own.pid(), "best-effort:6");
    const int lease = alice.hold(own.pid(), "realtime:0");
    const auto copy = alice.copy(lease);
    crash();
    EXPECT_EQ(leases(), 1U);
    EXPECT_EQ(own.priorities(), (Breakdown{{"realtime:0", 2}}));
    EXPECT_FALSE(is_readable(copy));
    EXPECT_THAT(systemd.stored(), SizeIs(1));
    crash();
    EXPECT_EQ(leases(), 1U);
    alice.close(lease);
    alice.call("DescribeProcess u 0");
    EXPECT_EQ(leases(), 1U);  // the copy
}

TEST_F(StoredLease, that_went_on_after_a_crash_ends_properly) {
    Actor actor{"alice"};
    set_thread(actor.pid(), "best-effort:6");
    const int below = alice.hold(actor.pid(), "realtime:0");
    const int above = alice.hold(actor.pid(), "idle");
    actor.thread();
    crash();
    EXPECT_EQ(leases(), 2U);
    EXPECT_EQ(actor.priorities(), (Breakdown{{"idle", 2}}));
    alice.close(below);
    EXPECT_TRUE(leases_become(1));
    EXPECT_EQ(actor.priorities(), (Breakdown{{"idle", 2}}));
    alice.close(above);
    EXPECT_TRUE(becomes(actor.pid(), {{"best-effort:6", 2}}));
    EXPECT_TRUE(eventually([&] { return systemd.stored().empty(); }));
    EXPECT_TRUE(eventually([] { return std::filesystem::is_empty("/run/iopriority"); }));
}

TEST_F(StoredLease, whose_holder_has_gone_meanwhile_ends_when_the_service_is_back) {
    const int lease = alice.hold(own.pid(), "realtime:0");
    systemd.stop(SIGKILL);
    alice.close(lease);
    EXPECT_EQ(own.priorities(), (Breakdown{{"realtime:0", 2}}));
    systemd.start();
    EXPECT_TRUE(becomes(own.pid(), {{"none", 2}}));
    EXPECT_TRUE(leases_become(0));
}

TEST_F(StoredLease, that_was_overruled_stays_so_after_a_crash) {
    const int lease = alice.hold(own.pid(), "idle");
    EXPECT_EQ(alice.set(own.pid(), "idle"), "ok 1 2");
    crash();
    EXPECT_EQ(leases(), 1U);
    alice.close(lease);
    EXPECT_TRUE(leases_become(0));
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 2}}));
}

TEST_F(StoredLease, counts_for_the_limit_of_its_holder_after_a_crash) {
    for (std::size_t i = 1; i <= 16; ++i) {
        alice.hold(own.pid(), "idle");
        EXPECT_THAT(systemd.stored(), SizeIs(i));
    }
    crash();
    EXPECT_EQ(leases(), 16U);
    EXPECT_EQ(alice.try_hold(own.pid(), "idle"), error::limits_exceeded);
}

TEST_F(StoredLease, is_not_mixed_up_with_a_later_one) {
    const int first = alice.hold(own.pid(), "idle");
    crash();
    const int second = alice.hold(own.pid(), "best-effort:1");
    EXPECT_THAT(systemd.stored(), SizeIs(2));
    crash();
    EXPECT_EQ(leases(), 2U);
    alice.close(first);
    EXPECT_TRUE(leases_become(1));
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:1", 2}}));
    alice.close(second);
    EXPECT_TRUE(becomes(own.pid(), {{"none", 2}}));
}

TEST_F(StoredLease, that_systemd_has_lost_ends) {
    const auto kept = alice.copy(alice.hold(own.pid(), "realtime:0"));
    systemd.stop(SIGKILL);
    systemd.forget();
    systemd.start();
    EXPECT_EQ(leases(), 0U);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
    EXPECT_TRUE(is_readable(kept));
}

TEST_F(StoredLease, that_nothing_is_known_of_is_let_go) {
    const auto kept = alice.copy(alice.hold(own.pid(), "realtime:0"));
    systemd.stop(SIGKILL);
    std::filesystem::remove(std::filesystem::directory_iterator { "/run/iopriority" } -> path());
    systemd.add("something", Descriptor{open("/dev/null", O_RDONLY | O_CLOEXEC)});
    systemd.start();
    EXPECT_EQ(leases(), 0U);
    EXPECT_TRUE(eventually([&] { return systemd.stored().empty(); }));
    EXPECT_TRUE(is_readable(kept));
}

TEST_F(StoredLease, whose_process_ended_during_the_crash_is_let_go) {
    auto actor = std::make_unique<Actor>("alice");
    const auto kept = alice.copy(alice.hold(actor->pid(), "idle"));
    systemd.stop(SIGKILL);
    actor->child().finish();
    systemd.start();
    EXPECT_EQ(leases(), 0U);
    EXPECT_TRUE(eventually([&] { return systemd.stored().empty(); }));
    EXPECT_TRUE(is_readable(kept));
}

TEST_F(StoredLease, ends_with_a_service_that_is_stopped_in_order) {
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
