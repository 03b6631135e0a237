// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Names of processes and users that would forge a prompt, a line of the log, a message, or what a terminal shows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <ostream>

#include "hostile.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::Not;

struct Name {
    const char* what;
    const char* text;       ///< at most 15 bytes, as the kernel has it
    const char* shown;      ///< in text for people
    const char* in_prompt;  ///< where a person is to trust the sentence
};

std::ostream& operator<<(std::ostream& stream, const Name& name) {
    return stream << name.what;
}

class HostileName : public testing::TestWithParam<Name> {
 protected:
    /// A process of bob that calls itself so.
    Forked process{"bob", [](const auto& ready) {
                       prctl(PR_SET_NAME, GetParam().text);
                       ready();
                       pause();
                   }};
    std::string set() const { return "SetProcess usu " + process.id() + " idle 0"; }
    std::string shown() const { return "process " + process.id() + " (" + GetParam().shown + ')'; }

    Caller alice{"alice"};
    pid_t daemon = running_daemon();
    std::size_t log_begin = daemon_log().size();
};

/// Nothing in it that a terminal or a journal would take for more than text.
bool is_plain(const std::string& text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7F;
    });
}

TEST_P(HostileName, is_harmless_in_the_prompt_and_its_details) {
    PolkitMonitor polkit;
    Agent agent{{alice.pid()}, {"--cancel"}};
    EXPECT_EQ(alice.call(set(), Dialog::allowed), error::dismissed);
    const auto prompt = agent.prompt();
    EXPECT_EQ(prompt.message, std::string{"Authentication is required to set the I/O priority of "} +
                                  GetParam().in_prompt + " (process " + process.id() + ") of user bob to idle.");
    const auto checks = polkit.checks();
    ASSERT_EQ(checks.size(), 1U);
    EXPECT_EQ(checks[0].details.at("program"), GetParam().in_prompt);
    for (const auto& [key, value] : checks[0].details) {
        EXPECT_TRUE(is_plain(value)) << key;
    }
}

TEST_P(HostileName, is_harmless_in_the_prompt_in_another_language) {
    Agent agent{{alice.pid()}, {"--cancel"}, "de_DE.UTF-8"};
    EXPECT_EQ(alice.call(set(), Dialog::allowed), error::dismissed);
    EXPECT_EQ(agent.prompt().message, std::string{"Legitimierung ist erforderlich, um die E/A-Priorität von "} +
                                          GetParam().in_prompt + " (Prozess " + process.id() +
                                          ") des Benutzers bob auf idle zu setzen.");
}

TEST_P(HostileName, is_harmless_in_the_answer) {
    const auto answer = alice.call(set());
    EXPECT_EQ(answer, error::interaction_required);  // a name that is not UTF-8 would have closed the connection
    EXPECT_THAT(answer.text, testing::StartsWith(shown() + " belongs to bob"));
    EXPECT_TRUE(is_plain(answer.text));
    EXPECT_EQ(daemon_pid(), daemon);
}

TEST_P(HostileName, is_harmless_in_the_log) {
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(alice.call(set()), "ok 1");
    ASSERT_TRUE(eventually([&] { return daemon_log().size() > log_begin; }));
    const auto line = daemon_log().substr(log_begin);
    EXPECT_THAT(line, testing::AllOf(HasSubstr(shown()), HasSubstr(": none -> idle, set by alice (")));
    EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
    EXPECT_TRUE(is_plain(line.substr(0, line.size() - 1))) << line;
}

TEST_P(HostileName, is_harmless_on_a_terminal) {
    const auto result = run("alice", {"ioprioctl", "set", "idle", process.id()});
    EXPECT_NE(result.status, 0);
    EXPECT_THAT(result.err, HasSubstr(GetParam().shown));
    const auto text = result.out + result.err;
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Any, HostileName,
                         testing::Values(Name{"newline", "a\nioprio: ok", "a?ioprio: ok", "a?ioprio: ok"},
                                         Name{"escape", "\x1b[2J\x1b[31mred", "?[2J?[31mred", "??2J??31mred"},
                                         Name{"quotes", "x'\"`$(id)&<b>", "x'\"`$(id)&<b>",
                                              "x?????id?"
                                              "??b?"},
                                         Name{"details", "$(caller-uid)", "$(caller-uid)", "??caller-uid?"},
                                         Name{"right_to_left", "\xe2\x80\xaetxt.exe", "?txt.exe", "?txt.exe"},
                                         Name{"c1_control",
                                              "\xc2\x9b"
                                              "31m",
                                              "?31m", "?31m"},
                                         Name{"not_utf8", "\xff\xfe\xc3(\xa0\xa1",
                                              "???"
                                              "(??",
                                              "??????"},
                                         Name{"cut_character", "\xf0\x9f\x92", "???", "???"}),
                         [](const auto& each) { return each.param.what; });

/// A user whom an administrator should not have made.
TEST(HostileUser, is_harmless_everywhere) {
    constexpr uid_t uid = 32000;
    std::ofstream{"/etc/passwd", std::ios::app} << "e\x1b[31mv'\"<b>:x:" << uid << ':' << uid << "::/:/bin/sh\n";
    const Target theirs{std::to_string(uid), {"threads", "2"}};
    Caller alice{"alice"};
    PolkitMonitor polkit;
    Agent agent{{alice.pid()}, {"--cancel"}};
    const auto answer = alice.set_process(theirs.pid(), "idle", 0, Dialog::allowed);
    EXPECT_EQ(answer, error::dismissed);
    EXPECT_THAT(answer.text, HasSubstr("belongs to e?[31mv'\"<b>"));
    EXPECT_TRUE(is_plain(answer.text));
    EXPECT_THAT(agent.prompt().message, HasSubstr("of user e??31mv???b? to idle"));
    const auto checks = polkit.checks();
    ASSERT_EQ(checks.size(), 1U);
    EXPECT_EQ(checks[0].details.at("target-user"), "e??31mv???b?");
}

TEST(HostileWords, of_a_call_come_back_harmless) {
    Caller alice{"alice"};
    const auto bus = open_system_bus();
    sd_bus_message* raw = nullptr;
    check(sd_bus_message_new_method_call(bus.get(), &raw, interface, object_path, interface, "SetProcess"), "new call");
    const Message call{raw};
    append(raw, "usu", {"0", "idle\n\x1b[31m\xe2\x80\xae\"", "0"});
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_call(bus.get(), raw, 0, &error, nullptr);
    EXPECT_EQ(std::string{error.name}, error::invalid_args);
    EXPECT_TRUE(is_plain(error.message)) << error.message;
    EXPECT_THAT(error.message, Not(HasSubstr("\xe2\x80\xae")));
    sd_bus_error_free(&error);
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
