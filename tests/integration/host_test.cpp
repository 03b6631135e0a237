// SPDX-License-Identifier: LGPL-2.1-or-later
// The service of another machine, which is this one by way of a real sshd: alice logs in as bob.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

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

/// An sshd on the loopback of this network namespace, ended with this. alice's key opens bob's account.
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
        for (const std::string user : {"alice", "bob"}) {
            must({"mkdir", "-p", "-m700", "/run/home/" + user + "/.ssh"}, user);
        }
        std::filesystem::remove("/run/home/alice/.ssh/id_ed25519");
        must({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/run/home/alice/.ssh/id_ed25519"}, "alice");
        std::filesystem::copy_file("/run/home/alice/.ssh/id_ed25519.pub", "/run/home/bob/.ssh/authorized_keys",
                                   std::filesystem::copy_options::overwrite_existing);
        write("/run/home/alice/.ssh/config",
              "Host *\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  BatchMode yes\n  LogLevel ERROR\n"
              "Host elsewhere\n  HostName 127.0.0.1\n  Port 2222\n  User bob\n");
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
    EXPECT_THAT(result.out, HasSubstr("by the service"));
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
    EXPECT_THAT(daemon_log(), HasSubstr("for user " + std::to_string(uid_of("bob"))));
    EXPECT_THAT(ioprioctl({"-H", "bob@127.0.0.1:2222", "get", "--no-legend", bobs.id()}).out, HasSubstr("idle"));
    EXPECT_EQ(ioprioctl({"-H", "elsewhere", "-p", bobs.id()}).out, "idle\n");
    EXPECT_EQ(ioprioctl({"-H", "elsewhere", "-c", "be", "-n", "2", "-u", std::to_string(uid_of("bob"))}).status, 0);
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"best-effort:2", 3}}));
    EXPECT_THAT(ioprioctl({"-H", "elsewhere", "devices"}).out, HasSubstr("SCHEDULER"));
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
