// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The table of the contract: who, on whose process, which priority -> which action of polkit.
#include "authorization/action.hpp"

#include <gtest/gtest.h>

#include <array>

namespace iopriority::authorization {
namespace {

using kernel::Owner;

constexpr uid_t root = 0;
constexpr uid_t alice = 1000;
constexpr uid_t bob = 1001;
constexpr bool plain = false;
constexpr bool privileged = true;

const std::array<Priority, 4> not_realtime{Priority::none(), Priority::best_effort(0), Priority::best_effort(7),
                                           Priority::idle()};

TEST(AProcess, OfAnotherUserIsNotTheCallers) {
    EXPECT_FALSE(is_own(alice, Owner{bob, plain}));
    EXPECT_FALSE(is_own(alice, Owner{root, plain}));
    EXPECT_FALSE(is_own(alice, Owner{static_cast<uid_t>(-1), plain}));
}

TEST(AProcess, ThatHoldsCapabilitiesIsNotItsPlainOwners) {
    EXPECT_FALSE(is_own(alice, Owner{alice, privileged})) << "a setuid program";
    EXPECT_FALSE(is_own(alice, Owner{root, privileged}));
}

TEST(AProcess, OfAnotherUserIsNotRootsEither) {
    EXPECT_FALSE(is_own(root, Owner{alice, plain}));
    EXPECT_FALSE(is_own(root, Owner{alice, privileged}));
}

TEST(AProcess, OfTheCallersRealUidWithoutCapabilitiesIsTheCallers) {
    EXPECT_TRUE(is_own(alice, Owner{alice, plain}));
    EXPECT_TRUE(is_own(root, Owner{root, plain}));
    EXPECT_TRUE(is_own(root, Owner{root, privileged}));
}

TEST(AnAction, IsAlwaysNeededForRealtime) {
    for (unsigned level = 0; level <= Priority::lowest_level; ++level) {
        EXPECT_EQ(required(false, Priority::realtime(level)), Action::set_other_users_realtime);
        EXPECT_EQ(required(true, Priority::realtime(level)), Action::set_realtime);
    }
}

TEST(AnAction, IsNeededForEverythingOnAnothersProcess) {
    for (const auto& priority : not_realtime) {
        EXPECT_EQ(required(false, priority), Action::set_other_users) << priority.to_string();
    }
}

TEST(AnAction, IsNotNeededForWhatTheKernelLetsAnOwnerDoUnaided) {
    for (const auto& priority : not_realtime) {
        EXPECT_EQ(required(true, priority), Action::none) << priority.to_string();
    }
}

TEST(AnAction, IsStricterTheLaterItStands) {
    EXPECT_LT(Action::none, Action::set_realtime);
    EXPECT_LT(Action::set_realtime, Action::set_other_users);
    EXPECT_LT(Action::set_other_users, Action::set_other_users_realtime);
}

TEST(AnAction, HasTheNameOfTheContract) {
    EXPECT_STREQ(id(Action::set_realtime), "org.example.IoPriority.set-realtime");
    EXPECT_STREQ(id(Action::set_other_users), "org.example.IoPriority.set-other-users");
    EXPECT_STREQ(id(Action::set_other_users_realtime), "org.example.IoPriority.set-other-users-realtime");
    EXPECT_STREQ(id(Action::none), "-");
    EXPECT_STREQ(id(static_cast<Action>(200)), "-");
}

}  // namespace
}  // namespace iopriority::authorization
