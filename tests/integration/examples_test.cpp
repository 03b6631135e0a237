// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// The examples that people copy (examples/): each is refused, sets and reads, on a real bus with the real polkit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

/// What an example can do beyond setting and reading.
enum class Can {
    ask,         ///< let polkit ask a person, in its own process; and it tells kinds of errors apart
    only_print,  ///< a shell script: prints what the program it calls says
};

struct Example {
    const char* name;
    Command command;
    Can can;

    friend std::ostream& operator<<(std::ostream& stream, const Example& example) { return stream << example.name; }
};

class Examples : public testing::TestWithParam<Example> {
 protected:
    static Command command_for(const std::string& process) {
        auto command = GetParam().command;
        command.back() = tool(command.back());
        command.push_back(process);
        return command;
    }
    static Result set(const std::string& process) { return run("alice", command_for(process)); }
    static Result set(const Target& target) { return set(target.id()); }

    /// With somebody at the password dialog.
    static Result set(const Target& target, const Command& how, std::vector<Prompt>& prompts) {
        Child program{"alice", command_for(target.id()), Child::Start::held};
        Agent agent{{program.pid()}, how};
        program.release();
        auto result = program.finish();
        prompts = agent.finish();
        return result;
    }

    /// Line by line, without quotes, brackets and types, which some programs print.
    static std::string plain(std::string text) {
        for (const char* mark : {"(", ")", "\"", "'", ",", "uint32 ", "su ", " u"}) {
            for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark)) {
                text.erase(at, std::string_view{mark}.size());
            }
        }
        return text;
    }

    static void is_refused(const Target& others) {
        std::vector<Prompt> prompts;
        if (GetParam().can == Can::ask) {
            const auto cancelled = set(others, {"--cancel"}, prompts);
            EXPECT_EQ(cancelled.status, 1);
            EXPECT_EQ(cancelled.err, "cancelled\n");
            EXPECT_EQ(prompts.size(), 1U);
        }
        const auto unattended = set(others);
        EXPECT_EQ(unattended.status, 1);
        EXPECT_THAT(unattended.out, StartsWith("before: "));
        EXPECT_THAT(unattended.err, AllOf(HasSubstr(others.id()), HasSubstr(set_other_users)));
        set_rules(rule(set_other_users, "NO"));
        const auto denied = set(others);
        EXPECT_EQ(denied.status, 1);
        if (GetParam().can == Can::ask) {
            EXPECT_THAT(unattended.err, AllOf(StartsWith("not authorized: "), Not(HasSubstr("GDBus.Error")),
                                              Not(HasSubstr("sender="))));
            EXPECT_THAT(denied.err, AllOf(StartsWith("not authorized: "), HasSubstr(others.id())));
        } else {  // (busctl has words of its own for AccessDenied)
            EXPECT_THAT(denied.err, HasSubstr("it stays as it was"));
        }
        EXPECT_EQ(others.priorities(), (Breakdown{{"none", 3}}));
        reset_rules();
    }

    static void says_that_there_is_no_such_process() {
        const auto result = set("4194303");
        EXPECT_NE(result.status, 0);
        EXPECT_THAT(result.out + result.err, HasSubstr("4194303"));
        if (GetParam().can == Can::ask) {
            EXPECT_EQ(result.err, "failed: there is no process 4194303\n");
        }
    }

    /// 0, or what a number begins with, would be another process.
    static void refuses_what_is_not_a_number() {
        const auto too_large = set("4294967296");
        EXPECT_NE(too_large.status, 0);
        EXPECT_THAT(too_large.out, Not(HasSubstr("after")));
        for (const std::string text : {"firefox", "4194303x"}) {
            const auto result = set(text);
            EXPECT_NE(result.status, 0);
            EXPECT_THAT(result.out, Not(HasSubstr("after")));
            if (GetParam().can == Can::ask) {
                EXPECT_EQ(result.status, 1);
                EXPECT_EQ(result.err, "failed: " + text + " is not a process id\n");
            }
        }
    }

    static void sets(const Target& own) {
        const auto result = set(own);
        EXPECT_EQ(result.status, 0) << result.err;
        EXPECT_THAT(plain(result.out), MatchesRegex("before: *none( *0)?\nthreads: *5\nafter: *idle( *0)?\n"));
        EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
    }

    static void sets_what_is_allowed(const Target& others) {
        std::vector<Prompt> prompts;
        Result result;
        if (GetParam().can == Can::ask) {
            result = set(others, {"--password", password()}, prompts);
            ASSERT_EQ(prompts.size(), 1U);
            EXPECT_EQ(prompts[0].action, set_other_users);
        } else {
            set_rules(rule(set_other_users, "YES"));
            result = set(others);
        }
        EXPECT_EQ(result.status, 0) << result.err;
        EXPECT_EQ(others.priorities(), (Breakdown{{"idle", 3}}));
    }
};

TEST_P(Examples, is_refused_and_sets) {
    const Target own{"alice", {"threads", "5"}};
    const Target bobs{"bob", {"threads", "3"}};
    is_refused(bobs);
    says_that_there_is_no_such_process();
    refuses_what_is_not_a_number();
    sets(own);
    sets_what_is_allowed(bobs);
}

std::vector<Example> all_examples() {
    return {
        {"library_c", {"example_library_c"}, Can::ask},
        {"library_cpp", {"example_library_cpp"}, Can::ask},
        {"library_py", {"library.py"}, Can::ask},
        {"gdbus_codegen", {"example_gdbus_codegen"}, Can::ask},
        {"vala", {"example_vala"}, Can::ask},
        {"qt", {"example_qt"}, Can::ask},
        {"dasbus", {"with-dasbus.py"}, Can::ask},
        {"pygobject", {"pygobject.py"}, Can::ask},
        {"gjs", {"gjs", "-m", "gjs.js"}, Can::ask},
        {"net_dbus", {"net-dbus.pl"}, Can::ask},
        {"ruby_dbus", {"ruby-dbus.rb"}, Can::ask},
        {"godbus", {"example_godbus"}, Can::ask},
#ifdef IOPRIORITY_TEST_DBUS_NEXT
        {"dbus_next", {"node", "main.js"}, Can::ask},
#endif
#ifdef IOPRIORITY_TEST_ZBUS
        {"zbus", {"example_zbus"}, Can::ask},
#endif
        {"busctl", {"busctl.sh"}, Can::only_print},
        {"gdbus", {"gdbus.sh"}, Can::only_print},
        {"dbus_send", {"dbus-send.sh"}, Can::only_print},
        {"qdbus", {"qdbus.sh"}, Can::only_print},
    };
}

INSTANTIATE_TEST_SUITE_P(All, Examples, testing::ValuesIn(all_examples()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
