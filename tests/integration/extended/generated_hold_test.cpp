// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Holds by programs whose calls were made from the interface file (tests/support/glib_user.c, zbus_user), as others
// have them: each takes a hold and gives it back, and the kernel is looked at.
#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <vector>

#include "cast.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

class GeneratedHold : public testing::TestWithParam<std::string> {
 protected:
    GeneratedHold() { EXPECT_EQ(program.read_line(), "ready"); }

    std::string call(const std::string& line) {
        program.write_line(line);
        return program.read_line();
    }

    Target own{"alice", {"threads", "5"}};
    Target bobs{"bob", {"threads", "3"}};
    Child program{"alice", {tool(GetParam())}};
};

TEST_P(GeneratedHold, is_refused_on_other_users_processes) {
    EXPECT_EQ(call("hold " + bobs.id() + " idle"), "error " + std::string{error::interaction_required});
    EXPECT_EQ(call("hold " + own.id() + " later"), "error " + std::string{error::invalid_args});
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 3}}));
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 5}}));
    EXPECT_EQ(call("holds"), "ok 0");
}

TEST_P(GeneratedHold, lasts_until_the_descriptor_is_closed) {
    set_thread(own.pid(), "best-effort:6");
    EXPECT_EQ(call("holds"), "ok 0");
    EXPECT_EQ(call("hold " + own.id() + " idle"), "ok 5");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
    EXPECT_EQ(call("holds"), "ok 1");
    EXPECT_EQ(call("release"), "ok");
    EXPECT_TRUE(becomes(own.pid(), {{"best-effort:6", 1}, {"none", 4}}));
    EXPECT_TRUE(holds_become(0));
    EXPECT_EQ(call("holds"), "ok 0");
}

TEST_P(GeneratedHold, ends_with_the_program) {
    EXPECT_EQ(call("hold " + own.id() + " idle"), "ok 5");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
    program.signal(SIGKILL);
    EXPECT_TRUE(becomes(own.pid(), {{"none", 5}}));
}

std::vector<std::string> all_programs() {
    return {
        "glib_user",
#ifdef IOPRIORITY_TEST_ZBUS
        "zbus_user",
#endif
    };
}

INSTANTIATE_TEST_SUITE_P(By, GeneratedHold, testing::ValuesIn(all_programs()),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
