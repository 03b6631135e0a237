// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// libiopriority: trees, groups, pidfds, units, descriptions and holds, by a program of an ordinary user.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cast.hpp"
#include "service_manager.hpp"
#include "support/library_program.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr const char* denied = "NotAuthorized org.freedesktop.DBus.Error.InteractiveAuthorizationRequired ";
constexpr const char* nobody = "NoSuchProcess org.example.IoPriority.Error.NoSuchProcess ";

std::string number_of(const std::string& user) {
    return std::to_string(uid_of(user));
}

class ExtendedLibrary : public testing::TestWithParam<std::string> {
 protected:
    std::string call(const std::string& rest) { return program(GetParam() + ' ' + rest); }

    LibraryProgram program;
    PolkitMonitor polkit;
};

TEST_P(ExtendedLibrary, is_refused_others_trees_groups_pidfds_and_holds) {
    Actor bobs{"bob"};
    const auto group = std::to_string(bobs.does("group").at(0));
    bobs.fork();
    const auto pid = std::to_string(bobs.pid());
    for (const std::string& target : std::vector<std::string>{"tree " + pid, "group " + group, "pidfd " + pid,
                                                              "processes " + pid + ",0", "pidfds " + pid}) {
        EXPECT_THAT(call("kernel-first set-" + target + " idle"), StartsWith(denied)) << target;
        EXPECT_THAT(call("kernel-only set-" + target + " idle"), StartsWith("NotAuthorized ")) << target;
        EXPECT_THAT(call("kernel-first hold-" + target + " idle"), StartsWith(denied)) << target;
    }
    EXPECT_THAT(call("kernel-first hold " + pid + " idle"), StartsWith(denied));
    EXPECT_EQ(priorities_of_tree(bobs.pid()), (Breakdown{{"none", 2}}));
    EXPECT_EQ(holds(), 0U);
}

TEST_P(ExtendedLibrary, is_told_what_is_not_there_or_makes_no_sense) {
    EXPECT_THAT(call("kernel-first set-tree 4194303 idle"), StartsWith(nobody));
    EXPECT_THAT(call("service-only set-group 4194303 idle"), StartsWith(nobody));
    EXPECT_THAT(call("kernel-first set-group 4194303 idle"), StartsWith(nobody));
    EXPECT_THAT(call("kernel-first describe-user 54321"), StartsWith(nobody));
    EXPECT_THAT(call("kernel-first hold 4194303 idle"), StartsWith(nobody));
    EXPECT_THAT(call("kernel-only hold 0 idle"), StartsWith("InvalidArgument "));
    EXPECT_THAT(call("kernel-only set-unit cron.service idle"), HasSubstr("only the service"));
    EXPECT_THAT(call("kernel-first describe-unset-of-user " + number_of("alice")), StartsWith("InvalidArgument "));
    EXPECT_THAT(call("kernel-first set-processes 4194302,4194303 idle"), StartsWith(nobody));
    EXPECT_THAT(call("service-only hold-processes 4194302,4194303 idle"), StartsWith(nobody));
    EXPECT_THAT(call("kernel-first hold-group 4194303 idle"), StartsWith(nobody));
}

TEST_P(ExtendedLibrary, sets_trees_and_groups_of_its_own_without_the_service) {
    Actor own{"alice"};
    const auto group = std::to_string(own.does("group").at(0));
    own.fork();
    own.thread();
    EXPECT_EQ(call("kernel-first set-tree " + std::to_string(own.pid()) + " idle"), "ok 2 3 kernel");
    EXPECT_EQ(priorities_of_tree(own.pid()), (Breakdown{{"idle", 3}}));
    EXPECT_EQ(call("kernel-first set-group " + group + " best-effort:6"), "ok 2 3 kernel");
    EXPECT_EQ(priorities_of_tree(own.pid()), (Breakdown{{"best-effort:6", 3}}));
    EXPECT_EQ(call("kernel-first set-pidfd " + std::to_string(own.pid()) + " idle"), "ok 1 2 kernel");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 2}}));
    EXPECT_EQ(call("kernel-only set-unset-of-user " + number_of("alice") + " best-effort:7").substr(0, 3), "ok ");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 2}}));
    EXPECT_EQ(call("kernel-first set-processes " + std::to_string(own.pid()) + ",4194303 low"), "ok 1 2 kernel");
    EXPECT_EQ(program("last"), "before idle, left alone: 1xended");
    EXPECT_EQ(call("kernel-only set-trees " + std::to_string(own.pid()) + " idle"), "ok 2 3 kernel");
    EXPECT_EQ(priorities_of_tree(own.pid()), (Breakdown{{"idle", 3}}));
    EXPECT_THAT(polkit.actions(), IsEmpty());
}

TEST_P(ExtendedLibrary, has_the_service_set_what_the_kernel_refuses_with_one_authorization) {
    Actor own{"root"};
    own.fork_as("alice");
    const auto bobs = own.fork_as("bob");
    own.does("become " + number_of("alice"));
    const auto pid = std::to_string(own.pid());
    EXPECT_THAT(call("kernel-first set-tree " + pid + " idle"), StartsWith(denied));
    EXPECT_EQ(priorities_of_tree(own.pid()), (Breakdown{{"none", 3}})) << "what was set first is put back";
    set_rules(rule(set_other_users, "YES") + rule(set_other_users_realtime, "YES"));
    EXPECT_EQ(call("kernel-first set-tree " + pid + " idle"), "ok 3 3 service");
    EXPECT_EQ(priorities_of(bobs), (Breakdown{{"idle", 1}}));
    EXPECT_EQ(call("service-only set-tree " + pid + " realtime:3"), "ok 3 3 service");
    EXPECT_EQ(priorities_of_tree(own.pid()), (Breakdown{{"realtime:3", 3}}));
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users, set_other_users, set_other_users_realtime));
}

TEST_P(ExtendedLibrary, has_the_service_set_units) {
    const ServiceManager systemd{{{"foo.service", "/iopt.slice/foo.service"}}};
    const ControlGroup group{"/iopt.slice/foo.service"};
    const Target own{"alice", {"threads", "3"}};
    group.add(own.pid());
    EXPECT_EQ(call("kernel-first set-unit foo.service idle"), "ok 1 3 service");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_THAT(call("kernel-first set-unit bar.service idle"), StartsWith(nobody));
}

TEST_P(ExtendedLibrary, describes_the_same_with_and_without_the_service) {
    Actor own{"alice"};
    const auto group = std::to_string(own.does("group").at(0));
    own.fork();
    set_thread(own.thread(), "idle");
    const auto pid = std::to_string(own.pid());
    const Target bobs{"bob", {"threads", "3"}};
    for (const std::string& target : std::vector<std::string>{
             "describe " + pid, "describe-pidfd " + pid, "describe-group " + group, "describe " + bobs.id(),
             "describe-tree " + pid, "describe-processes " + bobs.id() + ",4194303," + pid,
             "describe-pidfds " + pid + ',' + bobs.id()}) {
        const auto without = call("kernel-only " + target);
        EXPECT_THAT(without, StartsWith("ok none best-effort:4 (nice ")) << target;
        EXPECT_EQ(call("service-only " + target), without);
    }
    EXPECT_THAT(call("kernel-first describe " + pid), HasSubstr(") 1 2 1xidle 1xnone"));
    EXPECT_THAT(call("service-only describe-group " + group), HasSubstr(") 2 3 1xidle 2xnone"));
    const Target carols{"carol", {"threads", "3"}};
    EXPECT_THAT(call("service-only describe-user " + number_of("carol")),
                HasSubstr(") 1 3 3xnone of " + number_of("carol") + " target"));
    EXPECT_EQ(call("kernel-first devices"), call("service-only devices"));
}

TEST_P(ExtendedLibrary, holds_a_priority_until_it_lets_go) {
    const Target own{"alice", {"threads", "3"}};
    set_thread(threads_of(own.pid()).at(1), "best-effort:2");
    EXPECT_EQ(call("kernel-first hold " + own.id() + " idle"), "ok held");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_EQ(program("active"), "yes");
    EXPECT_EQ(holds(), 1U);
    program("release");
    EXPECT_TRUE(becomes(own.pid(), {{"none", 2}, {"best-effort:2", 1}}));
    EXPECT_TRUE(holds_become(0));
}

TEST_P(ExtendedLibrary, holds_no_longer_than_it_lives_and_longer_than_its_client) {
    const Target own{"alice", {"threads", "3"}};
    set_rules(rule(set_realtime, "YES"));
    EXPECT_EQ(call("kernel-first hold " + own.id() + " realtime:2"), "ok held");
    program.send("drop");
    EXPECT_EQ(program("active"), "yes");
    EXPECT_EQ(own.priorities(), (Breakdown{{"realtime:2", 3}}));
    program.child().signal(SIGKILL);
    EXPECT_TRUE(becomes(own.pid(), {{"none", 3}}));
}

TEST_P(ExtendedLibrary, sees_that_the_service_has_lost_its_hold) {
    const Target own{"alice", {"threads", "3"}};
    EXPECT_EQ(call("kernel-first hold " + own.id() + " idle"), "ok held");
    kill(daemon_pid().value(), SIGTERM);
    EXPECT_TRUE(becomes(own.pid(), {{"none", 3}}));
    EXPECT_TRUE(eventually([&] { return program("active") == "no"; }));
}

TEST_P(ExtendedLibrary, holds_lists_trees_groups_and_units_and_says_what_was_left_alone) {
    const ServiceManager systemd{{{"foo.service", "/iopt.slice/foo.service"}}};
    const ControlGroup control_group{"/iopt.slice/foo.service"};
    const Target served{"alice", {"threads", "3"}};
    control_group.add(served.pid());
    Actor own{"alice"};
    const auto group = std::to_string(own.does("group").at(0));
    own.fork();
    const auto pid = std::to_string(own.pid());
    for (const std::string& target :
         std::vector<std::string>{"processes " + pid + ',' + served.id() + ",4194303", "trees " + pid + ",4194303",
                                  "group " + group, "unit foo.service"}) {
        EXPECT_EQ(call("kernel-first hold-" + target + " idle"), "ok held") << target;
        EXPECT_EQ(program("last"), target.ends_with("4194303") ? "before none, left alone: 1xended" : "before none");
        EXPECT_EQ(holds(), 1U);
        program("release");
        EXPECT_TRUE(eventually([&] { return priorities_of_tree(own.pid()) == Breakdown{{"none", 2}}; })) << target;
        EXPECT_TRUE(becomes(served.pid(), {{"none", 3}})) << target;
        EXPECT_TRUE(holds_become(0));
    }
}

TEST_P(ExtendedLibrary, sees_that_its_hold_is_overruled_and_keeps_it) {
    const Target own{"alice", {"threads", "3"}};
    EXPECT_EQ(call("kernel-first hold " + own.id() + " idle"), "ok held");
    EXPECT_EQ(program("overruled"), "no");
    EXPECT_EQ(call("service-only set " + own.id() + " best-effort:3"), "ok 1 3 service");
    EXPECT_TRUE(eventually([&] { return program("overruled") == "yes"; }));
    EXPECT_EQ(program("active"), "yes");
    program("release");
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:3", 3}}));
}

TEST_P(ExtendedLibrary, sets_more_processes_than_a_bus_takes_descriptors) {
    std::vector<std::unique_ptr<Target>> many;
    std::string list = "0";
    for (int i = 0; i < 17; ++i) {
        many.push_back(std::make_unique<Target>("alice", Command{"threads", "1"}));
        list += ',' + many.back()->id();
    }
    EXPECT_THAT(call("service-only set-processes " + list + " idle"), StartsWith("ok 18 "));
    for (const auto& each : many) {
        EXPECT_EQ(each->priorities(), (Breakdown{{"idle", 1}}));
    }
    EXPECT_THAT(call("kernel-first set-pidfds " + list.substr(2) + " none"), StartsWith("InvalidArgument "));
    EXPECT_EQ(call("service-only get 0"), "ok idle") << "the connection is there still";
}

INSTANTIATE_TEST_SUITE_P(Form, ExtendedLibrary, testing::Values("blocking", "future", "callback"),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
