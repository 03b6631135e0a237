// SPDX-FileCopyrightText: The iopriority authors
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

TEST(AThread, of_another_user_is_not_the_callers) {
    EXPECT_FALSE(is_own(alice, Credentials{bob, plain}));
    EXPECT_FALSE(is_own(alice, Credentials{root, plain}));
    EXPECT_FALSE(is_own(alice, Credentials{static_cast<uid_t>(-1), plain}));
}

TEST(AThread, that_holds_capabilities_is_not_its_plain_owners) {
    EXPECT_FALSE(is_own(alice, Credentials{alice, privileged})) << "a setuid program";
    EXPECT_FALSE(is_own(alice, Credentials{root, privileged}));
}

TEST(AThread, of_another_user_is_not_roots_either) {
    EXPECT_FALSE(is_own(root, Credentials{alice, plain}));
    EXPECT_FALSE(is_own(root, Credentials{alice, privileged}));
}

TEST(AThread, of_the_callers_real_uid_without_capabilities_is_the_callers) {
    EXPECT_TRUE(is_own(alice, Credentials{alice, plain}));
    EXPECT_TRUE(is_own(root, Credentials{root, plain}));
    EXPECT_TRUE(is_own(root, Credentials{root, privileged}));
}

TEST(AnAction, is_always_needed_for_realtime) {
    for (unsigned level = 0; level <= Priority::lowest_level; ++level) {
        const auto realtime = Priority::realtime(level);
        for (const auto& others : all_others) {
            EXPECT_EQ(required(alice, others, realtime), Action::set_other_users_realtime);
        }
        EXPECT_EQ(required(alice, alices, realtime), Action::set_realtime);
        EXPECT_EQ(required(root, {root, privileged}, realtime), Action::set_realtime);
    }
}

TEST(AnAction, is_needed_for_everything_on_anothers_thread) {
    for (const auto& priority : not_realtime) {
        for (const auto& others : all_others) {
            EXPECT_EQ(required(alice, others, priority), Action::set_other_users) << priority.to_string();
        }
        EXPECT_EQ(required(root, alices, priority), Action::set_other_users) << priority.to_string();
    }
}

TEST(AnAction, is_not_needed_for_what_the_kernel_lets_an_owner_do_unaided) {
    for (const auto& priority : not_realtime) {
        EXPECT_EQ(required(alice, alices, priority), Action::none) << priority.to_string();
        EXPECT_EQ(required(root, {root, privileged}, priority), Action::none) << priority.to_string();
    }
}

TEST(AnAction, is_stricter_the_later_it_stands) {
    EXPECT_LT(Action::none, Action::set_realtime);
    EXPECT_LT(Action::set_realtime, Action::set_other_users);
    EXPECT_LT(Action::set_other_users, Action::set_other_users_realtime);
}

TEST(AnAction, has_the_name_of_the_contract) {
    EXPECT_STREQ(id(Action::set_realtime), "org.example.IoPriority.set-realtime");
    EXPECT_STREQ(id(Action::set_other_users), "org.example.IoPriority.set-other-users");
    EXPECT_STREQ(id(Action::set_other_users_realtime), "org.example.IoPriority.set-other-users-realtime");
    EXPECT_STREQ(id(Action::none), "-");
    EXPECT_STREQ(id(static_cast<Action>(200)), "-");
}

}  // namespace
}  // namespace iopriority::policy
