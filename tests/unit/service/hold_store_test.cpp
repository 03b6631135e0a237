// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What the store of holds makes of files that are no state, or that it cannot read.
#include "service/hold_store.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "bench.hpp"

namespace iopriority::service::test {
namespace {

namespace fs = std::filesystem;

class A_store_of_holds : public testing::Test {
 protected:
    [[nodiscard]] std::string path(const std::string& name) const { return directory.path() + "/" + name; }
    void write(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }

    const std::string good = "iopriority-hold 3\nprocess 7 1 5 0 1 0\nhold 1 1 idle 0 0 5 own\nend\n";
    Directory directory;
    HoldStore store{directory.path()};
};

TEST_F(A_store_of_holds, takes_what_is_a_state_under_its_own_name_and_removes_what_is_none) {
    write("held-7-1", good);
    write("held-8-1", good);
    write("held-9-1", "iopriority-hold 3\n");
    write("other", "of somebody else");
    const auto states = store.load();
    ASSERT_EQ(states.size(), 1U);
    EXPECT_EQ(states.front().key, (process::ProcessKey{7, 1}));
    EXPECT_TRUE(fs::exists(path("held-7-1")));
    EXPECT_FALSE(fs::exists(path("held-8-1")));
    EXPECT_FALSE(fs::exists(path("held-9-1")));
    EXPECT_TRUE(fs::exists(path("other")));
}

TEST_F(A_store_of_holds, leaves_what_it_cannot_read_now_for_the_next_run) {
    write("held-7-1", good);
    const auto another = *parse_hold_state(good);
    {
        const Unreadable now(path("held-7-1"));
        EXPECT_TRUE(store.load().empty());
    }
    EXPECT_FALSE(store.save(another)) << "no hold may begin on it";
    store.forget(another.key);
    EXPECT_TRUE(fs::exists(path("held-7-1")));
    EXPECT_EQ(HoldStore(directory.path()).load().size(), 1U);
    store.drop_unread(another.key);
    EXPECT_FALSE(fs::exists(path("held-7-1")));
    EXPECT_TRUE(store.save(another));
}

TEST_F(A_store_of_holds, that_cannot_be_listed_is_not_taken_for_an_empty_one) {
    write("held-7-1", good);
    const Unreadable now(directory.path());
    EXPECT_THROW(store.load(), Error);
}

}  // namespace
}  // namespace iopriority::service::test
