// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What the store of holds makes of files that are no state, or that it cannot read.
#include "service/hold_store.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "bench.hpp"

namespace iopriority::service::test {
namespace {

namespace fs = std::filesystem;

class A_store_of_holds : public testing::Test {
 protected:
    [[nodiscard]] std::string path(const std::string& name) const { return directory.path() + "/" + name; }
    void write(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }

    const std::string good = "iopriority-hold 2\nprocess 7 1 0 1 0\nhold 1 1 idle 0 0 5 own\nend\n";
    Directory directory;
    HoldStore store{directory.path()};
};

TEST_F(A_store_of_holds, takes_what_is_a_state_under_its_own_name_and_removes_what_is_none) {
    write("held-7-1", good);
    write("held-8-1", good);
    write("held-9-1", "iopriority-hold 2\n");
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
    ASSERT_EQ(::chmod(path("held-7-1").c_str(), 0), 0);
    if (::getuid() == 0) {
        ASSERT_EQ(::chown(directory.path().c_str(), owner(), owner()), 0);
    }
    const Crowd reads([&](const auto& ready) {  // root could read it
        if (::getuid() == 0) {
            engine::test::become(owner());
        }
        if (store.load().empty()) {
            ready();
        }
    });
    EXPECT_TRUE(fs::exists(path("held-7-1")));
    ASSERT_EQ(::chmod(path("held-7-1").c_str(), 0600), 0);
    EXPECT_EQ(store.load().size(), 1U);
}

}  // namespace
}  // namespace iopriority::service::test
