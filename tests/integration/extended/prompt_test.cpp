// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// The sentence in polkit's dialog for each kind of target: in English, and as polkit translates it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cast.hpp"
#include "service_manager.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

struct Words {
    std::string english;
    std::string german;
};

class APrompt : public testing::Test {
 protected:
    void expect(const On& target, const Words& words) {
        EXPECT_EQ(said(target, "idle", "C.UTF-8"),
                  "Authentication is required to set the I/O priority of " + words.english + " to idle.");
        EXPECT_EQ(said(target, "idle", "de_DE.UTF-8"),
                  "Legitimierung ist erforderlich, um die E/A-Priorität " + words.german + " auf idle zu setzen.");
    }
    std::string said(const On& target, const std::string& priority, const std::string& locale) {
        Agent agent{{alice.pid()}, {"--cancel"}, locale};
        EXPECT_EQ(alice.set(target, priority, Dialog::allowed), error::dismissed);
        const auto prompts = agent.finish();
        EXPECT_EQ(prompts.size(), 1U);
        return prompts.empty() ? "" : prompts[0].message;
    }

    Client alice{"alice"};
    PolkitMonitor polkit;
    Actor bobs{"bob"};
    std::string pid = std::to_string(bobs.pid());
};

TEST_F(APrompt, names_a_process_and_its_program) {
    expect(on::process(bobs.pid()),
           {"actor (process " + pid + ") of user bob", "von actor (Prozess " + pid + ") des Benutzers bob"});
}

TEST_F(APrompt, names_a_tree) {
    expect(on::tree(bobs.pid()), {"actor (process " + pid + ") and its descendants of user bob",
                                  "von actor (Prozess " + pid + ") und seiner Nachkommen des Benutzers bob"});
    EXPECT_EQ(polkit.checks().at(0).details.at("descendants"), "true");
}

TEST_F(APrompt, says_the_level_where_there_is_one) {
    const auto sentence = [this](const std::string& priority) {
        return "Authentication is required to set the I/O priority of actor (process " + pid + ") of user bob to " +
               priority + ".";
    };
    EXPECT_EQ(said(bobs.pid(), "best-effort:0", "C.UTF-8"), sentence("best-effort, level 0 (first)"));
    EXPECT_EQ(said(bobs.pid(), "realtime:7", "C.UTF-8"), sentence("realtime, level 7 (last)"));
    EXPECT_EQ(said(bobs.pid(), "best-effort:3", "C.UTF-8"), sentence("best-effort, level 3"));
    EXPECT_EQ(polkit.checks().at(0).details.at("hold"), "false");
}

TEST_F(APrompt, names_a_user) {
    expect(on::user("bob"), {"all processes of user bob", "aller Prozesse des Benutzers bob"});
    expect(on::user("bob").with("keep-explicit"), {"all processes without a priority of their own of user bob",
                                                   "aller Prozesse ohne eigene Priorität des Benutzers bob"});
}

TEST_F(APrompt, names_a_process_group_which_rules_see) {
    const auto group = std::to_string(bobs.does("group").at(0));
    expect(on::group(bobs.pid()),
           {"process group " + group + " of user bob", "der Prozessgruppe " + group + " des Benutzers bob"});
    EXPECT_EQ(polkit.checks().at(0).details.at("group"), group);
}

TEST_F(APrompt, names_a_unit_which_rules_see) {
    const std::string name = R"(a\x2db@1:2.service)";
    const ServiceManager systemd{{{name, "/iopt.slice/a.service"}}};
    const ControlGroup group{"/iopt.slice/a.service"};
    group.add(bobs.pid());
    expect(on::unit(name), {"unit " + name + " of user bob", "der Unit " + name + " des Benutzers bob"});
    const Target roots{"root", {"threads", "1"}};
    group.add(roots.pid());
    expect(on::unit(name), {"unit " + name + " of several users", "der Unit " + name + " mehrerer Benutzer"});
    EXPECT_EQ(polkit.checks().at(0).details.at("unit"), name);
}

// Who asks can make one of any name.
TEST_F(APrompt, tells_a_unit_of_the_callers_own_manager_from_one_of_the_system) {
    const auto uid = std::to_string(uid_of("alice"));
    const ControlGroup group{"/user.slice/user-" + uid + ".slice/user@" + uid + ".service/sshd.service"};
    group.add(bobs.pid());
    expect(on::user_unit("sshd.service"),
           {"user unit sshd.service of user bob", "der Benutzer-Unit sshd.service des Benutzers bob"});
    const Target roots{"root", {"threads", "1"}};
    group.add(roots.pid());
    expect(on::user_unit("sshd.service"),
           {"user unit sshd.service of several users", "der Benutzer-Unit sshd.service mehrerer Benutzer"});
    EXPECT_FALSE(polkit.checks().at(0).details.contains("unit"));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
