// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Units of systemd: every process of a control group, in one request.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "cast.hpp"
#include "service_manager.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Unit : public testing::Test {
 protected:
    Reply set(const std::string& unit, const std::string& priority) { return alice.set(on::unit(unit), priority); }

    Client alice{"alice"};
    PolkitMonitor polkit;
};

TEST_F(Unit, without_a_unit_name_is_refused_before_anybody_is_asked) {
    const ServiceManager systemd{{}};
    const std::vector<std::string> names{"foo",
                                         ".service",
                                         "foo.timer",
                                         "foo.target",
                                         "foo.device",
                                         "foo/bar.service",
                                         "foo.service/",
                                         "../foo.service",
                                         "foo$.service",
                                         "foo.Service",
                                         "f\xc3\xb6.service",
                                         "''",
                                         "/org/freedesktop/systemd1",
                                         std::string(248, 'x') + ".service"};
    for (const auto& name : names) {
        const auto answer = set(name, "idle");
        EXPECT_EQ(answer, error::invalid_args) << name;
        EXPECT_THAT(answer.text, HasSubstr("borgmatic.service")) << name;
    }
    EXPECT_EQ(set("foo.service", "idle:1"), error::invalid_args);
    EXPECT_EQ(systemd.calls(), 0);
    EXPECT_THAT(polkit.actions(), IsEmpty());
}

TEST_F(Unit, where_systemd_does_not_run_is_refused_in_clear_words) {
    const auto answer = set("cron.service", "idle");
    EXPECT_EQ(answer, error::failed);
    EXPECT_THAT(answer.text, HasSubstr("systemd"));
    EXPECT_THAT(answer.text, HasSubstr("cron.service"));
}

TEST_F(Unit, that_does_not_run_is_refused) {
    const ServiceManager systemd{{{"stopped.service", ""}, {"empty.service", "/empty.slice/empty.service"}}};
    const ControlGroup empty{"/empty.slice/empty.service"};
    for (const std::string name : {"unknown.service", "stopped.service", "empty.service"}) {
        const auto answer = set(name, "idle");
        EXPECT_EQ(answer, error::no_such_process) << name;
        EXPECT_THAT(answer.text, HasSubstr(name));
    }
}

TEST_F(Unit, of_others_is_refused_without_authorization_and_set_with_it) {
    const ServiceManager systemd{{{"foo.service", "/iopt.slice/foo.service"}}};
    const ControlGroup group{"/iopt.slice/foo.service"};
    const ControlGroup inner{"/iopt.slice/foo.service/inner"};
    const ControlGroup beside{"/iopt.slice/foo.service2"};
    const Target one{"bob", {"threads", "3"}};
    const Target two{"carol", {"threads", "2"}};
    const Target below{"root", {"threads", "1"}};
    const Target other{"bob", {"threads", "1"}};
    group.add(one.pid());
    group.add(two.pid());
    inner.add(below.pid());
    beside.add(other.pid());
    EXPECT_EQ(set("foo.service", "idle"), error::interaction_required);
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users));
    EXPECT_EQ(one.priorities(), (Breakdown{{"none", 3}}));
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(set("foo.service", "idle"), "ok 3 6");
    EXPECT_EQ(one.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_EQ(two.priorities(), (Breakdown{{"idle", 2}}));
    EXPECT_EQ(below.priorities(), (Breakdown{{"idle", 1}}));
    EXPECT_EQ(other.priorities(), (Breakdown{{"none", 1}}));
    EXPECT_THAT(polkit.actions(), ElementsAre(set_other_users));
}

TEST_F(Unit, goes_by_its_own_name_in_rules_and_in_the_log_whatever_alias_was_named) {
    const ServiceManager systemd{{{"names.service", "/iopt.slice/names.service"}},
                                 {{"dbus-org.example.names1.service", "names.service"}}};
    const ControlGroup group{"/iopt.slice/names.service"};
    const Target bobs{"bob", {"threads", "1"}};
    group.add(bobs.pid());
    set_rules(
        "polkit.addRule(function(action, subject) {"
        "    return action.lookup(\"unit\") == \"names.service\" ? polkit.Result.NO : polkit.Result.YES;"
        "});");
    EXPECT_EQ(set("names.service", "idle"), error::access_denied);
    const auto answer = set("dbus-org.example.names1.service", "idle");
    EXPECT_EQ(answer, error::access_denied);
    EXPECT_THAT(answer.text, HasSubstr("unit names.service"));
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 1}}));
    EXPECT_TRUE(eventually([&] { return daemon_log().rfind("unit names.service: ") != std::string::npos; }));
    EXPECT_THAT(daemon_log(), testing::Not(HasSubstr("dbus-org.example.names1.service")));
}

TEST_F(Unit, of_ones_own_processes_needs_no_authorization) {
    const ServiceManager systemd{{{"app-foo.scope", "/iopt.slice/app-foo.scope"}, {"iopt.slice", "/iopt.slice"}}};
    const ControlGroup group{"/iopt.slice/app-foo.scope"};
    const Target own{"alice", {"threads", "2"}};
    group.add(own.pid());
    EXPECT_EQ(set("app-foo.scope", "idle"), "ok 1 2");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 2}}));
    EXPECT_EQ(set("iopt.slice", "best-effort:3"), "ok 1 2");
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:3", 2}}));
    EXPECT_THAT(polkit.actions(), IsEmpty());
}

TEST_F(Unit, that_is_the_whole_machine_is_refused) {
    const ServiceManager systemd{{{"-.slice", "/"}}};
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(set("-.slice", "idle"), error::no_such_process);
    EXPECT_EQ(priority_of_thread(1), "none");
}

TEST_F(Unit, of_ones_own_manager_is_found_without_the_systems) {
    const auto uid = std::to_string(uid_of("alice"));
    const auto manager = "/user.slice/user-" + uid + ".slice/user@" + uid + ".service";
    const ControlGroup group{manager + "/app.slice/app-foo.scope"};
    const ControlGroup beside{manager + "/app.slice/app-bar.scope"};
    const ControlGroup systems{"/system.slice/app-foo.scope"};
    const Target own{"alice", {"threads", "2"}};
    const Target other{"alice", {"threads", "1"}};
    const Target bobs{"bob", {"threads", "1"}};
    group.add(own.pid());
    beside.add(other.pid());
    systems.add(bobs.pid());
    EXPECT_EQ(alice.set(on::user_unit("app-foo.scope"), "realtime:0"), error::interaction_required);
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
    EXPECT_EQ(alice.set(on::user_unit("app-foo.scope"), "idle"), "ok 1 2");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 2}}));
    EXPECT_EQ(other.priorities(), (Breakdown{{"none", 1}}));
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 1}}));
    EXPECT_EQ(Client{"bob"}.set(on::user_unit("app-foo.scope"), "idle"), error::no_such_process);
    EXPECT_EQ(alice.set(on::user_unit("app-none.scope"), "idle"), error::no_such_process);
}

/// systemd takes its time.
class SlowUnit : public Unit {
 protected:
    SlowUnit() {
        group.add(own.pid());
        systemd.hold();
    }

    ServiceManager systemd{{{"foo.service", "/iopt.slice/foo.service"}}};
    const ControlGroup group{"/iopt.slice/foo.service"};
    const Target own{"alice", {"threads", "2"}};
};

TEST_F(SlowUnit, holds_nobody_up) {
    const int call = alice.send_set(on::unit("foo.service"), "idle");
    EXPECT_EQ(Caller{"bob"}.get(own.pid()), "ok none 0");
    systemd.release();
    EXPECT_EQ(alice.answer(call), "ok 1 2");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 2}}));
}

TEST_F(SlowUnit, is_given_up_when_the_service_is_stopped) {
    const int call = alice.send_set(on::unit("foo.service"), "idle");
    EXPECT_EQ(Caller{"bob"}.get(own.pid()), "ok none 0");
    const auto pid = daemon_pid().value();
    kill(pid, SIGTERM);
    EXPECT_EQ(alice.answer(call), error::failed);
    EXPECT_TRUE(wait_for_end(pid));
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
