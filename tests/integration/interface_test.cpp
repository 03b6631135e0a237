// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// What stands on the bus: who may own the name, what may be sent to it, and that it says of itself what dbus/ says.
#include <gio/gio.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::HasSubstr;

TEST(BusPolicy, refuses_the_name_to_everybody_but_the_services_user) {
    for (const char* user : {"alice", "root", "admin"}) {
        const auto result = run(user, {"busctl", "--system", "call", "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                       "org.freedesktop.DBus", "RequestName", "su", interface, "0"});
        EXPECT_EQ(result.status, 1) << user;
        EXPECT_THAT(result.err, HasSubstr("Access denied")) << user;
    }
}

TEST(BusPolicy, refuses_calls_to_other_interfaces) {
    Caller alice{"alice"};
    for (const std::string call : {"org.example.Other Method", "org.freedesktop.DBus.ObjectManager GetManagedObjects",
                                   "org.freedesktop.DBus Hello", "org.freedesktop.DBus.Debug.Stats GetStats",
                                   "org.freedesktop.systemd1.Unit Stop"}) {
        EXPECT_EQ(alice.call(call), error::access_denied) << call;
    }
}

TEST(Service, refuses_methods_and_signatures_that_it_does_not_have) {
    Caller alice{"alice"};
    EXPECT_EQ(alice.call("Stop"), error::unknown_method);
    EXPECT_EQ(alice.call("Get s 1").words.substr(0, 6), "org.fr");
    EXPECT_EQ(alice.call("SetProcess us 1 idle").words.substr(0, 6), "org.fr");
    const auto written = alice.call("org.freedesktop.DBus.Properties Set ssu org.example.IoPriority Version 2");
    EXPECT_FALSE(written.words.starts_with("ok")) << written;
}

TEST(Service, answers_a_ping) {
    Caller alice{"alice"};
    EXPECT_EQ(alice.call("org.freedesktop.DBus.Peer Ping"), "ok");
}

TEST(Service, has_a_version_and_features) {
    Caller alice{"alice"};
    const auto version = run("alice", {"/usr/libexec/iopriorityd", "--version"});
    EXPECT_EQ("ok " + version.out.substr(version.out.find(' ') + 1),
              alice.call("org.freedesktop.DBus.Properties Get ss org.example.IoPriority Version").words + '\n');
    const auto features = alice.call("org.freedesktop.DBus.Properties Get ss org.example.IoPriority Features");
    EXPECT_THAT(features.words, testing::StartsWith("ok"));
    const auto all = alice.call("org.freedesktop.DBus.Properties GetAll s org.example.IoPriority");
    EXPECT_THAT(all.words, testing::AllOf(HasSubstr("Version"), HasSubstr("Features")));
}

TEST(Service, lists_every_kind_and_option_in_its_features) {
    const auto listed =
        run("alice", {"busctl", "--system", "get-property", interface, object_path, interface, "Features"});
    EXPECT_EQ(listed.out,
              R"(as 13 "set-process" "set-user" "kind:process" "kind:processes" "kind:pidfd" "kind:pidfds" )"
              R"("kind:group" "kind:user" "kind:unit" "kind:user-unit" )"
              R"("option:descendants" "option:keep-explicit" "option:interactive")"
              "\n")
        << listed.err;
}

/// One line for each method, argument and property of an interface: what a generated proxy depends on.
std::multiset<std::string> lines_of(const GDBusInterfaceInfo* info) {
    std::multiset<std::string> lines;
    const auto arguments = [&](const std::string& method, GDBusArgInfo** list, const char* direction) {
        for (int i = 0; list != nullptr && list[i] != nullptr; ++i) {
            lines.insert(method + ' ' + direction + std::to_string(i) + ' ' + list[i]->name + ' ' + list[i]->signature);
        }
    };
    for (auto** method = info->methods; method != nullptr && *method != nullptr; ++method) {
        lines.insert(std::string{"method "} + (*method)->name);
        arguments((*method)->name, (*method)->in_args, "in");
        arguments((*method)->name, (*method)->out_args, "out");
    }
    for (auto** property = info->properties; property != nullptr && *property != nullptr; ++property) {
        const char* emits =
            g_dbus_annotation_info_lookup((*property)->annotations, "org.freedesktop.DBus.Property.EmitsChangedSignal");
        lines.insert(std::string{"property "} + (*property)->name + ' ' + (*property)->signature + ' ' +
                     ((*property)->flags == G_DBUS_PROPERTY_INFO_FLAGS_READABLE ? "read " : "other ") +
                     (emits != nullptr ? emits : "true"));
    }
    for (auto** signal = info->signals; signal != nullptr && *signal != nullptr; ++signal) {
        lines.insert(std::string{"signal "} + (*signal)->name);
    }
    return lines;
}

using Node = std::unique_ptr<GDBusNodeInfo, decltype(&g_dbus_node_info_unref)>;

Node parse(const std::string& xml) {
    GError* error = nullptr;
    Node node{g_dbus_node_info_new_for_xml(xml.c_str(), &error), g_dbus_node_info_unref};
    if (node == nullptr) {
        const std::string text = error->message;
        g_error_free(error);
        throw std::runtime_error(text + " in " + xml);
    }
    return node;
}

std::string introspection() {
    const auto result = run("alice", {"busctl", "--system", "introspect", "--xml-interface", interface, object_path});
    EXPECT_EQ(result.status, 0) << result.err;
    return result.out;
}

std::string installed_interface(const std::string& name) {
    std::ifstream file{"/usr/share/dbus-1/interfaces/" + name + ".xml"};
    return {std::istreambuf_iterator<char>{file}, {}};
}

TEST(Service, says_of_itself_what_the_installed_interface_files_say) {
    const auto said = parse(introspection());
    for (const std::string name : {"org.example.IoPriority", "org.example.IoPriority.Extended1"}) {
        const auto written = parse(installed_interface(name));
        const auto* expected = g_dbus_node_info_lookup_interface(written.get(), name.c_str());
        const auto* actual = g_dbus_node_info_lookup_interface(said.get(), name.c_str());
        ASSERT_NE(expected, nullptr) << name;
        ASSERT_NE(actual, nullptr) << name;
        EXPECT_EQ(lines_of(actual), lines_of(expected)) << name;
    }
}

/// Adds the command lines that document a method or property; of an example what comes behind its sentence.
void add_command_lines(GDBusAnnotationInfo** annotations, std::vector<std::string>& lines) {
    for (; annotations != nullptr && *annotations != nullptr; ++annotations) {
        const std::string text = (*annotations)->value;
        if (std::string_view{(*annotations)->key}.starts_with("org.example.IoPriority.Documentation.")) {
            const auto dollar = text.find(" $ ");
            lines.push_back(dollar == std::string::npos ? text : text.substr(dollar + 3));
        }
    }
}

/// What org.example.IoPriority(5) tells to type is in the interface files.
TEST(CommandLines, of_the_interface_files_work_as_written) {
    const Target first{"alice", {"threads", "2"}};
    const Target second{"alice", {"threads", "2"}};
    std::vector<std::string> lines;
    for (const std::string name : {"org.example.IoPriority", "org.example.IoPriority.Extended1"}) {
        const auto written = parse(installed_interface(name));
        const auto* info = g_dbus_node_info_lookup_interface(written.get(), name.c_str());
        ASSERT_NE(info, nullptr) << name;
        for (auto** method = info->methods; method != nullptr && *method != nullptr; ++method) {
            add_command_lines((*method)->annotations, lines);
        }
        for (auto** property = info->properties; property != nullptr && *property != nullptr; ++property) {
            add_command_lines((*property)->annotations, lines);
        }
    }
    EXPECT_GE(lines.size(), 21U);
    for (auto line : lines) {
        line = std::regex_replace(line, std::regex{"\\b1234\\b"}, first.id());
        line = std::regex_replace(line, std::regex{"\\b1235\\b"}, second.id());
        line = std::regex_replace(line, std::regex{"\\b1000\\b"}, std::to_string(uid_of("alice")));
        line = std::regex_replace(line, std::regex{"\\bsleep 60\\b"}, "true");
        const auto result = run("alice", {"sh", "-c", line});
        EXPECT_EQ(result.status, 0) << line << '\n' << result.err;
    }
    EXPECT_EQ(second.priorities(), (Breakdown{{"idle", 2}}));
}

TEST(Service, tells_programs_that_its_number_of_holds_is_not_to_be_cached) {
    const auto said = parse(introspection());
    const auto* extended = g_dbus_node_info_lookup_interface(said.get(), "org.example.IoPriority.Extended1");
    ASSERT_NE(extended, nullptr);
    EXPECT_EQ(lines_of(extended).count("property Holds u read false"), 1U);
}

TEST(Service, has_no_undocumented_interface) {
    const auto said = parse(introspection());
    for (auto** each = said->interfaces; *each != nullptr; ++each) {
        const std::string name = (*each)->name;
        EXPECT_TRUE(name.starts_with("org.example.IoPriority") || name == "org.freedesktop.DBus.Peer" ||
                    name == "org.freedesktop.DBus.Introspectable" || name == "org.freedesktop.DBus.Properties")
            << name;
    }
}

/// What pkaction and administrators' tools are told by the real polkit.
std::string actions_in(const std::string& language) {
    return run("alice", {"gdbus", "call", "--system", "--dest", "org.freedesktop.PolicyKit1", "--object-path",
                         "/org/freedesktop/PolicyKit1/Authority", "--method",
                         "org.freedesktop.PolicyKit1.Authority.EnumerateActions", language})
        .out;
}

TEST(Actions, are_described_in_the_language_of_who_asks) {
    const auto english = actions_in("C");
    const auto german = actions_in("de_DE.UTF-8");
    for (const char* action : {set_realtime, set_other_users, set_other_users_realtime}) {
        EXPECT_THAT(english, HasSubstr(action));
        EXPECT_THAT(german, HasSubstr(action));
    }
    EXPECT_THAT(english, HasSubstr("Change the I/O priority of other users"));
    EXPECT_THAT(german, HasSubstr("Die E/A-Priorität der Prozesse anderer Benutzer ändern"));
    EXPECT_THAT(actions_in("ja_JP.UTF-8"), HasSubstr("自分のプロセスにリアルタイムの"));
    EXPECT_THAT(actions_in("pt_BR.UTF-8"), HasSubstr("Dar prioridade de E/S em tempo real aos próprios processos"));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
