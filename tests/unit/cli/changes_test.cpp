// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What is said of a change that did not reach all.
#include "cli/changes.hpp"

#include <gtest/gtest.h>

#include "../client/child.hpp"

namespace iopriority::cli {

namespace {

using client::test::Child;

class AListOfWhichTwoHaveEnded : public testing::Test {
 protected:
    /// @param then how many had ended when it was set
    std::string said(unsigned then) {
        Client client;
        testing::internal::CaptureStderr();
        const Changed changed{1, 1, false, {}, {}, {{"ended", then}}};
        EXPECT_EQ(complain_of_ended(client, {}, subject_of({first_, second_, alive_.pid()}), changed).size(), 2U);
        return testing::internal::GetCapturedStderr();
    }
    [[nodiscard]] std::string both() const { return of(std::min(first_, second_)) + of(std::max(first_, second_)); }

 private:
    static pid_t ended() {
        Child child(0);
        const pid_t pid = child.pid();
        child.end();
        return pid;
    }
    static std::string of(pid_t pid) {
        return "ioprioctl: process " + std::to_string(pid) + " does not exist, or has ended\n";
    }

    Child alive_{0};
    pid_t first_ = ended();
    pid_t second_ = ended();
};

TEST_F(AListOfWhichTwoHaveEnded, has_them_named) {
    EXPECT_EQ(said(2), both());
}

TEST_F(AListOfWhichTwoHaveEnded, has_no_others_if_one_ended_after_it_was_set) {
    EXPECT_EQ(said(1), both());
}

TEST_F(AListOfWhichTwoHaveEnded, has_others_if_more_had_ended_than_can_be_named) {
    EXPECT_EQ(said(3), both() + "ioprioctl: 1 more process does not exist, or has ended\n");
}

}  // namespace

}  // namespace iopriority::cli
