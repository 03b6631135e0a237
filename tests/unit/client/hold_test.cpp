// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the holder sees of a hold: the reading end of a pipe, of which the test has the other.
#include <iopriority.h>

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <utility>

#include <iopriority/hold.hpp>

#include "process/unique_fd.hpp"

namespace iopriority::client::test {

namespace {

struct A_hold : ::testing::Test {
    A_hold() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe(ends.data()), 0);
        hold = Hold(ends[0], Changed{.processes = 1, .threads = 3});
        service.reset(ends[1]);
    }

    /// As the service does when somebody sets held threads.
    void overrule() const { EXPECT_EQ(::write(service.get(), "o", 1), 1); }

    Hold hold;
    process::UniqueFd service;
};

}  // namespace

TEST_F(A_hold, of_nothing_is_neither_active_nor_overruled) {
    EXPECT_FALSE(Hold().active());
    EXPECT_FALSE(Hold().overruled());
    EXPECT_EQ(iopriority_hold_is_active(-1), 0);
    EXPECT_EQ(iopriority_hold_is_overruled(-1), 0);
}

TEST_F(A_hold, is_not_active_once_its_descriptor_is_closed_by_others) {
    ::close(hold.descriptor());
    EXPECT_FALSE(hold.active());
    EXPECT_FALSE(hold.overruled());
    static_cast<void>(hold.detach());
}

TEST_F(A_hold, is_lost_when_the_service_closes_its_end) {
    service.reset();
    EXPECT_FALSE(hold.active());
    EXPECT_FALSE(hold.overruled());
    EXPECT_EQ(iopriority_hold_is_active(hold.descriptor()), 0);
}

TEST_F(A_hold, is_active_and_not_overruled_from_its_beginning) {
    EXPECT_TRUE(hold.active());
    EXPECT_FALSE(hold.overruled());
    EXPECT_EQ(iopriority_hold_is_active(hold.descriptor()), 1);
    EXPECT_EQ(iopriority_hold_is_overruled(hold.descriptor()), 0);
}

TEST_F(A_hold, stays_active_when_it_is_overruled) {
    overrule();
    EXPECT_TRUE(hold.active());
    EXPECT_TRUE(hold.overruled());
    EXPECT_EQ(iopriority_hold_is_active(hold.descriptor()), 1);
    EXPECT_EQ(iopriority_hold_is_overruled(hold.descriptor()), 1);
}

TEST_F(A_hold, is_still_overruled_when_it_is_asked_again_and_when_it_is_lost) {
    overrule();
    EXPECT_TRUE(hold.overruled());
    service.reset();
    EXPECT_FALSE(hold.active());
    EXPECT_TRUE(hold.overruled());
}

TEST_F(A_hold, takes_what_its_beginning_has_done_along) {
    Hold moved(std::move(hold));
    EXPECT_EQ(moved.changed().threads, 3U);
    Hold assigned;
    assigned = std::move(moved);
    EXPECT_EQ(assigned.changed().threads, 3U);
    EXPECT_TRUE(assigned.active());
}

}  // namespace iopriority::client::test
