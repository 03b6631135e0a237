// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The table of the contract: who, on whose thread, which priority -> which polkit action.
#include "policy/rule.hpp"

#include <gtest/gtest.h>

#include <array>

namespace iopriority::policy {
namespace {

using process::Credentials;

constexpr uid_t root = 0;
constexpr uid_t alice = 1000;
constexpr uid_t bob = 1001;
constexpr bool plain = false;
constexpr bool privileged = true;

const std::array<Priority, 4> not_realtime{Priority::none(), Priority::best_effort(0), Priority::best_effort(7),
                                           Priority::idle()};

constexpr Credentials alices{alice, plain};
/// To alice: a setuid program of her own among them.
const std::array<Credentials, 5> all_others{Credentials{bob, plain}, Credentials{bob, privileged},
                                            Credentials{root, plain}, Credentials{root, privileged},
                                            Credentials{alice, privileged}};

TEST(AThread, OfAnotherUserIsNotTheCallers) {
    EXPECT_FALSE(is_own(alice, Credentials{bob, plain}));
    EXPECT_FALSE(is_own(alice, Credentials{root, plain}));
    EXPECT_FALSE(is_own(alice, Credentials{static_cast<uid_t>(-1), plain}));
}

TEST(AThread, ThatHoldsCapabilitiesIsNotItsPlainOwners) {
    EXPECT_FALSE(is_own(alice, Credentials{alice, privileged})) << "a setuid program";
    EXPECT_FALSE(is_own(alice, Credentials{root, privileged}));
}

TEST(AThread, OfAnotherUserIsNotRootsEither) {
    EXPECT_FALSE(is_own(root, Credentials{alice, plain}));
    EXPECT_FALSE(is_own(root, Credentials{alice, privileged}));
}

TEST(AThread, OfTheCallersRealUidWithoutCapabilitiesIsTheCallers) {
    EXPECT_TRUE(is_own(alice, Credentials{alice, plain}));
    EXPECT_TRUE(is_own(root, Credentials{root, plain}));
    EXPECT_TRUE(is_own(root, Credentials{root, privileged}));
}

TEST(AnAction, IsAlwaysNeededForRealtime) {
    for (unsigned level = 0; level <= Priority::lowest_level; ++level) {
        const auto realtime = Priority::realtime(level);
        for (const auto& others : all_others) {
            EXPECT_EQ(required(alice, others, realtime), Action::set_other_users_realtime);
        }
        EXPECT_EQ(required(alice, alices, realtime), Action::set_realtime);
        EXPECT_EQ(required(root, {root, privileged}, realtime), Action::set_realtime);
    }
}

TEST(AnAction, IsNeededForEverythingOnAnothersThread) {
    for (const auto& priority : not_realtime) {
        for (const auto& others : all_others) {
            EXPECT_EQ(required(alice, others, priority), Action::set_other_users) << priority.to_string();
        }
        EXPECT_EQ(required(root, alices, priority), Action::set_other_users) << priority.to_string();
    }
}

TEST(AnAction, IsNotNeededForWhatTheKernelLetsAnOwnerDoUnaided) {
    for (const auto& priority : not_realtime) {
        EXPECT_EQ(required(alice, alices, priority), Action::none) << priority.to_string();
        EXPECT_EQ(required(root, {root, privileged}, priority), Action::none) << priority.to_string();
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
}  // namespace iopriority::policy
