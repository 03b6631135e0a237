// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Invalid arguments: refused by name, and the kernel never sees them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

class Values : public testing::Test {
 protected:
    /// Refused, with the argument's name and value in the text, unasked, unchanged.
    void expect_refused(const std::string& call, const std::string& argument, const std::string& value) {
        const auto answer = alice.call(call, Dialog::allowed);
        EXPECT_EQ(answer, error::invalid_args) << call;
        EXPECT_THAT(answer.text, AllOf(HasSubstr(argument), HasSubstr(value))) << call;
        EXPECT_EQ(target.priorities(), (Breakdown{{"best-effort:4", 3}})) << call;
        EXPECT_THAT(polkit.actions(), IsEmpty()) << call;
    }
    void SetUp() override { set_all(target.pid(), "best-effort:4"); }

    Target target{"alice", {"threads", "3"}};
    Caller alice{"alice"};
    PolkitMonitor polkit;
};

TEST_F(Values, refuses_a_class_that_the_contract_does_not_have) {
    for (const std::string word : {"best_effort", "Idle", "rt", "3", "9", "background", "low"}) {
        expect_refused("SetProcess usu " + target.id() + ' ' + word + " 0", "io_class", word);
    }
}

TEST_F(Values, refuses_levels_above_seven) {
    for (const std::string level : {"8", "9", "4294967295"}) {
        expect_refused("SetProcess usu " + target.id() + " best-effort " + level, "level", level);
        expect_refused("SetProcess usu " + target.id() + " realtime " + level, "level", level);
    }
}

TEST_F(Values, refuses_a_level_with_idle_and_with_none) {
    expect_refused("SetProcess usu " + target.id() + " idle 1", "level", "1");
    expect_refused("SetProcess usu " + target.id() + " none 7", "level", "7");
}

TEST_F(Values, refuses_process_ids_that_the_kernel_would_read_as_negative) {
    for (const std::string pid : {"2147483648", "4294967295"}) {
        expect_refused("SetProcess usu " + pid + " idle 0", "pid", pid);
        expect_refused("Get u " + pid, "pid", pid);
    }
}

TEST_F(Values, refuses_the_user_id_that_means_nobody) {
    expect_refused("SetUser usu 4294967295 idle 0", "uid", "4294967295");
}

TEST_F(Values, refuses_bad_values_for_users_as_for_processes) {
    const auto uid = std::to_string(uid_of("alice"));
    expect_refused("SetUser usu " + uid + " best-effort 8", "level", "8");
    expect_refused("SetUser usu " + uid + " idle 1", "level", "1");
    expect_refused("SetUser usu " + uid + " batch 0", "io_class", "batch");
}

TEST_F(Values, says_what_is_accepted_instead) {
    const auto answer = alice.call("SetProcess usu " + target.id() + " lowest 0");
    EXPECT_THAT(answer.text,
                AllOf(HasSubstr("none"), HasSubstr("realtime"), HasSubstr("best-effort"), HasSubstr("idle")));
}

TEST_F(Values, accepts_every_level_of_best_effort) {
    for (unsigned level = 0; level < 8; ++level) {
        EXPECT_EQ(alice.set_process(target.pid(), "best-effort", level), "ok 3");
        EXPECT_EQ(target.priorities(), (Breakdown{{"best-effort:" + std::to_string(level), 3}}));
        EXPECT_EQ(alice.get(target.pid()), "ok best-effort " + std::to_string(level));
    }
}

TEST_F(Values, none_takes_the_priority_away) {
    EXPECT_EQ(alice.set_process(target.pid(), "none", 0), "ok 3");
    EXPECT_EQ(target.priorities(), (Breakdown{{"none", 3}}));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
