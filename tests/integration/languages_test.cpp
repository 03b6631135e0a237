// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// What is said to people in their language: by polkit's dialog, and by ioprioctl.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* german_locale = "de_DE.UTF-8";

class ADialog : public testing::Test {
 protected:
    /// What it says, and says no.
    std::string said(const std::string& call, const std::string& locale) {
        Agent agent{{alice.pid()}, {"--cancel"}, locale};
        EXPECT_EQ(alice.call(call, Dialog::allowed), error::dismissed);
        const auto prompts = agent.finish();
        EXPECT_EQ(prompts.size(), 1U);
        return prompts.empty() ? "" : prompts[0].message;
    }

    Target bobs{"bob", {"threads", "1"}};
    std::string set = "SetProcess usu " + bobs.id() + " idle 0";
    Caller alice{"alice"};
};

TEST_F(ADialog, is_in_english_where_the_language_is_not_known) {
    for (const auto* locale : {"C.UTF-8", "xx_XX.UTF-8", "/etc", "en_US.UTF-8"}) {
        EXPECT_EQ(said(set, locale), "Authentication is required to set the I/O priority of target (process " +
                                         bobs.id() + ") of user bob to idle.")
            << locale;
    }
}

TEST_F(ADialog, is_in_the_language_of_whoever_is_asked) {
    EXPECT_EQ(said(set, german_locale), "Legitimierung ist erforderlich, um die E/A-Priorität von target (Prozess " +
                                            bobs.id() + ") des Benutzers bob auf idle zu setzen.");
    EXPECT_THAT(said(set, "C.UTF-8"), HasSubstr("Authentication is required")) << "and so the next one, in another";
}

/// @param environment "LC_ALL=de_DE.UTF-8"
Result ioprioctl(const Command& environment, const Command& arguments) {
    Command command{"env"};
    command.insert(command.end(), environment.begin(), environment.end());
    command.emplace_back("ioprioctl");
    command.insert(command.end(), arguments.begin(), arguments.end());
    return run("alice", command);
}

const Command in_german{"LC_ALL=de_DE.UTF-8"};
const Command in_english{"LC_ALL=C"};

TEST(Languages, of_a_line_that_is_wrong) {
    const auto unknown = ioprioctl(in_german, {"gett"});
    EXPECT_EQ(unknown.status, 2);
    EXPECT_EQ(unknown.err,
              "ioprioctl: Befehl \"gett\" ist nicht bekannt: nehmen Sie get, set, run, hold, list, monitor, devices, "
              "check; siehe ioprioctl --help\n");
    const auto priority = ioprioctl(in_german, {"set", "idel", "1"});
    EXPECT_EQ(priority.status, 2);
    EXPECT_EQ(priority.err,
              "ioprioctl: Priorität \"idel\" ist nicht bekannt: nehmen Sie none, idle, best-effort[:0-7] oder "
              "realtime[:0-7], oder background, low, normal, high; siehe ioprioctl set --help\n");
    const auto command = ioprioctl(in_german, {"run", "idle", "--", "/nonexistent"});
    EXPECT_EQ(command.status, 127);
    EXPECT_THAT(command.err, StartsWith("ioprioctl: \"/nonexistent\" kann nicht ausgeführt werden: "));
}

TEST(Languages, of_a_refusal_with_what_may_be_done) {
    const Target roots{"root", {"threads", "1"}};
    const Command line{"--via", "service", "set", "idle", roots.id()};
    const auto english = ioprioctl(in_english, line);
    const auto german = ioprioctl(in_german, line);
    EXPECT_EQ(english.status, 4);
    EXPECT_EQ(german.status, 4);
    const std::string hint =
        "; run this at a terminal or with sudo, or have an administrator allow it by a polkit rule\n";
    const std::string german_hint =
        "; führen Sie dies in einem Terminal oder mit sudo aus, oder lassen Sie es von einem Administrator durch eine "
        "Regel von polkit erlauben\n";
    ASSERT_THAT(english.err, EndsWith("which needs a password" + hint));
    EXPECT_EQ(german.err,
              "ioprioctl: Prozess " + roots.id() + ": dafür ist ein Passwort nötig (mehr mit -v)" + german_hint);
    // Behind it are the service's own words, which its log and polkit rules have, too.
    const auto own_words = english.err.substr(11, english.err.size() - 11 - hint.size());
    EXPECT_EQ(ioprioctl(in_german, {"-v", "--via", "service", "set", "idle", roots.id()}).err,
              "ioprioctl: Prozess " + roots.id() + ": dafür ist ein Passwort nötig (" + own_words + ")" + german_hint);
    EXPECT_EQ(ioprioctl(in_english, {"-v", "--via", "service", "set", "idle", roots.id()}).err, english.err);
    EXPECT_EQ(roots.priorities(), (Breakdown{{"none", 1}}));
}

TEST(Languages, of_each_error_are_one) {
    EXPECT_EQ(ioprioctl(in_german, {"get", "2147483647"}).err,
              "ioprioctl: Prozess 2147483647: existiert nicht oder hat geendet (mehr mit -v)\n");
    EXPECT_EQ(ioprioctl(in_german, {"--via", "kernel", "set", "idle", "1"}).err,
              "ioprioctl: Prozess 1: der Kernel erlaubt es diesem Benutzer nicht (mehr mit -v); lassen Sie --via "
              "kernel weg\n");
    const auto held = ioprioctl(in_german, {"hold", "idle", "2147483647", "--", "true"});
    EXPECT_EQ(held.err, "ioprioctl: Prozess 2147483647: existiert nicht oder hat geendet (mehr mit -v)\n");
    EXPECT_EQ(held.status, 125);
    const auto as_ionice = ioprioctl(in_german, {"-c3", "-p", "2147483647"});
    EXPECT_EQ(as_ionice.err, "ioprioctl: Prozess 2147483647: existiert nicht oder hat geendet (mehr mit -v)\n");
    EXPECT_EQ(ioprioctl(in_german, {"-p", "2147483647"}).err, as_ionice.err);
    EXPECT_THAT(ioprioctl(in_german, {"--no-ask-password", "run", "realtime", "date"}).err,
                StartsWith("ioprioctl: \"date\": dafür ist ein Passwort nötig"));
    EXPECT_EQ(as_ionice.status, 1);
    EXPECT_EQ(ioprioctl(in_german, {"get", ""}).err,
              "ioprioctl: die Prozesskennung ist leer: es gibt keinen solchen Prozess\n")
        << "words of ioprioctl itself";
    const auto json = ioprioctl(in_german, {"--json=short", "get", "2147483647"});
    EXPECT_THAT(json.out, HasSubstr("\"message\":\"there is no process 2147483647\"")) << "programs read that";
}

TEST(Languages, of_what_is_and_would_be_done) {
    const Target own{"alice", {"threads", "2"}};
    EXPECT_EQ(ioprioctl(in_german, {"--dry-run", "set", "realtime:3", own.id()}).out,
              own.id() + " (target, 2 Threads): none -> realtime:3 würde gesetzt; vom Dienst, der polkit nach " +
                  set_realtime + " fragen würde\n");
    EXPECT_EQ(ioprioctl(in_german, {"-v", "set", "idle", own.id()}).out,
              own.id() + " (target, 2 Threads): none -> idle, vom Kernel\n");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 2}}));
}

TEST(Languages, of_the_help_are_all) {
    const auto english = ioprioctl(in_english, {"--help"});
    EXPECT_THAT(english.out, StartsWith("Usage: ioprioctl [OPTION...] COMMAND"));
    EXPECT_THAT(ioprioctl(in_german, {"--help"}).out,
                AllOf(StartsWith("Aufruf: ioprioctl [OPTION...] COMMAND"), HasSubstr("\nBefehle:\n  get "),
                      HasSubstr("Prozesse, Gruppen, Units oder Benutzer setzen\n"), HasSubstr("\nOptionen:\n"),
                      HasSubstr("\nExit-Status:\n")));
    // Any locale that is none of the plain ones will do: LANGUAGE goes before.
    for (const auto& [language, word] : std::vector<std::pair<std::string, std::string>>{{"de", "Aufruf: "},
                                                                                         {"es", "Uso: "},
                                                                                         {"fr", "Utilisation\u00a0: "},
                                                                                         {"ja", "使い方: "},
                                                                                         {"pt_BR", "Uso: "}}) {
        for (const std::string command : {"get", "set", "run", "hold", "list", "monitor", "devices", "check"}) {
            const auto help = ioprioctl({"LC_ALL=de_DE.UTF-8", "LANGUAGE=" + language}, {command, "--help"});
            EXPECT_EQ(help.status, 0);
            EXPECT_THAT(help.out, AllOf(StartsWith(word + "ioprioctl " + command), Not(HasSubstr("Options:")),
                                        HasSubstr("--version")));
        }
    }
}

TEST(Languages, of_times_and_of_traffic_that_is_hidden) {
    EXPECT_EQ(ioprioctl(in_german, {"list", "--watch=0"}).err,
              "ioprioctl: --watch=\"0\" ist keine Zahl von Sekunden von 0.1 bis 3600; siehe ioprioctl list --help\n");
    EXPECT_EQ(ioprioctl(in_german, {"monitor"}).err,
              "ioprioctl: monitor braucht ein Terminal als Standardein- und -ausgabe: nehmen Sie ioprioctl list "
              "--watch; siehe ioprioctl monitor --help\n");
    const Target bobs{"bob", {"threads", "1"}};
    const auto watched = ioprioctl(in_german, {"list", "--watch=0.1", "--count=1"});
    EXPECT_THAT(watched.err, AllOf(StartsWith("ioprioctl: der Durchsatz von "),
                                   EndsWith(" wird nur root gezeigt: sudo ioprioctl list --watch\n")));
    EXPECT_THAT(watched.out, HasSubstr("READ/s")) << "titles are names";
}

TEST(Languages, of_the_verdict_on_a_disk) {
    const auto english = ioprioctl(in_english, {"check", "/run"});
    EXPECT_EQ(english.status, 1);
    EXPECT_EQ(english.out,
              "/run is on tmpfs\n\nI/O priorities have no effect here.\n"
              "tmpfs is not on a disk: there is nothing that a priority could act on.\n");
    const auto german = ioprioctl(in_german, {"check", "/run"});
    EXPECT_EQ(german.status, 1);
    EXPECT_EQ(german.out,
              "/run liegt auf tmpfs\n\nE/A-Prioritäten wirken hier nicht.\n"
              "tmpfs liegt nicht auf einer Festplatte: es gibt nichts, worauf eine Priorität\nwirken könnte.\n");
}

TEST(Languages, leave_alone_what_programs_read) {
    const Target own{"alice", {"threads", "1"}};
    for (const auto& line : std::vector<Command>{{"--json=short", "get", own.id()},
                                                 {"--json=short", "--dry-run", "set", "idle", own.id()},
                                                 {"--json=short", "check", "/run"},
                                                 {"-p", own.id()},
                                                 {"list"},
                                                 {"--version"}}) {
        const auto english = ioprioctl(in_english, line);
        EXPECT_EQ(ioprioctl(in_german, line).out, english.out) << line.at(0);
        EXPECT_THAT(english.out, Not(IsEmpty()));
    }
}

TEST(Languages, are_english_where_the_terminal_may_not_show_another) {
    const std::string english =
        "ioprioctl: command \"gett\" is not known: use get, set, run, hold, list, monitor, devices, check; see "
        "ioprioctl --help\n";
    EXPECT_EQ(ioprioctl({"LC_ALL=C", "LANGUAGE=de"}, {"gett"}).err, english);
    EXPECT_EQ(ioprioctl({"LC_ALL=C.UTF-8"}, {"gett"}).err, english);
    EXPECT_EQ(ioprioctl({"LC_ALL=de_DE.UTF-8", "LANGUAGE=xx"}, {"gett"}).err, english);
    EXPECT_EQ(ioprioctl({"LC_ALL=de_AT.UTF-8"}, {"gett"}).err, english) << "a locale that is not there";
    EXPECT_EQ(ioprioctl({"LC_ALL=de_DE"}, {"gett"}).err, english) << "ISO-8859-1, in which names are not";
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
