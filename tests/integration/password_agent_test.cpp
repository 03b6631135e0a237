// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// ioprioctl brings somebody to ask for a password: pkttyagent at its terminal, where and as long as polkit wants to
// ask. The real polkitd and pkttyagent; a wrapper in its place notes each start.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* agent_path = "/usr/bin/pkttyagent";
constexpr const char* log_path = "/run/agents";

/// Puts the wrapper in place of the program: "PID ARGUMENT..." for each start.
void wrap_agent() {
    static bool done = false;
    if (std::exchange(done, true)) {
        return;
    }
    std::filesystem::copy_file(agent_path, "/run/pkttyagent");
    {
        std::ofstream wrapper{"/run/wrapper"};
        wrapper << "#!/bin/sh\necho \"$$ $*\" >>" << log_path << "\nexec /run/pkttyagent \"$@\"\n";
    }
    std::filesystem::permissions("/run/wrapper", std::filesystem::perms{0755});
    std::ofstream{log_path}.flush();
    std::filesystem::permissions(log_path, std::filesystem::perms{0666});
    if (mount("/run/wrapper", agent_path, nullptr, MS_BIND, nullptr) != 0) {
        throw std::runtime_error("cannot put the wrapper in place");
    }
}

class PasswordAgent : public testing::Test {
 protected:
    PasswordAgent() {
        wrap_agent();
        std::ofstream{log_path, std::ios::trunc}.flush();
    }

    /// A shell of alice's at a terminal of its own, which runs ioprioctl, says its status and waits for a line.
    [[nodiscard]] static Child at_terminal(const std::string& arguments) {
        return Child{
            "alice",
            {"setsid", "--ctty", "sh", "-c", "trap : INT; ioprioctl " + arguments + "; echo \"status $?.\"; read -r x"},
            Child::Start::at_once,
            Child::Talk::at_terminal};
    }

    /// Waits until it takes a password without showing it.
    static std::string prompt(Child& child) {
        auto text = child.read_until("Password: ");
        EXPECT_TRUE(eventually([&] { return !child.echoes(); }));
        return text;
    }

    [[nodiscard]] static std::vector<std::string> starts() {
        std::ifstream file{log_path};
        std::vector<std::string> lines;
        for (std::string line; std::getline(file, line);) {
            lines.push_back(line);
        }
        return lines;
    }

    /// Whom the agent that was started last serves.
    [[nodiscard]] static pid_t served() {
        const auto line = starts().at(0);
        return std::stoi(line.substr(line.find("--process ") + 10));
    }

    [[nodiscard]] static bool agent_ended() { return kill(std::stoi(starts().at(0)), 0) != 0 && errno == ESRCH; }

    /// What is right after ioprioctl has ended, however.
    static void expect_as_before(Child& child) {
        EXPECT_TRUE(child.echoes());
        EXPECT_EQ(starts().size(), 1U);
        EXPECT_TRUE(agent_ended());
    }

    Target bobs{"bob", {"threads", "3"}};
    Target own{"alice", {"threads", "2"}};
    Breakdown untouched{{"none", 3}};
};

TEST_F(PasswordAgent, is_not_started_without_a_terminal) {
    const auto result = run("alice", {"ioprioctl", "set", "idle", bobs.id()});
    EXPECT_EQ(result.status, 4);
    EXPECT_EQ(run("alice", {"setsid", "ioprioctl", "set", "idle", bobs.id()}).status, 4);
    EXPECT_THAT(starts(), IsEmpty());
    EXPECT_EQ(bobs.priorities(), untouched);
}

TEST_F(PasswordAgent, is_not_started_where_nobody_shall_be_asked) {
    auto child = at_terminal("--no-ask-password set idle " + bobs.id());
    EXPECT_THAT(child.read_until("."), HasSubstr("status 4"));
    EXPECT_THAT(starts(), IsEmpty());
    EXPECT_EQ(bobs.priorities(), untouched);
}

TEST_F(PasswordAgent, is_not_started_where_the_answer_is_no) {
    set_rules(rule(set_other_users, "NO"));
    auto child = at_terminal("set idle " + bobs.id());
    EXPECT_THAT(child.read_until("."), HasSubstr("status 4"));
    EXPECT_THAT(starts(), IsEmpty());
}

TEST_F(PasswordAgent, is_not_started_where_no_password_is_needed) {
    set_rules(rule(set_other_users, "YES"));
    auto child = at_terminal("-q set idle " + bobs.id() + " " + own.id());
    EXPECT_THAT(child.read_until("."), HasSubstr("status 0"));
    EXPECT_THAT(starts(), IsEmpty());
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
}

TEST_F(PasswordAgent, is_said_to_be_missing_where_it_is) {
    ASSERT_EQ(mount(log_path, agent_path, nullptr, MS_BIND, nullptr), 0);  // no program
    auto child = at_terminal("set idle " + bobs.id() + " 2>&1");
    const auto said = child.read_until("status 4.");
    ASSERT_EQ(umount2(agent_path, MNT_DETACH), 0);
    EXPECT_THAT(said, HasSubstr(agent_path));
    EXPECT_THAT(said, HasSubstr("is missing"));
    EXPECT_EQ(bobs.priorities(), untouched);
}

TEST_F(PasswordAgent, is_not_started_from_the_background) {
    Child child{"alice",
                {"setsid", "--ctty", "sh", "-c",
                 "set -m; ioprioctl set idle " + bobs.id() + " & wait $!; echo \"status $?.\"; read -r x"},
                Child::Start::at_once,
                Child::Talk::at_terminal};
    EXPECT_THAT(child.read_until("status 4."), Not(HasSubstr("Password")));
    EXPECT_THAT(starts(), IsEmpty());
}

TEST_F(PasswordAgent, refuses_a_wrong_password) {
    auto child = at_terminal("set idle " + bobs.id());
    prompt(child);
    child.write_line("wrong");
    EXPECT_THAT(child.read_until("status 4."), Not(HasSubstr("wrong")));
    expect_as_before(child);
    EXPECT_EQ(bobs.priorities(), untouched);
}

TEST_F(PasswordAgent, asks_for_the_password_and_leaves_the_terminal_as_it_was) {
    auto child = at_terminal("set idle " + bobs.id());
    EXPECT_THAT(prompt(child), HasSubstr(set_other_users));
    EXPECT_THAT(starts().at(0), Not(HasSubstr("--fallback"))) << "there is no session of logind here";
    child.write_line(password());
    EXPECT_THAT(child.read_until("status 0."), HasSubstr(bobs.id() + " (target, 3 threads): none -> idle"));
    expect_as_before(child);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
}

TEST_F(PasswordAgent, asks_in_ionices_spelling_and_before_a_command_too) {
    for (const auto& line : {"-c 3 -p " + bobs.id(), std::string{"run realtime true"}}) {
        std::ofstream{log_path, std::ios::trunc}.flush();
        auto child = at_terminal(line);
        prompt(child);
        child.write_line(password());
        child.read_until("status 0.");
        expect_as_before(child);
    }
}

TEST_F(PasswordAgent, ends_with_an_interrupt) {
    auto child = at_terminal("set idle " + bobs.id());
    prompt(child);
    child.press('\x03');
    EXPECT_THAT(child.read_until("."), HasSubstr("status 130"));
    expect_as_before(child);
    EXPECT_EQ(bobs.priorities(), untouched);
}

TEST_F(PasswordAgent, ends_with_ioprioctl) {
    for (const auto& line : {"set idle " + bobs.id(), std::string{"run --hold realtime true"}}) {
        for (const int signal : {SIGTERM, SIGHUP}) {
            std::ofstream{log_path, std::ios::trunc}.flush();
            auto child = at_terminal(line);
            prompt(child);
            kill(served(), signal);
            child.read_until("status " + std::to_string(128 + signal) + ".");
            expect_as_before(child);
        }
    }
    EXPECT_EQ(bobs.priorities(), untouched);
}

TEST_F(PasswordAgent, ends_even_when_ioprioctl_is_killed) {
    auto child = at_terminal("set idle " + bobs.id());
    prompt(child);
    kill(served(), SIGKILL);
    child.read_until("status 137.");
    EXPECT_TRUE(eventually([] { return agent_ended(); }));
    EXPECT_EQ(bobs.priorities(), untouched);
}

TEST_F(PasswordAgent, is_not_needed_where_somebody_else_asks) {
    Child child{"alice",
                {"setsid", "--ctty", "ioprioctl", "set", "idle", bobs.id()},
                Child::Start::held,
                Child::Talk::at_terminal};
    Agent agent{{child.pid()}, {"--password", password()}};
    child.release();
    const auto result = child.finish();
    EXPECT_EQ(result.status, 0) << result.out << result.err;
    EXPECT_THAT(result.err, IsEmpty());
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
