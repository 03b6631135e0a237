// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// The service of another machine, which is this one by way of a real sshd: alice logs in as bob, or as carol, whose bus
// is not to be trusted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/bus.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* directory = "/run/sshd-test";

void must(const Command& command, const std::string& user = "root") {
    const auto result = run(user, command);
    if (result.status != 0) {
        throw std::runtime_error(command[0] + ": " + result.out + result.err);
    }
}

void write(const std::string& path, const std::string& text) {
    std::ofstream{path} << text;
}

constexpr const char* hostile_bus = "unix:path=/run/home/carol/bus";

/// An sshd on the loopback of this network namespace, ended with this. alice's key opens the accounts of bob and carol.
class Sshd {
 public:
    Sshd() : child_{prepare()} {}

 private:
    static Child prepare() {
        const std::string base = directory;
        std::filesystem::remove_all(base);
        std::filesystem::create_directories(base);
        std::filesystem::create_directories("/run/sshd");
        must({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", base + "/host"});
        must({"sed", "-i", "s/^bob:[^:]*:/bob:x:/", "/etc/passwd"});
        for (const std::string user : {"alice", "bob", "carol"}) {
            must({"mkdir", "-p", "-m700", "/run/home/" + user + "/.ssh"}, user);
        }
        std::filesystem::remove("/run/home/alice/.ssh/id_ed25519");
        must({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/run/home/alice/.ssh/id_ed25519"}, "alice");
        std::filesystem::copy_file("/run/home/alice/.ssh/id_ed25519.pub", "/run/home/bob/.ssh/authorized_keys",
                                   std::filesystem::copy_options::overwrite_existing);
        std::ostringstream key;
        key << std::ifstream{"/run/home/alice/.ssh/id_ed25519.pub"}.rdbuf();
        write("/run/home/carol/.ssh/authorized_keys",
              "command=\"systemd-stdio-bridge --bus-path=" + std::string(hostile_bus) + "\" " + key.str());
        write("/run/home/alice/.ssh/config",
              "Host *\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  BatchMode yes\n  LogLevel ERROR\n"
              "Host elsewhere\n  HostName 127.0.0.1\n  Port 2222\n  User bob\n"
              "Host hostile\n  HostName 127.0.0.1\n  Port 2222\n  User carol\n");
        write(base + "/config", "Port 2222\nListenAddress 127.0.0.1\nHostKey " + base +
                                    "/host\nPidFile none\nUsePAM no\nPasswordAuthentication no\n"
                                    "AuthorizedKeysFile .ssh/authorized_keys\nStrictModes no\n");
        Child sshd{"root", {"/usr/sbin/sshd", "-D", "-e", "-f", base + "/config"}};
        const bool up = eventually([] { return run("alice", {"ssh", "elsewhere", "true"}).status == 0; });
        if (!up) {
            throw std::runtime_error("ssh: " + run("alice", {"ssh", "-v", "elsewhere", "true"}).err);
        }
        return sshd;
    }

    Child child_;
};

Result ioprioctl(Command arguments) {
    arguments.insert(arguments.begin(), "ioprioctl");
    return run("alice", arguments);
}

class Host : public testing::Test {
 protected:
    Sshd sshd;
    Target bobs{"bob", {"threads", "3"}};
    Target own{"alice", {"threads", "2"}};
};

TEST_F(Host, refuses_lines_that_are_about_this_machine) {
    for (const Command& line : {Command{"-H", "", "get", "1"},
                                {"-H", "-oProxyCommand=touch /tmp/x", "get", "1"},
                                {"-H", "elsewhere", "list"},
                                {"-H", "elsewhere", "check", "/"},
                                {"-H", "elsewhere", "get"},
                                {"-H", "elsewhere", "get", "--tree", "1"},
                                {"-H", "elsewhere", "set", "idle", "--user", "bob"},
                                {"-H", "elsewhere", "set", "idle", "--dry-run", bobs.id()},
                                {"-H", "elsewhere", "--via=kernel", "set", "idle", bobs.id()}}) {
        EXPECT_EQ(ioprioctl(line).status, 2) << testing::PrintToString(line);
    }
    EXPECT_THAT(ioprioctl({"-H", "bob@elsewhere:99", "list"}).err,
                HasSubstr("write ssh -t ssh://bob@elsewhere:99 ioprioctl list"));
    EXPECT_EQ(ioprioctl({"-H", "elsewhere", "run", "idle", "true"}).status, 125);
    EXPECT_EQ(ioprioctl({"-H", "elsewhere", "-c", "3", "true"}).status, 1);
    EXPECT_EQ(ioprioctl({"-H", "elsewhere"}).status, 1);
}

TEST_F(Host, fails_with_5_where_it_cannot_be_reached) {
    const auto result = ioprioctl({"-H", "bob@127.0.0.1:1", "get", bobs.id()});
    EXPECT_EQ(result.status, 5);
    EXPECT_THAT(result.err, HasSubstr("bob@127.0.0.1:1"));
}

TEST_F(Host, refuses_there_what_the_user_there_may_not) {
    const auto result = ioprioctl({"-H", "elsewhere", "set", "idle", own.id()});
    EXPECT_EQ(result.status, 4);
    EXPECT_THAT(result.err, HasSubstr("-H root@HOST"));
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
}

TEST_F(Host, sets_and_shows_what_is_the_users_there) {
    const auto result = ioprioctl({"-v", "-H", "elsewhere", "set", "idle", bobs.id()});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.out, "process " + bobs.id() + " (1 process, 3 threads): none -> idle, by the service\n");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
    const auto line = "set by bob (uid " + std::to_string(uid_of("bob")) + ", ";
    EXPECT_TRUE(eventually([&] { return daemon_log().find(line) != std::string::npos; })) << daemon_log();
    EXPECT_THAT(ioprioctl({"-H", "bob@127.0.0.1:2222", "get", "--no-legend", bobs.id()}).out, HasSubstr("idle"));
    EXPECT_EQ(ioprioctl({"-H", "elsewhere", "-p", bobs.id()}).out, "idle\n");
    EXPECT_EQ(ioprioctl({"-H", "elsewhere", "-c", "be", "-n", "2", "-u", std::to_string(uid_of("bob"))}).status, 0);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"best-effort:2", 3}}));
    EXPECT_THAT(ioprioctl({"-H", "elsewhere", "devices"}).out, HasSubstr("SCHEDULER"));
}

/// Nothing in it moves a cursor, or turns the direction of a line.
bool is_fit_for_a_terminal(const std::string& text) {
    const bool plain =
        std::all_of(text.begin(), text.end(), [](unsigned char c) { return (c >= ' ' && c != 0x7f) || c == '\n'; });
    bool c1 = false;  // U+0080 to U+009F
    for (auto at = text.find('\xc2'); at != std::string::npos; at = text.find('\xc2', at + 1)) {
        c1 |= at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xa0;
    }
    return plain && !c1 && text.find("\xe2\x80\xae") == std::string::npos;
}

TEST_F(Host, that_is_hostile_cannot_reach_the_terminal) {
    EXPECT_FALSE(is_fit_for_a_terminal("\x1b]0;title") || is_fit_for_a_terminal("\xc2\x9b") ||
                 is_fit_for_a_terminal("\xe2\x80\xae") || is_fit_for_a_terminal("\r"));
    Child bus{"carol",
              {"dbus-daemon", "--session", "--nofork", "--print-address", std::string("--address=") + hostile_bus}};
    EXPECT_THAT(bus.read_line(), HasSubstr(hostile_bus));
    Child service{"carol", {tool("hostile_service.py"), hostile_bus}};
    ASSERT_EQ(service.read_line(), "ready");
    for (const Command& line : {Command{"get", "1"},
                                {"get", "--json=pretty", "1"},
                                {"-p", "1"},
                                {"set", "idle", "1"},
                                {"-v", "set", "idle", "1"},
                                {"devices"},
                                {"devices", "-j"}}) {
        Command all{"-H", "hostile"};
        all.insert(all.end(), line.begin(), line.end());
        const auto result = ioprioctl(all);
        EXPECT_TRUE(is_fit_for_a_terminal(result.out + result.err)) << testing::PrintToString(line) << result.out;
        if (line != Command{"-p", "1"}) {
            EXPECT_THAT(result.out + result.err, HasSubstr("]0;title")) << "what it said";
        }
    }
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
