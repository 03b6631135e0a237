// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// The programs with windows that people copy (examples/backup-window-*), on a screen that nobody sees: a key starts the
// backup, and what the window says is printed, too.
//
// IOPRIORITY_PICTURES=DIRECTORY: its picture is kept there, as docs/backup-window-gtk.png.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::EndsWith;
using testing::MatchesRegex;
using testing::StartsWith;

constexpr const char* folder = "/run/home/alice/folder";
constexpr const char* archive = "/run/home/alice/archive";

constexpr const char* in_the_background = "In the background: [0-9]+ processes with [0-9]+ threads.";
constexpr const char* at_full_speed = "Nobody is here, and the computer is on mains: the backup runs at full speed.";
constexpr const char* complete = "The backup is complete.";
constexpr const char* not_complete = "The backup did not complete.";

/// X without a monitor. It is root's: in here nobody else could make its socket.
class Screen {
 public:
    Screen() : display_{"DISPLAY=:" + server_.read_line()} {}

    [[nodiscard]] const std::string& display() const { return display_; }
    /// Of the window, once nothing moves there.
    void picture(const std::string& file) const {
        const auto window = xdotool({"getwindowgeometry", "--shell"});  // WINDOW=4194307\nX=0\nY=0\nWIDTH=480...
        std::map<std::string, std::string> geometry;
        std::istringstream lines{window.out};
        for (std::string line; std::getline(lines, line);) {
            geometry[line.substr(0, line.find('='))] = line.substr(line.find('=') + 1);
        }
        run("root", {"sleep", "2"});
        const auto made = run("root", {tool("picture.py"), "/run/Xvfb_screen0", geometry["X"], geometry["Y"],
                                       geometry["WIDTH"], geometry["HEIGHT"], file});
        EXPECT_EQ(made.status, 0) << made.err;
    }
    /// With the window of the program.
    [[nodiscard]] Result xdotool(const Command& words) const {
        Command command{"env", display_, "xdotool", "search", "--sync", "--onlyvisible", "--name", "^Backup$"};
        command.insert(command.end(), words.begin(), words.end());
        return run("root", command);
    }

 private:
    Child server_{
        "root", {"Xvfb", "-displayfd", "1", "-ac", "-nolisten", "tcp", "-screen", "0", "800x600x24", "-fbdir", "/run"}};
    std::string display_;
};

/// Stand-ins for UPower and logind, which the bus of the tests lets nobody be.
class SurroundingsOfTheMachine {
 public:
    SurroundingsOfTheMachine() {
        std::ofstream{"/etc/dbus-1/system.d/surroundings.conf"}
            << "<busconfig><policy user=\"root\"><allow own=\"org.freedesktop.UPower\"/>"
               "<allow own=\"org.freedesktop.login1\"/></policy><policy context=\"default\">"
               "<allow send_destination=\"org.freedesktop.UPower\"/><allow "
               "send_destination=\"org.freedesktop.login1\"/>"
               "</policy></busconfig>";
        const auto reloaded =
            run("root", {"busctl", "call", "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "ReloadConfig"});
        EXPECT_EQ(reloaded.status, 0) << reloaded.err;
        services_ = std::make_unique<Child>("root", Command{tool("surroundings.py")});
        EXPECT_EQ(services_->read_line(), "ready");
    }
    void operator()(const std::string& change) {
        services_->write_line(change);
        EXPECT_EQ(services_->read_line(), "ok");
    }

 private:
    std::unique_ptr<Child> services_;
};

struct Program {
    const char* name;
    const char* file;
};

class Windows : public testing::TestWithParam<Program> {
 protected:
    /// The archive is a pipe that nobody reads yet: the backup waits, and ends when the test wants it.
    Windows() {
        let_go_of_what_waits();
        run("alice", {"rm", "-rf", folder, archive});
        EXPECT_EQ(run("alice", {"mkdir", folder}).status, 0);
        EXPECT_EQ(run("alice", {"mkfifo", archive}).status, 0);
    }

    /// Of a backup that was stopped the last parts wait still for a reader of the pipe.
    static void let_go_of_what_waits() {
        EXPECT_TRUE(eventually([] {
            run("alice", {"dd", std::string{"if="} + archive, "iflag=nonblock", "of=/dev/null"});
            return backups().empty();
        }));
    }
    [[nodiscard]] Command program(const Command& helpers) const {
        Command command{"env",  screen.display(), "GSK_RENDERER=cairo", "HOME=/run/home/alice", tool(GetParam().file),
                        folder, archive};
        command.insert(command.end(), helpers.begin(), helpers.end());
        return command;
    }
    void open_window(const Command& helpers = {}, Child::Start start = Child::Start::at_once) {
        window = std::make_unique<Child>("alice", program(helpers), start);
    }
    /// Return, with the button in focus.
    void press() const {
        const auto pressed = screen.xdotool({"windowfocus", "--sync", "key", "Return"});
        EXPECT_EQ(pressed.status, 0) << pressed.err;
    }
    std::string said() { return window->read_line(); }
    void start() {
        EXPECT_THAT(said(), EndsWith(" will be backed up."));
        press();
        EXPECT_EQ(said(), "The backup runs.");
    }
    void stop() {
        press();
        EXPECT_EQ(said(), not_complete);
    }
    /// Who reads the pipe lets the backup come to its end.
    void let_it_complete() {
        EXPECT_EQ(run("alice", {"sh", "-c", std::string{"cat "} + archive + " >/dev/null"}).status, 0);
        EXPECT_EQ(said(), complete);
    }
    /// Of tar, and of what it has started.
    static Breakdown backups() {
        Breakdown all;
        std::istringstream pids{run("root", {"pgrep", "-u", "alice", "-x", "tar|gzip"}).out};
        for (pid_t pid = 0; pids >> pid;) {
            for (const auto& [priority, threads] : priorities_of(pid)) {
                all[priority] += threads;
            }
        }
        return all;
    }
    static pid_t tar() { return std::stoi(run("root", {"pgrep", "-u", "alice", "-o", "-x", "tar"}).out); }
    static bool all_are(const std::string& priority) {
        const auto now = backups();
        return now.size() == 1 && now.count(priority) == 1;
    }

    Screen screen;
    Target bobs{"bob", {"threads", "3"}};
    std::unique_ptr<Child> window;
};

TEST_P(Windows, say_why_the_backup_was_not_lowered) {
    open_window({bobs.id()});
    start();
    EXPECT_EQ(said(), "A password is needed, and nobody was asked: the backup runs at its usual priority.");
    EXPECT_TRUE(all_are("none"));
    stop();
    set_rules(rule(set_other_users, "NO"));
    press();
    EXPECT_EQ(said(), "The backup runs.");
    EXPECT_EQ(said(),
              "You may not lower what works for this backup, or the dialog was closed: the backup runs at its usual "
              "priority.");
    EXPECT_TRUE(all_are("none"));
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 3}}));
    let_it_complete();
}

TEST_P(Windows, say_no_more_than_how_it_goes_on_when_the_person_closes_the_dialog) {
    open_window({bobs.id()}, Child::Start::held);
    Agent agent{{window->pid()}, {"--cancel"}};
    window->release();
    start();
    EXPECT_EQ(said(), "The backup runs at its usual priority.");
    EXPECT_TRUE(all_are("none"));
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 3}}));
    let_it_complete();
    EXPECT_EQ(agent.finish().size(), 1U);
}

TEST_P(Windows, say_once_that_a_helper_has_ended) {
    SurroundingsOfTheMachine change;
    open_window({"4194303"});
    start();
    EXPECT_EQ(said(), "A process of the backup has ended already: the backup runs at its usual priority.");
    change("OnBattery true");  // no reason to say it again
    let_it_complete();
}

TEST_P(Windows, lower_the_backup_and_anothers_helper_by_one_dialog_until_it_is_complete) {
    open_window({bobs.id()}, Child::Start::held);
    Agent agent{{window->pid()}, {"--password", password()}};
    window->release();
    start();
    EXPECT_THAT(said(), MatchesRegex(in_the_background));
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_TRUE(all_are("idle"));
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here sets variables
    if (const char* pictures = std::getenv("IOPRIORITY_PICTURES")) {
        screen.picture(pictures + std::string{"/backup-window-"} + GetParam().name + ".png");
    }
    let_it_complete();
    EXPECT_TRUE(eventually([&] { return bobs.priorities() == Breakdown{{"none", 3}}; }));
    EXPECT_EQ(agent.finish().size(), 1U);
}

TEST_P(Windows, stop_the_backup_and_give_back_what_the_helper_had) {
    set_rules(rule(set_other_users, "YES"));
    open_window({bobs.id()});
    start();
    EXPECT_THAT(said(), MatchesRegex(in_the_background));
    stop();
    EXPECT_TRUE(eventually([&] { return bobs.priorities() == Breakdown{{"none", 3}}; }));
}

TEST_P(Windows, say_that_somebody_else_has_set_the_backup) {
    open_window();
    start();
    EXPECT_THAT(said(), MatchesRegex(in_the_background));
    EXPECT_EQ(Caller{"alice"}.set_process(tar(), "best-effort", 3), "ok 1");
    EXPECT_EQ(said(), "Somebody else has set the priority of the backup: that stays.");
    let_it_complete();
}

TEST_P(Windows, say_that_the_hold_is_lost) {
    open_window();
    start();
    EXPECT_THAT(said(), MatchesRegex(in_the_background));
    kill(daemon_pid().value(), SIGTERM);
    EXPECT_EQ(said(), "The service was stopped: the backup runs at its usual priority.");
    EXPECT_TRUE(eventually([] { return all_are("none"); }));
    let_it_complete();
}

TEST_P(Windows, raise_the_backup_while_nobody_is_there_and_the_machine_is_on_mains) {
    SurroundingsOfTheMachine change;
    change("OnBattery true");
    open_window();
    start();
    EXPECT_THAT(said(), MatchesRegex(in_the_background));
    change("IdleHint true");
    change("OnBattery false");
    EXPECT_EQ(said(), at_full_speed);
    EXPECT_TRUE(eventually([] { return all_are("none"); }));
    change("IdleHint false");
    EXPECT_THAT(said(), MatchesRegex(in_the_background));
    EXPECT_TRUE(all_are("idle"));
    let_it_complete();
}

INSTANTIATE_TEST_SUITE_P(All, Windows,
                         testing::Values(Program{"gtk", "backup-window.py"}, Program{"qt", "example_backup_window_qt"}),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
