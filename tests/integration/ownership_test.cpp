// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Whose a process is: what looks like the caller's and is not, and what the kernel itself would let the caller do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string number_of(const std::string& user) {
    return std::to_string(uid_of(user));
}

class Ownership : public testing::Test {
 protected:
    Caller alice{"alice"};
    PolkitMonitor polkit;
};

TEST_F(Ownership, a_setuid_program_of_the_caller_counts_as_anothers) {
    const Target setuid{"root", {"uids", number_of("alice"), "0"}};
    EXPECT_EQ(alice.set_process(setuid.pid(), "idle", 0), error::interaction_required);
    EXPECT_EQ(setuid.priorities(), (Breakdown{{"none", 1}}));
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users));
    EXPECT_EQ(alice.set_process(setuid.pid(), "realtime", 0), error::interaction_required);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users_realtime));
}

TEST_F(Ownership, a_program_with_a_capability_that_the_caller_lacks_counts_as_anothers) {
    const Target capable{"root", {"capability", number_of("alice")}};
    EXPECT_EQ(alice.set_process(capable.pid(), "idle", 0), error::interaction_required);
    EXPECT_EQ(capable.priorities(), (Breakdown{{"none", 1}}));
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users));
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(alice.set_process(capable.pid(), "idle", 0), "ok 1");
    EXPECT_EQ(capable.priorities(), (Breakdown{{"idle", 1}}));
}

TEST_F(Ownership, the_effective_user_id_of_a_target_does_not_make_it_the_callers) {
    const Target disguised{"root", {"uids", number_of("bob"), number_of("alice")}};
    EXPECT_EQ(alice.set_process(disguised.pid(), "idle", 0), error::interaction_required);
    EXPECT_EQ(disguised.priorities(), (Breakdown{{"none", 1}}));
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users));
}

TEST_F(Ownership, a_thread_of_the_caller_does_not_make_anothers_process_the_callers) {
    const Target mixed{"root", {"thread-uid", "3", number_of("alice")}};
    EXPECT_EQ(alice.set_process(mixed.pid(), "idle", 0), error::interaction_required);
    EXPECT_EQ(mixed.priorities(), (Breakdown{{"none", 3}}));
}

TEST_F(Ownership, root_needs_no_password_for_anything) {
    Caller root{"root"};
    const Target bobs{"bob", {"threads", "2"}};
    EXPECT_EQ(root.set_process(bobs.pid(), "realtime", 0), "ok 2");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"realtime:0", 2}}));
}

TEST_F(Ownership, a_rule_can_allow_one_program_to_one_group) {
    set_rules(
        "polkit.addRule(function(action, subject) {\n"
        "    if (action.id == 'org.example.IoPriority.set-other-users' && subject.isInGroup('backup') &&\n"
        "        action.lookup('program') == 'target' && action.lookup('io-class') == 'idle') {\n"
        "        return polkit.Result.YES;\n    }\n});\n");
    const Target bobs{"bob", {"threads", "2"}};
    Caller carol{"carol"};
    EXPECT_EQ(alice.set_process(bobs.pid(), "idle", 0), error::interaction_required);
    EXPECT_EQ(carol.set_process(bobs.pid(), "best-effort", 0), error::interaction_required);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 2}}));
    EXPECT_EQ(carol.set_process(bobs.pid(), "idle", 0), "ok 2");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 2}}));
}

TEST_F(Ownership, zero_is_the_calling_process_alone) {
    EXPECT_EQ(alice.set_process(0, "realtime", 0), error::interaction_required);
    EXPECT_EQ(alice.set_process(0, "idle", 0), "ok 1");
    EXPECT_EQ(priorities_of(alice.pid()), (Breakdown{{"idle", 1}}));
    EXPECT_EQ(alice.get(0), "ok idle 0");
    EXPECT_EQ(priorities_of(*daemon_pid()).count("idle"), 0U);
}

TEST_F(Ownership, reading_is_open_to_all) {
    const Target bobs{"bob", {"threads", "2"}};
    set_all(bobs.pid(), "realtime:2");
    EXPECT_EQ(alice.get(bobs.pid()), "ok realtime 2");
    EXPECT_EQ(alice.get(1).words.substr(0, 2), "ok");
    EXPECT_THAT(polkit.actions(), IsEmpty());
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
