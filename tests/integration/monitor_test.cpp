// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// ioprioctl list --watch and ioprioctl monitor: the traffic of a process that writes to a disk, and changes by keys at
// a terminal. The terminal is tmux, which tells what is to be seen on it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <regex>
#include <sstream>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

/// A disk of a file in memory, which everybody may write to; what is in memory alone is no traffic. It goes with the
/// mount name space.
const std::string& disk() {
    static const std::string directory = [] {
        const Result made = run("root", {"sh", "-euc",
                                         "truncate --size=16M /run/image; mkfs.ext4 -q /run/image; mkdir /run/disk; "
                                         "mount -o loop /run/image /run/disk; chmod 1777 /run/disk"});
        if (made.status != 0) {
            throw std::runtime_error("no loop device can be made here: " + made.err);
        }
        return std::string{"/run/disk/"};
    }();
    return directory;
}

/// The first line that has it; empty if none has.
std::string line_with(const std::string& text, const std::string& what) {
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        if (line.find(what) != std::string::npos) {
            return line;
        }
    }
    return {};
}

/// A program at a terminal of its own, in a shell that then says its status and waits for a line.
class Screen {
 public:
    Screen(std::string user, const std::string& line, int width = 120, int height = 30) : user_{std::move(user)} {
        tmux({"-u", "-f", "/dev/null", "new-session", "-d", "-x", std::to_string(width), "-y", std::to_string(height),
              "env LC_ALL=C.UTF-8 sh -c 'trap : INT; " + line + "; echo \"status $?.\"; read -r x'"});
    }
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;
    Screen(Screen&&) = delete;
    Screen& operator=(Screen&&) = delete;
    ~Screen() { static_cast<void>(run(user_, tmux_line({"kill-server"}))); }

    [[nodiscard]] std::string text() const { return tmux({"capture-pane", "-p"}); }
    [[nodiscard]] std::string property(const std::string& name) const {
        return tmux({"display-message", "-p", "#{" + name + "}"});
    }
    /// As tmux names them: "i", "Down", "Enter".
    void press(const Command& keys) const {
        Command words{"send-keys"};
        words.insert(words.end(), keys.begin(), keys.end());
        tmux(words);
    }
    void resize(int width, int height) const {
        tmux({"resize-window", "-x", std::to_string(width), "-y", std::to_string(height)});
    }
    /// Waits until this is to be seen. @return all that is
    std::string shows(const std::string& what) const {
        std::string now;
        EXPECT_TRUE(eventually([&] { return (now = text()).find(what) != std::string::npos; })) << what << "\n" << now;
        return now;
    }
    /// Waits until it takes a password without showing it. @return all that is to be seen then
    std::string asks() const {
        const auto now = shows("Password:");
        auto terminal = property("pane_tty");
        terminal.pop_back();
        EXPECT_TRUE(eventually([&] {
            return run("root", {"stty", "-a", "-F", terminal}).out.find(" -echo ") != std::string::npos;
        }));
        return now;
    }
    /// As shows, for a regular expression.
    void matches(const std::string& what) const {
        EXPECT_TRUE(eventually([&] { return std::regex_search(text(), std::regex{what}); })) << what << text();
    }
    /// Goes to this process, by number, where rows stay where they are.
    void select(pid_t pid) const {
        shows("q quit");
        for (auto by = order(); by != "process id"; by = order()) {
            press({"s"});
            ASSERT_TRUE(eventually([&] { return order() != by; })) << text();
        }
        press({"Home"});
        matches("COMMAND *\n>");
        for (auto at = selected(); at != pid;) {
            const auto before = at;
            press({at < pid ? "Down" : "Up"});
            ASSERT_TRUE(eventually([&] { return (at = selected()) != before && at != 0; })) << text();
        }
    }

 private:
    [[nodiscard]] std::string order() const {
        const auto now = text();
        std::smatch found;
        return std::regex_search(now, found, std::regex{"  by ([a-z ]+)  "}) ? found[1].str() : "";
    }
    /// The selected process; 0 while the screen is drawn.
    [[nodiscard]] pid_t selected() const {
        const auto now = text();
        std::smatch found;
        return std::regex_search(now, found, std::regex{"\n> *([0-9]+) "}) ? std::stoi(found[1]) : 0;
    }
    [[nodiscard]] Command tmux_line(Command words) const {
        words.insert(words.begin(), {"env", "TMUX_TMPDIR=/run/home/" + user_, "tmux", "-L", socket_});
        return words;
    }
    std::string tmux(const Command& words) const {
        const auto result = run(user_, tmux_line(words));
        if (result.status != 0) {
            throw std::runtime_error("tmux: " + result.err);
        }
        return result.out;
    }

    static std::string next_socket() {
        static int screens = 0;
        return "screen-" + std::to_string(++screens);
    }

    std::string user_;
    std::string socket_ = next_socket();  // of its own: a server that is told to end still answers for a moment
};

class Monitor : public testing::Test {
 protected:
    Target own{"alice", {"threads", "5"}};
    Target bobs{"bob", {"threads", "3"}};
    Breakdown untouched{{"none", 3}};
};

TEST_F(Monitor, shows_a_refusal_and_changes_nothing) {
    set_rules(rule(set_other_users, "NO"));
    const Screen screen{"alice", "ioprioctl monitor --interval 0.2"};
    screen.select(bobs.pid());
    screen.press({"i"});
    EXPECT_THAT(screen.shows(set_other_users), HasSubstr("process " + bobs.id() + " (target)"));
    EXPECT_EQ(bobs.priorities(), untouched);
}

TEST_F(Monitor, changes_nothing_where_nothing_is_selected) {
    const Screen screen{"alice", "ioprioctl monitor --interval 0.2"};
    screen.shows("WRITE/s");
    screen.press({"i", "b"});
    screen.shows("no process is selected");
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 5}}));
}

TEST_F(Monitor, changes_nothing_in_place_of_a_process_that_has_ended) {
    Target second{"alice", {"threads", "2"}};
    const Screen screen{"alice", "ioprioctl monitor --interval 0.2"};
    screen.select(second.pid());
    second.end();
    EXPECT_TRUE(eventually([&] { return line_with(screen.text(), ">").empty(); }));
    screen.press({"i"});
    screen.shows("no process is selected");
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 5}}));
}

TEST_F(Monitor, refuses_a_wrong_password_and_goes_on) {
    const Screen screen{"alice", "ioprioctl monitor --interval 0.2"};
    screen.select(bobs.pid());
    screen.press({"i"});
    EXPECT_THAT(screen.asks(), Not(HasSubstr("WRITE/s")));
    screen.press({"wrong", "Enter"});
    screen.shows(set_other_users);
    screen.shows("q quit");
    EXPECT_EQ(bobs.priorities(), untouched);
}

TEST_F(Monitor, goes_on_when_the_question_is_interrupted) {
    const Screen screen{"alice", "ioprioctl monitor --interval 0.2"};
    screen.select(bobs.pid());
    screen.press({"i"});
    screen.asks();
    screen.press({"C-c"});
    screen.shows("q quit");
    EXPECT_EQ(bobs.priorities(), untouched);
    screen.press({"q"});
    screen.shows("status 0.");
}

TEST_F(Monitor, asks_for_the_password_and_comes_back) {
    const Screen screen{"alice", "ioprioctl monitor --interval 0.2"};
    screen.select(bobs.pid());
    screen.press({"i"});
    EXPECT_THAT(screen.asks(), HasSubstr(set_other_users));
    screen.press({"-l", password()});
    screen.press({"Enter"});
    EXPECT_THAT(screen.shows(bobs.id() + " (target, 3 threads): none -> idle"), HasSubstr("WRITE/s"));
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
}

TEST_F(Monitor, sets_every_thread_by_its_keys) {
    const Screen screen{"alice", "ioprioctl monitor --interval 0.2"};
    screen.select(own.pid());
    const std::vector<std::pair<std::string, std::string>> keys{
        {"i", "idle"},          {"b", "best-effort:4"}, {"+", "best-effort:3"}, {"-", "best-effort:4"},
        {"-", "best-effort:5"}, {"n", "none"},          {"-", "best-effort:5"}, {"d", "none"}};
    std::string before = "none";
    for (const auto& [key, after] : keys) {
        screen.press({key});
        screen.shows(own.id() + " (target, 5 threads): " + before + " -> " + after);
        EXPECT_EQ(own.priorities(), (Breakdown{{after, 5}})) << key;
        before = after;
    }
    screen.press({"i"});
    screen.shows("-> idle");
    screen.press({"+"});
    screen.shows("idle has no levels");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
    EXPECT_THAT(daemon_log(), Not(HasSubstr(own.id() + " (target)"))) << "the kernel was enough";
}

TEST_F(Monitor, goes_through_the_service_where_it_must) {
    set_rules(rule(set_other_users, "YES") + rule(set_realtime, "YES"));
    const Screen screen{"alice", "ioprioctl -v monitor --interval 0.2"};
    screen.select(bobs.pid());
    screen.press({"b"});
    screen.shows("none -> best-effort:4, by the service");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"best-effort:4", 3}}));
    screen.select(own.pid());
    screen.press({"r"});
    screen.shows("none -> realtime:4, by the service");
    EXPECT_EQ(own.priorities(), (Breakdown{{"realtime:4", 5}}));
}

TEST_F(Monitor, says_that_services_inherit_the_priority_of_process_1) {
    const Screen screen{"root", "ioprioctl monitor --interval 0.2"};
    screen.select(1);
    screen.press({"-"});
    screen.shows("; services that it starts inherit it");
    screen.press({"n"});
    EXPECT_THAT(screen.shows(" -> none"), Not(HasSubstr("inherit")));
}

TEST_F(Monitor, leaves_out_other_users_processes) {
    const Screen screen{"alice", "ioprioctl monitor --interval 0.2"};
    screen.shows(" " + bobs.id() + "  bob ");
    screen.press({"u"});
    const auto mine = screen.shows("yours only");
    EXPECT_THAT(mine, AllOf(HasSubstr(" " + own.id() + "  alice "), Not(HasSubstr("  bob "))));
    screen.press({"?"});
    screen.shows("Press any key to go back.");
    screen.press({"x", "u"});
    screen.shows("  bob ");
}

TEST_F(Monitor, shows_who_writes_first_and_what_it_may_not_see) {
    const Target writer{"alice", {"writes", disk() + "alices"}};
    const Target hidden{"bob", {"writes", disk() + "bobs"}};
    const Screen screen{"alice", "ioprioctl monitor --interval 0.3"};
    EXPECT_TRUE(eventually([&] {
        return std::regex_search(line_with(screen.text(), " " + writer.id() + " "),
                                 std::regex{R"(none +0 +([0-9.]+[KM]|[1-9][0-9]*)  target)"});
    })) << screen.text();
    const auto text = screen.text();
    EXPECT_LT(text.find(" " + writer.id() + " "), text.find(" " + own.id() + " "));
    EXPECT_THAT(line_with(text, " " + hidden.id() + " "), ContainsRegex("none +- +-  target"));
    EXPECT_THAT(text, AllOf(HasSubstr("is shown to root only"), HasSubstr("sudo ioprioctl monitor")));
}

TEST_F(Monitor, is_not_led_by_the_name_of_a_process) {
    const std::map<std::string, std::string> names{{"\x1b]2;pwned\a", "?]2;pwned?"},
                                                   {"\x1b[2J\x1b[9;9Hx", "?[2J?[9;9Hx"},
                                                   {"a\xff\x9b"
                                                    "b\n",
                                                    "a??b?"},
                                                   {"\xe5\xbe\xa9\xe5\x85\x83", "\xe5\xbe\xa9\xe5\x85\x83"},
                                                   {"\xe2\x80\xaetxt", "?txt"}};
    std::vector<Child> running;
    for (const auto& [name, shown] : names) {
        const auto program = "/run/home/alice/" + name;
        std::filesystem::copy_file("/usr/bin/sleep", program);
        running.emplace_back("alice", Command{program, "600"});
    }
    const Screen screen{"alice", "ioprioctl monitor --interval 0.2"};
    for (const auto& [name, shown] : names) {
        EXPECT_THAT(screen.shows("  " + shown), HasSubstr("WRITE/s"));
    }
    EXPECT_THAT(screen.property("pane_title"), Not(HasSubstr("pwned")));
}

TEST_F(Monitor, fits_every_size_and_keeps_its_selection) {
    const Screen screen{"alice", "ioprioctl monitor --interval 0.2"};
    screen.select(own.pid());
    for (const auto& [width, height] : std::vector<std::pair<int, int>>{{60, 8}, {20, 5}, {2, 2}, {120, 40}}) {
        screen.resize(width, height);
        if (width > 20) {
            EXPECT_TRUE(eventually([&] {
                const auto text = screen.text();
                const auto row = line_with(text, ">");
                return row.find(own.id()) != std::string::npos && row.find("  target") != std::string::npos &&
                       text.find("i idle") > text.find(own.id());
            })) << screen.text();
        }
    }
    screen.press({"i"});
    screen.shows("none -> idle");
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
}

TEST_F(Monitor, speaks_a_language_of_wide_characters_and_fits) {
    const Screen screen{"alice", "LC_ALL=de_DE.UTF-8 LANGUAGE=ja ioprioctl monitor --interval 0.2", 80, 24};
    screen.shows("q 終了  ? ヘルプ  i idle");
    const auto text = screen.shows("WRITE/s");
    EXPECT_THAT(text, ContainsRegex("^ioprioctl monitor  [0-9:]+  0.2 秒ごと  読み書きの量の順  [0-9]+ プロセス\n"
                                    " +PID  USER +PRIORITY +READ/s +WRITE/s  COMMAND\n"));
    EXPECT_THAT(text, ContainsRegex("u 自分 *\n")) << "whole words as far as there is room";
    screen.press({"i"});
    screen.shows("プロセスが選ばれていません: 矢印キーで選んでください");
    screen.press({"?"});
    screen.shows("\nどのキーでも戻ります。");
    screen.shows("\n  上、下、k、j        プロセスを選ぶ。");
    screen.press({"x"});
    screen.resize(41, 10);
    screen.shows("q 終了  ? ヘルプ  i idle  b best-effort");
    EXPECT_THAT(screen.text(), Not(HasSubstr("realtime")));
    screen.press({"q"});
    screen.shows("status 0.");
}

TEST_F(Monitor, gives_the_terminal_back_however_it_ends) {
    for (const std::string how : {"q", "C-c", "TERM", "HUP"}) {
        const Screen screen{"alice",
                            "before=$(stty -g); ioprioctl monitor; s=$?; [ \"$before\" = \"$(stty -g)\" ] && "
                            "echo same; (exit $s)"};
        screen.shows("q quit");
        EXPECT_EQ(screen.property("alternate_on"), "1\n");
        if (how == "TERM" || how == "HUP") {
            run("alice", {"pkill", "-" + how, "-u", "alice", "-f", "^/?[a-z/]*ioprioctl monitor"});
        } else {
            screen.press({how});
        }
        EXPECT_THAT(screen.shows("status 0."), HasSubstr("same")) << how;
        EXPECT_EQ(screen.property("alternate_on") + screen.property("cursor_flag"), "0\n1\n") << how;
    }
}

class Watch : public testing::Test {};

TEST_F(Watch, ends_in_order_with_its_reader_and_with_signals) {
    const auto piped = run("alice", {"bash", "-c",
                                     "trap '' PIPE; ioprioctl list --watch=0.1 | head -n 1 >/dev/null; "
                                     "echo ${PIPESTATUS[0]}"});
    EXPECT_EQ(piped.out, "0\n");
    EXPECT_THAT(piped.err, Not(HasSubstr("output")));
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        Child child{"alice", {"ioprioctl", "list", "--watch=0.1"}};
        child.read_until("COMMAND\n");
        child.signal(signal);
        EXPECT_EQ(child.finish().status, 0) << signal;
    }
}

TEST_F(Watch, goes_on_after_a_signal_that_it_was_started_to_ignore) {
    Child child{"alice", {"env", "--ignore-signal=HUP", "ioprioctl", "list", "--watch=0.1", "--count=5"}};
    child.read_until("COMMAND\n");
    child.signal(SIGHUP);
    const auto rest = child.finish();
    EXPECT_EQ(rest.status, 0);
    EXPECT_THAT(rest.out, ContainsRegex("COMMAND(.|\n)*COMMAND(.|\n)*COMMAND(.|\n)*COMMAND"));
}

/// In poll(2) or ppoll(2) of two descriptors, without an end: syscall in proc(5).
bool waits_for_its_reader(pid_t pid) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/syscall"};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    return text.find(" 0x2 0xffffffff") != std::string::npos || text.find(" 0x2 0x0 ") != std::string::npos;
}

TEST_F(Watch, ends_with_a_signal_while_its_reader_does_not_read) {
    std::vector<std::unique_ptr<Target>> all;
    for (int i = 0; i < 20; ++i) {
        all.push_back(std::make_unique<Target>("alice", Command{"threads", "1"}));
        set_all(all.back()->pid(), "idle");
    }
    Child child{"alice", {"ioprioctl", "list", "--watch=0.1", "--json=short"}};
    ASSERT_TRUE(eventually([&] { return waits_for_its_reader(child.pid()); }));
    child.signal(SIGTERM);
    child.wait();
    EXPECT_EQ(child.finish().status, 0);
}

TEST_F(Watch, ends_at_once_when_its_reader_has_gone) {
    const auto result = run("alice", {"bash", "-c", "ioprioctl list --watch=3600 | true; echo ${PIPESTATUS[0]}"});
    EXPECT_EQ(result.out, "0\n");
}

TEST_F(Watch, does_not_know_others_traffic_and_says_how_it_can_be_seen) {
    const Target writer{"bob", {"writes", disk() + "bobs"}};
    set_all(writer.pid(), "idle");
    const auto result = run("alice", {"ioprioctl", "list", "--watch=0.3", "--count", "2"});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(line_with(result.out, writer.id()), ContainsRegex("bob +idle +- +-  target"));
    EXPECT_THAT(result.err, AllOf(StartsWith("ioprioctl: the traffic of "), HasSubstr("sudo ioprioctl list --watch")));
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << "once";
    EXPECT_THAT(run("alice", {"ioprioctl", "-q", "list", "--watch=0.1", "--count=1"}).err, IsEmpty());
}

TEST_F(Watch, shows_what_a_process_writes_with_its_priority) {
    const Target writer{"alice", {"writes", disk() + "alices"}};
    const Target still{"alice", {"threads", "2"}};
    set_all(writer.pid(), "best-effort:6");
    const auto result = run("alice", {"ioprioctl", "list", "--watch=0.5", "--count", "2"});
    EXPECT_EQ(result.status, 0) << result.err;
    const std::regex row{writer.id() + R"(  alice +best-effort:6 +0 +[0-9.]+[KM]  target\n)"};
    EXPECT_EQ(std::distance(std::sregex_iterator(result.out.begin(), result.out.end(), row), {}), 2) << result.out;
    EXPECT_THAT(result.out, ContainsRegex("^20[0-9-]+ [0-9:]+\n *PID  USER +PRIORITY +READ/s +WRITE/s  COMMAND\n"));
    EXPECT_THAT(result.out, Not(HasSubstr(" " + still.id() + " ")));
    const auto bare = run("alice", {"ioprioctl", "list", "--watch=0.5", "--count", "1", "--no-legend"}).out;
    EXPECT_THAT(bare, AllOf(Not(HasSubstr("COMMAND")), Not(HasSubstr("\n\n")), EndsWith("target\n")));
}

TEST_F(Watch, prints_an_object_a_line_for_programs) {
    const Target writer{"alice", {"writes", disk() + "alices"}};
    set_all(writer.pid(), "idle");
    const auto result = run("alice", {"ioprioctl", "list", "--watch=0.4", "--count", "2", "--json=short"});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.err, IsEmpty());
    const std::regex line{
        R"(\{"time":"20[0-9T:-]+Z","processes":\[.*"pid":)" + writer.id() +
        R"(,"user":"alice","command":"target","threads":2,"priority":"idle","uniform":true,"breakdown":\{"idle":2\},"read_rate":0,"write_rate":[1-9][0-9]{3,}\}.*\],"hidden":[0-9]+\}\n)"};
    EXPECT_EQ(std::distance(std::sregex_iterator(result.out.begin(), result.out.end(), line), {}), 2) << result.out;
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
