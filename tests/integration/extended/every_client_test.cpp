// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Every kind of target by the clients that people have: refused, then allowed by a rule, then by a dialog.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "scene.hpp"
#include "support/bus.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* extended = "org.example.IoPriority.Extended1";

/// One call of SetPriority.
struct SetCall {
    std::string kind;
    std::string name;  ///< a number, or the name of a unit
    std::string io_class;
    std::string level;
    bool interactive;
};

/// A program that makes the call, and what it reads.
struct Program {
    Command command;
    std::string input{};
};

bool is_one_of(const std::string& kind, const std::vector<std::string>& kinds) {
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

Program busctl(const SetCall& call) {
    Command command{"busctl",    "--system",  "call",   std::string{"--allow-interactive-authorization="},
                    interface,   object_path, extended, "SetPriority",
                    "svsua{sv}", call.kind};
    command[3] += call.interactive ? "yes" : "no";
    const Command number{"u", call.name};
    const Command list{"au", "1", call.name};
    const Command unit{"s", call.name};
    const auto& target = is_one_of(call.kind, {"unit", "user-unit"}) ? unit : call.kind == "processes" ? list : number;
    command.insert(command.end(), target.begin(), target.end());
    command.insert(command.end(), {call.io_class, call.level, "0"});
    return {command};
}

/// With numbers as one types them, which are of type `i`.
Program gdbus(const SetCall& call) {
    const auto target = is_one_of(call.kind, {"unit", "user-unit"}) ? "<'" + call.name + "'>"
                        : call.kind == "processes"                  ? "<[" + call.name + "]>"
                                                                    : '<' + call.name + '>';
    Command command{"gdbus",     "call",     "--system",
                    "--dest",    interface,  "--object-path",
                    object_path, "--method", std::string{extended} + ".SetPriority"};
    if (call.interactive) {
        command.emplace_back("--interactive");
    }
    command.insert(command.end(), {call.kind, target, call.io_class, call.level, "{}"});
    return {command};
}

constexpr const char* with_dasbus = R"python(
import os, sys
from dasbus.connection import SystemMessageBus
from dasbus.typing import get_variant
from dasbus.unix import GLibClientUnix
from gi.repository import Gio
kind, name, io_class, level, interactive = sys.argv[1:]
types = {"processes": "ai", "pidfd": "h", "pidfds": "ah", "unit": "s", "user-unit": "s"}
value = os.pidfd_open(int(name)) if kind.startswith("pidfd") else name if kind.endswith("unit") else int(name)
target = get_variant(types.get(kind, "i"), [value] if types.get(kind, "").startswith("a") else value)
flags = Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION if interactive == "yes" else Gio.DBusCallFlags.NONE
service = SystemMessageBus().get_proxy("org.example.IoPriority", "/org/example/IoPriority",
                                       "org.example.IoPriority.Extended1", client=GLibClientUnix)
print(service.SetPriority(kind, target, io_class, int(level), {}, flags=flags)["threads"].unpack())
)python";

Program dasbus(const SetCall& call) {
    return {{"/usr/bin/python3", "-c", with_dasbus, call.kind, call.name, call.io_class, call.level,
             call.interactive ? "yes" : "no"}};
}

Program qt(const SetCall& call) {
    return {{tool("qt_user")},
            "set-any " + call.kind + ' ' + call.name + ' ' + call.io_class + ' ' + call.level +
                (call.interactive ? " interactive" : "")};
}

Program library(const SetCall& call) {
    return {{tool("library_user")},
            std::string{"blocking kernel-first "} + (call.interactive ? "interactive " : "") + "set-" + call.kind +
                ' ' + call.name + ' ' + call.io_class + (call.io_class == "idle" ? "" : ':' + call.level)};
}

struct Way {
    const char* name;
    Program (*program)(const SetCall& call);
    bool passes_descriptors;
    std::string success;  ///< what it prints then: three threads were set

    friend std::ostream& operator<<(std::ostream& stream, const Way& way) { return stream << way.name; }
};

class EveryKindBy : public testing::TestWithParam<Way> {
 protected:
    static std::vector<KindOfTarget> kinds() {
        auto all = every_kind();
        if (!GetParam().passes_descriptors) {
            std::erase_if(all, [](const auto& kind) { return is_one_of(kind.name, {"pidfd", "pidfds"}); });
        }
        return all;
    }

    /// What the program prints, with these people at its dialog.
    static std::string run_with(const Command& person, const SetCall& call, std::vector<Prompt>& prompts) {
        const auto program = GetParam().program(call);
        Child child{"alice", program.command, Child::Start::held};
        Agent agent{{child.pid()}, person};
        child.release();
        child.write_line(program.input);
        const auto result = child.finish();
        prompts = agent.finish();
        return result.out + result.err;
    }
    static SetCall call_on(const KindOfTarget& kind, const Scene& scene, const std::string& io_class,
                           const std::string& level, bool interactive) {
        const auto name = kind.name == "user"        ? std::to_string(uid_of(scene.user()))
                          : kind.name == "unit"      ? "scene.service"
                          : kind.name == "user-unit" ? "scene.scope"
                                                     : std::to_string(scene.pid());
        return {kind.name, name, io_class, level, interactive};
    }
};

TEST_P(EveryKindBy, is_refused_then_allowed_by_a_rule_then_by_a_dialog) {
    const Command somebody{"--password", password()};
    const auto worked = HasSubstr(GetParam().success);
    for (const auto& kind : kinds()) {
        SCOPED_TRACE(kind.name);
        const Scene bobs{"bob"};
        std::vector<Prompt> prompts;
        const auto unasked = run_with(somebody, call_on(kind, bobs, "idle", "0", false), prompts);
        EXPECT_THAT(unasked, AllOf(HasSubstr(set_other_users), HasSubstr("bob"), Not(worked)));
        // (busctl has words of its own for AccessDenied.)
        const auto refused = run_with({"--password", "wrong"}, call_on(kind, bobs, "idle", "0", true), prompts);
        EXPECT_EQ(prompts.size(), 1U);
        EXPECT_THAT(refused, AllOf(AnyOf(HasSubstr("polkit refused"), HasSubstr("Access denied")), Not(worked)));
        EXPECT_EQ(bobs.raw(), bobs.before());
        set_rules(rule(set_other_users, "YES"));
        EXPECT_THAT(run_with(somebody, call_on(kind, bobs, "idle", "0", false), prompts), worked);
        EXPECT_TRUE(prompts.empty());
        EXPECT_TRUE(bobs.all_have("idle"));
        reset_rules();
        EXPECT_THAT(run_with(somebody, call_on(kind, bobs, "best-effort", "2", true), prompts), worked);
        ASSERT_EQ(prompts.size(), 1U);
        EXPECT_EQ(prompts[0].action, set_other_users);
        EXPECT_TRUE(bobs.all_have("best-effort:2"));
    }
}

INSTANTIATE_TEST_SUITE_P(Client, EveryKindBy,
                         testing::Values(Way{"busctl", busctl, false, "\"threads\" u 3"},
                                         Way{"gdbus", gdbus, false, "'threads': <uint32 3>"},
                                         Way{"dasbus", dasbus, true, "3\n"},
                                         Way{"qt", qt, true, "processes 1 threads 3"},
                                         Way{"library", library, true, "ok 1 3 service"}),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
