// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// The programs that people have: busctl, gdbus, dbus-send, qdbus. Each calls every method.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>

#include "support/clients.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

struct Client {
    const char* name;
    Command (*call)(const std::string& method, const std::vector<std::string>& arguments);
};

class Clients : public testing::TestWithParam<Client> {
 protected:
    static Result call(const std::string& method, const std::vector<std::string>& arguments) {
        return run("alice", GetParam().call(method, arguments));
    }
    /// The words of an answer without the types that some clients print: all that is compared.
    static std::string plain(const Result& result) {
        std::string text = result.out;
        for (auto& c : text) {
            c = std::string_view{"(),'\"\n\t"}.find(c) == std::string_view::npos ? c : ' ';
        }
        std::istringstream words{text};
        std::string values;
        for (std::string word; words >> word;) {
            if (word != "u" && word != "uu" && word != "su" && word != "uint32" && word != "string") {
                values += (values.empty() ? "" : " ") + word;
            }
        }
        return values;
    }

    Target own{"alice", {"threads", "5"}};
    Target bobs{"bob", {"threads", "3"}};
    Caller others{"bob"};  // one more process of bob
};

TEST_P(Clients, are_refused_other_users_processes_and_told_why) {
    const auto result = call("SetProcess", {"u:" + bobs.id(), "s:idle", "u:0"});
    EXPECT_NE(result.status, 0);
    EXPECT_THAT(result.out + result.err, HasSubstr(set_other_users));
    EXPECT_THAT(result.out + result.err, HasSubstr(bobs.id()));
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 3}}));
    const auto user = call("SetUser", {"u:" + std::to_string(uid_of("bob")), "s:idle", "u:0"});
    EXPECT_NE(user.status, 0);
    EXPECT_THAT(user.out + user.err, HasSubstr(set_other_users));
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 3}}));
}

TEST_P(Clients, are_refused_wrong_values) {
    const auto result = call("SetProcess", {"u:" + own.id(), "s:best-effort", "u:8"});
    EXPECT_NE(result.status, 0);
    EXPECT_THAT(result.out + result.err, HasSubstr("level 8"));
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 5}}));
}

TEST_P(Clients, set_a_process_and_read_it_back) {
    const auto set = call("SetProcess", {"u:" + own.id(), "s:best-effort", "u:6"});
    EXPECT_EQ(set.status, 0) << set.err;
    EXPECT_EQ(plain(set), "5");
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:6", 5}}));
    const auto get = call("Get", {"u:" + own.id()});
    EXPECT_EQ(get.status, 0) << get.err;
    EXPECT_EQ(plain(get), "best-effort 6");
}

TEST_P(Clients, set_other_users_processes_where_a_rule_allows_it) {
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(plain(call("SetProcess", {"u:" + bobs.id(), "s:idle", "u:0"})), "3");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_EQ(plain(call("SetUser", {"u:" + std::to_string(uid_of("bob")), "s:best-effort", "u:1"})), "2 4");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"best-effort:1", 3}}));
    EXPECT_EQ(priorities_of(others.pid()), (Breakdown{{"best-effort:1", 1}}));
}

INSTANTIATE_TEST_SUITE_P(All, Clients,
                         testing::Values(Client{"busctl", busctl_call}, Client{"gdbus", gdbus_call},
                                         Client{"dbus_send", dbus_send_call}, Client{"qdbus", qdbus_call}),
                         [](const auto& each) { return each.param.name; });

class ExtendedByHand : public testing::Test {
 protected:
    static Result busctl(const std::string& method, const Command& arguments) {
        Command command{"busctl", "--system", "call", interface, object_path, "org.example.IoPriority.Extended1",
                        method};
        command.insert(command.end(), arguments.begin(), arguments.end());
        return run("alice", command);
    }
    static Result gdbus(const std::string& method, const Command& arguments) {
        Command command{"gdbus",     "call",     "--system",
                        "--dest",    interface,  "--object-path",
                        object_path, "--method", "org.example.IoPriority.Extended1." + method};
        command.insert(command.end(), arguments.begin(), arguments.end());
        return run("alice", command);
    }

    Target own{"alice", {"threads", "5"}};
    Target bobs{"bob", {"threads", "3"}};
};

TEST_F(ExtendedByHand, busctl_and_gdbus_are_refused_other_users_processes) {
    for (const auto& result : {busctl("SetPriority", {"svsua{sv}", "process", "u", bobs.id(), "idle", "0", "0"}),
                               busctl("HoldPriority", {"svsua{sv}", "process", "u", bobs.id(), "idle", "0", "0"}),
                               gdbus("SetPriority", {"process", "<uint32 " + bobs.id() + ">", "idle", "0", "{}"})}) {
        EXPECT_EQ(result.status, 1);
        EXPECT_THAT(result.err, AllOf(HasSubstr(bobs.id()), HasSubstr(set_other_users)));
    }
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 3}}));
}

TEST_F(ExtendedByHand, busctl_sets_and_describes) {
    const auto set = busctl("SetPriority", {"svsua{sv}", "process", "u", own.id(), "idle", "0", "0"});
    EXPECT_EQ(set.status, 0) << set.err;
    EXPECT_THAT(set.out, AllOf(HasSubstr("\"threads\" u 5"), HasSubstr("\"before\" s \"none\"")));
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
    const auto tree = busctl(
        "SetPriority", {"svsua{sv}", "process", "u", own.id(), "best-effort", "6", "1", "descendants", "b", "true"});
    EXPECT_EQ(tree.status, 0) << tree.err;
    EXPECT_EQ(own.priorities(), (Breakdown{{"best-effort:6", 5}}));
    const auto list = busctl("SetPriority", {"svsua{sv}", "processes", "au", "1", own.id(), "idle", "0", "0"});
    EXPECT_EQ(list.status, 0) << list.err;
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
    const auto described = busctl("DescribePriority", {"sva{sv}", "process", "u", own.id(), "0"});
    EXPECT_THAT(described.out, HasSubstr("\"breakdown\" a{su} 1 \"idle\" 5")) << described.err;
}

/// What docs/calling.md tells to type, in each shell, with processes of here. (Its unit is for a machine with systemd.)
TEST_F(ExtendedByHand, the_lines_of_the_page_work_as_written) {
    const Target second{"alice", {"threads", "2"}};
    for (const std::string shell : {"bash", "dash", "zsh"}) {
        std::ifstream page{"/run/private-bus/project/docs/calling.md"};
        std::string function;
        int lines = 0;
        for (std::string line; std::getline(page, line);) {
            if (line.starts_with("    extended() {")) {
                function = line;
            } else if (line.starts_with("    extended ") && line.find("borgmatic") == std::string::npos) {
                line = std::regex_replace(line, std::regex{"\\b1234\\b"}, own.id());
                line = std::regex_replace(line, std::regex{"\\b1235\\b"}, second.id());
                const auto comment = line.find("  # ");  // zsh takes it for words in a line with -c
                const auto result = run("alice", {shell, "-c", function + '\n' + line.substr(0, comment)});
                EXPECT_EQ(result.status, 0) << shell << line << '\n' << result.err;
                ++lines;
            }
        }
        EXPECT_EQ(lines, 5);
        EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
        EXPECT_EQ(second.priorities(), (Breakdown{{"idle", 2}}));
        set_all(own.pid(), "none");
        set_all(second.pid(), "none");
    }
}

TEST(Pages, have_lines_for_busctl_that_work_as_written) {
    const Target own{"alice", {"threads", "5"}};
    for (const std::string shell : {"bash", "dash", "zsh"}) {
        std::string answers;
        for (const std::string name : {"README.md", "docs/backup-tools.md"}) {
            std::ifstream page{"/run/private-bus/project/" + name};
            for (std::string line; std::getline(page, line);) {
                if (line.starts_with("    busctl ")) {
                    line = std::regex_replace(line, std::regex{"\\b1234\\b"}, own.id());
                    const auto result = run("alice", {shell, "-c", line});
                    EXPECT_EQ(result.status, 0) << shell << line << '\n' << result.err;
                    answers += result.out;
                }
            }
        }
        EXPECT_EQ(answers,
                  "u 5\nsu \"idle\" 0\n"
                  "a{sv} 4 \"before\" s \"idle\" \"left-alone\" a{su} 0 \"processes\" u 1 \"threads\" u 5\n"
                  "u 5\n");
        set_all(own.pid(), "none");
    }
}

TEST_F(ExtendedByHand, gdbus_sets_a_plain_number_and_describes) {
    const auto set = gdbus("SetPriority", {"process", "<" + own.id() + ">", "idle", "0", "{'interactive': <true>}"});
    EXPECT_EQ(set.status, 0) << set.err;
    EXPECT_THAT(set.out, HasSubstr("'threads': <uint32 5>"));
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
    EXPECT_THAT(gdbus("DescribePriority", {"process", "<" + own.id() + ">", "{}"}).out,
                HasSubstr("{'idle': uint32 5}"));
}

TEST_F(ExtendedByHand, a_hold_of_busctl_ends_with_it) {
    const auto hold = busctl("HoldPriority", {"svsua{sv}", "process", "u", own.id(), "idle", "0", "0"});
    EXPECT_EQ(hold.status, 0) << hold.err;
    EXPECT_TRUE(eventually([&] { return own.priorities() == Breakdown{{"none", 5}}; }));
}

/// Starts a client, with somebody at its dialog.
Result with_agent(const Command& command, const Command& how, std::vector<Prompt>& prompts) {
    Child client{"alice", command, Child::Start::held};
    Agent agent{{client.pid()}, how};
    client.release();
    auto result = client.finish();
    prompts = agent.finish();
    return result;
}

Command gdbus_interactive(const std::vector<std::string>& arguments) {
    auto command = gdbus_call("SetProcess", arguments);
    command.insert(command.begin() + 2, "--interactive");
    return command;
}

TEST(Dialogs, busctl_and_gdbus_are_refused_after_a_wrong_password) {
    const Target bobs{"bob", {"threads", "2"}};
    const std::vector<std::string> arguments{"u:" + bobs.id(), "s:realtime", "u:1"};
    for (const auto& command : {busctl_call("SetProcess", arguments), gdbus_interactive(arguments)}) {
        std::vector<Prompt> prompts;
        EXPECT_EQ(with_agent(command, {"--password", "wrong"}, prompts).status, 1);
        EXPECT_EQ(prompts.size(), 1U);
        EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 2}}));
    }
}

TEST(Dialogs, busctl_and_gdbus_may_forbid_them) {
    const Target bobs{"bob", {"threads", "2"}};
    const std::vector<std::string> arguments{"u:" + bobs.id(), "s:realtime", "u:1"};
    auto busctl = busctl_call("SetProcess", arguments);
    busctl.insert(busctl.begin() + 1, "--allow-interactive-authorization=no");
    for (const auto& command : {busctl, gdbus_call("SetProcess", arguments)}) {
        std::vector<Prompt> prompts;
        EXPECT_EQ(with_agent(command, {"--password", password()}, prompts).status, 1);
        EXPECT_TRUE(prompts.empty());
        EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 2}}));
    }
}

TEST(Dialogs, busctl_and_gdbus_are_served_after_the_right_password) {
    const Target bobs{"bob", {"threads", "2"}};
    for (const std::string level : {"1", "2"}) {
        const std::vector<std::string> arguments{"u:" + bobs.id(), "s:realtime", "u:" + level};
        const auto command = level == "1" ? busctl_call("SetProcess", arguments) : gdbus_interactive(arguments);
        std::vector<Prompt> prompts;
        const auto result = with_agent(command, {"--password", password()}, prompts);
        EXPECT_EQ(result.status, 0) << result.err;
        ASSERT_EQ(prompts.size(), 1U);
        EXPECT_EQ(prompts[0].action, set_other_users_realtime);
        EXPECT_EQ(bobs.priorities(), (Breakdown{{"realtime:" + level, 2}}));
    }
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
