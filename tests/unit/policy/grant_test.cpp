// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What was allowed, asked about every thread: whom it does not admit comes first.
#include "policy/grant.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace iopriority::policy {
namespace {

using process::Credentials;

constexpr uid_t root = 0;
constexpr uid_t alice = 1000;
constexpr uid_t bob = 1001;
constexpr Credentials alices{alice, false};
constexpr Credentials alices_setuid{alice, true};
constexpr Credentials bobs{bob, false};
constexpr Credentials bobs_setuid{bob, true};
constexpr Credentials roots{root, true};

const Priority idle = Priority::idle();
const Priority realtime = Priority::realtime(0);
const std::array<Priority, 4> not_realtime{Priority::none(), Priority::best_effort(0), Priority::best_effort(7), idle};

TEST(A_grant_of_what_is_ones_own, admits_no_thread_of_others_and_no_privileged_one) {
    for (const auto& priority : not_realtime) {
        for (const auto& others : {bobs, bobs_setuid, roots, alices_setuid}) {
            EXPECT_FALSE(Grant::own(alice).admits(others, priority));
        }
    }
}

TEST(A_grant_of_what_is_ones_own, admits_no_realtime) {
    EXPECT_FALSE(Grant::own(alice).admits(alices, realtime));
    EXPECT_FALSE(Grant::own(root).admits(roots, realtime));
}

TEST(A_grant_of_what_is_ones_own, admits_what_the_kernel_lets_an_owner_do) {
    for (const auto& priority : not_realtime) {
        EXPECT_TRUE(Grant::own(alice).admits(alices, priority));
        EXPECT_TRUE(Grant::own(root).admits(roots, priority));
    }
}

TEST(A_grant_of_what_is_ones_own, does_not_admit_all_threads_of_anybody_but_root) {
    EXPECT_FALSE(Grant::own(alice).admits_all_of(bob, idle));
    EXPECT_FALSE(Grant::own(alice).admits_all_of(alice, idle)) << "one may be privileged, or become so";
    EXPECT_FALSE(Grant::own(root).admits_all_of(alice, idle));
    EXPECT_TRUE(Grant::own(root).admits_all_of(root, idle));
}

TEST(A_grant_of_ones_own_user, admits_no_thread_of_others_and_no_realtime) {
    const auto grant = Grant::own_user(alice);
    for (const auto& others : {bobs, bobs_setuid, roots}) {
        EXPECT_FALSE(grant.admits(others, idle));
    }
    EXPECT_FALSE(grant.admits(alices, realtime));
    EXPECT_FALSE(grant.admits(alices_setuid, realtime));
    EXPECT_FALSE(grant.admits_all_of(alice, realtime));
    EXPECT_FALSE(grant.admits_all_of(bob, idle));
}

TEST(A_grant_of_ones_own_user, covers_privileged_threads_too_the_one_exception) {
    for (const auto& priority : not_realtime) {
        EXPECT_TRUE(Grant::own_user(alice).admits(alices, priority));
        EXPECT_TRUE(Grant::own_user(alice).admits(alices_setuid, priority));
        EXPECT_TRUE(Grant::own_user(alice).admits_all_of(alice, priority));
    }
}

TEST(A_given_grant, admits_no_owner_that_polkit_was_not_told_of) {
    for (const auto action : {Action::set_other_users, Action::set_other_users_realtime}) {
        const auto grant = Grant::given(alice, action, {bob});
        EXPECT_FALSE(grant.admits(roots, idle));
        EXPECT_FALSE(grant.admits({root, false}, idle));
        EXPECT_FALSE(grant.admits(alices_setuid, idle)) << "a privileged thread of the caller is not bob's either";
        EXPECT_FALSE(grant.admits_all_of(root, idle));
    }
    EXPECT_FALSE(Grant::given(alice, Action::set_other_users_realtime, {bob}).admits(roots, realtime));
    EXPECT_FALSE(Grant::given(alice, Action::set_other_users_realtime, {}).admits(bobs, idle));
}

TEST(A_given_grant, admits_no_stricter_action_than_the_one_that_was_given) {
    EXPECT_FALSE(Grant::given(alice, Action::set_other_users, {bob}).admits(bobs, realtime));
    EXPECT_FALSE(Grant::given(alice, Action::set_other_users, {bob}).admits_all_of(bob, realtime));
    EXPECT_FALSE(Grant::given(alice, Action::set_realtime, {alice}).admits(alices_setuid, idle));
    EXPECT_FALSE(Grant::given(alice, Action::set_realtime, {alice}).admits(alices_setuid, realtime));
    EXPECT_FALSE(Grant::given(alice, Action::set_realtime, {alice, bob}).admits(bobs, idle));
    EXPECT_FALSE(Grant::given(alice, Action::set_realtime, {bob}).admits(alices, realtime))
        << "polkit was not told of alice";
}

TEST(A_given_grant, admits_the_owners_it_was_given_for_and_what_takes_no_grant) {
    const auto others = Grant::given(alice, Action::set_other_users, {alice, bob});
    EXPECT_TRUE(others.admits(bobs, idle));
    EXPECT_TRUE(others.admits(bobs_setuid, idle));
    EXPECT_TRUE(others.admits(alices_setuid, idle));
    EXPECT_TRUE(others.admits(alices, idle));
    EXPECT_TRUE(others.admits_all_of(bob, idle));
    EXPECT_TRUE(Grant::given(alice, Action::set_other_users, {bob}).admits(alices, idle)) << "her own";
    EXPECT_TRUE(Grant::given(alice, Action::set_realtime, {alice}).admits(alices, realtime));
    EXPECT_TRUE(Grant::given(alice, Action::set_other_users_realtime, {bob}).admits(bobs, realtime));
    EXPECT_TRUE(Grant::given(alice, Action::set_other_users_realtime, {bob}).admits(bobs, idle));
}

TEST(A_grant_of_everything, admits_everything) {
    const auto grant = Grant::everything(alice);
    for (const auto& thread : {alices, alices_setuid, bobs, bobs_setuid, roots}) {
        EXPECT_TRUE(grant.admits(thread, idle));
        EXPECT_TRUE(grant.admits(thread, realtime));
        EXPECT_TRUE(grant.admits_all_of(thread.real_uid, realtime));
    }
    EXPECT_TRUE(grant.admits_everything());
    EXPECT_FALSE(Grant::own(root).admits_everything());
    EXPECT_FALSE(Grant::own_user(root).admits_everything());
    EXPECT_FALSE(Grant::given(root, Action::set_other_users_realtime, {root}).admits_everything());
}

TEST(A_grant_that_was_not_made, is_that_of_roots_own) {
    EXPECT_EQ(Grant{}, Grant::own(root));
}

class A_bad_text : public ::testing::TestWithParam<const char*> {};

TEST_P(A_bad_text, is_no_grant) {
    auto grant = Grant::own(bob);
    EXPECT_FALSE(Grant::from_text(alice, GetParam(), grant));
}

INSTANTIATE_TEST_SUITE_P(, A_bad_text,
                         ::testing::Values("", "-", "own ", " own", "Own", "own:0", "none", "none:0", "everything:0",
                                           "own-user:1000", "set-other", "set-other-usersx:0", ":0",
                                           "set-other-users:", "set-other-users:,", "set-other-users:0,",
                                           "set-other-users:,0", "set-other-users:0:1", "set-other-users:0 1",
                                           "set-other-users:x", "set-other-users:-1", "set-other-users:+1",
                                           "set-other-users:4294967296", "set-other-users,0", "set-other-users:0x1",
                                           "org.example.IoPriority.set-other-users:0"));

TEST(The_text_of_a_grant, is_one_word) {
    EXPECT_EQ(Grant::own(alice).to_text(), "own");
    EXPECT_EQ(Grant::own_user(alice).to_text(), "own-user");
    EXPECT_EQ(Grant::everything(root).to_text(), "everything");
    EXPECT_EQ(Grant::given(alice, Action::set_other_users, {bob, root}).to_text(), "set-other-users:0,1001");
    EXPECT_EQ(Grant::given(alice, Action::set_realtime, {alice}).to_text(), "set-realtime:1000");
}

TEST(The_text_of_a_grant, is_read_back_as_it_was_written) {
    for (const auto& grant :
         {Grant::own(alice), Grant::own_user(alice), Grant::everything(alice),
          Grant::given(alice, Action::set_realtime, {alice}), Grant::given(alice, Action::set_other_users, {root, bob}),
          Grant::given(alice, Action::set_other_users_realtime, {4294967294U}),
          Grant::given(alice, Action::set_other_users, {})}) {
        Grant read;
        EXPECT_TRUE(Grant::from_text(alice, grant.to_text(), read)) << grant.to_text();
        EXPECT_EQ(read, grant) << grant.to_text();
    }
}

}  // namespace
}  // namespace iopriority::policy
