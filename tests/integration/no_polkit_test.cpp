// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// A system without polkit: what needs it is refused, in words; what does not works.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::HasSubstr;

class WithoutPolkit : public testing::Test {
 protected:
    Target own{"alice", {"threads", "3"}};
    Target bobs{"bob", {"threads", "2"}};
    Caller alice{"alice"};
};

TEST_F(WithoutPolkit, what_needs_it_is_refused) {
    for (const auto dialog : {Dialog::forbidden, Dialog::allowed}) {
        const auto answer = alice.set_process(bobs.pid(), "idle", 0, dialog);
        EXPECT_EQ(answer, error::authority_unavailable);
        EXPECT_THAT(answer.text, HasSubstr("polkit"));
        EXPECT_EQ(alice.set_process(own.pid(), "realtime", 0, dialog), error::authority_unavailable);
        EXPECT_EQ(alice.set_user(uid_of("bob"), "idle", 0, dialog), error::authority_unavailable);
    }
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 2}}));
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 3}}));
}

TEST_F(WithoutPolkit, even_root_is_refused_what_needs_it) {
    Caller root{"root"};
    EXPECT_EQ(root.set_process(bobs.pid(), "idle", 0), error::authority_unavailable);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 2}}));
}

TEST_F(WithoutPolkit, what_the_caller_may_do_anyway_works) {
    EXPECT_EQ(alice.set_process(own.pid(), "idle", 0), "ok 3");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_EQ(alice.get(own.pid()), "ok idle 0");
    EXPECT_EQ(alice.get(bobs.pid()), "ok none 0");
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv, {"--no-polkit"});
}
