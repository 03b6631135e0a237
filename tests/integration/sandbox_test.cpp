// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Programs in a sandbox, as Flatpak makes one: a pid namespace of their own (bubblewrap), and of the bus what
// xdg-dbus-proxy lets through.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "support/bus.hpp"
#include "support/clients.hpp"
#include "support/kernel.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::_;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::StartsWith;

constexpr const char* system_bus = "/run/dbus/system_bus_socket";

/// Clients of sd-bus send the whole handshake in one go, which the proxy understands from 0.1.6 on. (Debian 12: 0.1.4.)
bool proxy_serves_sd_bus() {
    const auto version = run("root", {"xdg-dbus-proxy", "--version"}).out;  // xdg-dbus-proxy 0.1.4
    std::istringstream numbers{version.substr(version.find(' ') + 1)};
    std::tuple<int, int, int> found;
    char dot = 0;
    numbers >> std::get<0>(found) >> dot >> std::get<1>(found) >> dot >> std::get<2>(found);
    EXPECT_TRUE(numbers) << version;
    return found >= std::tuple{0, 1, 6};
}

/// A proxy of alice's, ready, as `flatpak run` starts one for each program.
class Proxy {
 public:
    explicit Proxy(const Command& permissions)
        : socket_{"/run/home/alice/bus-" + std::to_string(++number_)},
          child_{"alice", [&] {
                     Command command{"xdg-dbus-proxy", "--fd=1", std::string{"unix:path="} + system_bus, socket_,
                                     "--filter"};
                     command.insert(command.end(), permissions.begin(), permissions.end());
                     return command;
                 }()} {
        child_.read_until("x");  // it says so by one byte
    }

    [[nodiscard]] pid_t pid() const { return child_.pid(); }

    /// The command in a sandbox whose system bus this is.
    [[nodiscard]] Command around(const Command& command) const { return around(socket_, command); }
    static Command around(const std::string& socket, const Command& command) {
        Command all{"bwrap", "--unshare-pid", "--ro-bind", "/",      "/",    "--dev",
                    "/dev",  "--proc",        "/proc",     "--bind", socket, system_bus};
        all.insert(all.end(), command.begin(), command.end());
        return all;
    }
    [[nodiscard]] Result run(const Command& command) const { return test::run("alice", around(command)); }

 private:
    inline static int number_{0};
    std::string socket_;
    Child child_;
};

Command gdbus_set(const std::string& pid, const std::string& io_class) {
    return gdbus_call("SetProcess", {"u:" + pid, "s:" + io_class, "u:0"});
}

/// What ioprioctl does with the shell that it is called from, and what the kernel has then.
Command ioprioctl_in_a_shell(const std::string& words) {
    return {"sh", "-c", "ioprioctl " + words + " $$; status=$?; ionice -p $$; exit $status"};
}

/// A program without the library that sets itself, and prints what the kernel has then.
constexpr const char* sets_itself_by_a_pidfd = R"python(
import os, subprocess
from gi.repository import Gio, GLib
descriptors = Gio.UnixFDList.new_from_array([os.pidfd_open(os.getpid())])
bus = Gio.bus_get_sync(Gio.BusType.SYSTEM)
reply, _ = bus.call_with_unix_fd_list_sync(
    "org.example.IoPriority", "/org/example/IoPriority", "org.example.IoPriority.Extended1", "SetPriority",
    GLib.Variant("(svsua{sv})", ("pidfd", GLib.Variant("h", 0), "idle", 0, {})),
    None, Gio.DBusCallFlags.NONE, -1, descriptors, None)
threads = {subprocess.getoutput(f"ionice -p {thread}") for thread in os.listdir("/proc/self/task")}
print(reply.unpack()[0]["processes"], *threads)
)python";

class Sandbox : public testing::Test {
 protected:
    Target own{"alice", {"threads", "5"}};
    Target bobs{"bob", {"threads", "3"}};
    Proxy closed{{}};
    Proxy open{{"--talk=org.example.IoPriority"}};
};

/// A program with libiopriority, in a sandbox.
class SandboxedLibrary {
 public:
    explicit SandboxedLibrary(const Proxy& proxy) : SandboxedLibrary{proxy.around({tool("library_user")})} {}
    explicit SandboxedLibrary(const Command& command) : child_{"alice", command} {
        EXPECT_EQ(child_.read_line(), "ready");
    }
    std::string operator()(const std::string& line) {
        child_.write_line(line);
        return child_.read_line();
    }
    /// What the kernel has. (The number is the machine's; in the sandbox it is another.)
    [[nodiscard]] static Breakdown priorities() {
        return priorities_of(std::stoi(run("root", {"pgrep", "-x", "library_user"}).out));
    }

 private:
    Child child_;
};

TEST_F(Sandbox, a_plain_client_is_refused_without_the_permission_to_talk) {
    const auto result = closed.run(gdbus_set(own.id(), "idle"));
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, HasSubstr("org.freedesktop.DBus.Error.ServiceUnknown"));
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 5}}));
}

TEST_F(Sandbox, the_library_is_refused_without_the_permission_to_talk) {
    set_rules(rule(set_realtime, "YES"));
    SandboxedLibrary program{closed};
    EXPECT_THAT(program("blocking kernel-first set 0 realtime:2"),
                AllOf(StartsWith("Unavailable "), HasSubstr(proxy_serves_sd_bus() ? "ServiceUnknown" : "system bus")));
    EXPECT_THAT(SandboxedLibrary::priorities(), ElementsAre(Pair("none", _)));
}

TEST_F(Sandbox, ioprioctl_is_refused_without_the_permission_to_talk) {
    const auto result = closed.run(ioprioctl_in_a_shell("--via service set best-effort:6"));
    EXPECT_EQ(result.status, 5);
    EXPECT_THAT(result.err, HasSubstr("cannot be reached"));
    EXPECT_THAT(result.out, StartsWith("none"));
}

TEST_F(Sandbox, what_the_kernel_allows_needs_no_permission) {
    const auto result = closed.run(ioprioctl_in_a_shell("--quiet set best-effort:6"));
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.out, "best-effort: prio 6\n");
}

TEST_F(Sandbox, a_plain_client_is_judged_as_the_user_whose_proxy_it_is) {
    const auto refused = open.run(gdbus_set(bobs.id(), "idle"));
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.err, HasSubstr(set_other_users));
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"none", 3}}));
    set_rules(rule(set_other_users, "YES"));
    EXPECT_EQ(open.run(gdbus_set(bobs.id(), "idle")).out, "(uint32 3,)\n");
    EXPECT_EQ(bobs.priorities(), (Breakdown{{"idle", 3}}));
}

TEST_F(Sandbox, a_plain_client_means_the_numbers_of_the_machine) {
    const auto result = open.run(gdbus_set(own.id(), "idle"));
    EXPECT_EQ(result.out, "(uint32 5,)\n") << result.err;
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 5}}));
}

TEST_F(Sandbox, process_0_of_a_plain_client_is_the_proxy) {
    const auto result = open.run(gdbus_set("0", "idle"));
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(priorities_of(open.pid()), ElementsAre(Pair("idle", _)));
}

TEST_F(Sandbox, a_plain_client_means_itself_by_a_pidfd) {
    const auto result = open.run({"python3", "-c", sets_itself_by_a_pidfd});
    EXPECT_EQ(result.out, "1 idle\n") << result.err;
    EXPECT_THAT(priorities_of(open.pid()), ElementsAre(Pair("none", _)));
}

TEST_F(Sandbox, the_library_sets_the_process_that_it_means) {
    set_rules(rule(set_realtime, "YES"));
    SandboxedLibrary program{open};
    const auto answer = program("blocking kernel-first set 0 realtime:2");
    if (!proxy_serves_sd_bus()) {
        EXPECT_THAT(answer, HasSubstr("the system bus cannot be reached"));
        EXPECT_THAT(SandboxedLibrary::priorities(), ElementsAre(Pair("none", _)));
        return;
    }
    EXPECT_THAT(answer, AllOf(StartsWith("ok 1 "), HasSubstr(" service")));
    EXPECT_THAT(SandboxedLibrary::priorities(), ElementsAre(Pair("realtime:2", _)));
    EXPECT_THAT(priorities_of(open.pid()), ElementsAre(Pair("none", _)));
    EXPECT_EQ(program("blocking service-only get 0"), "ok realtime:2");
}

/// More processes than a message has descriptors for, as the machine numbers them; in a sandbox these are others, or
/// none.
struct ManyProcesses {
    ManyProcesses() {
        for (int i = 0; i < 17; ++i) {
            numbers += (numbers.empty() ? "" : ",") + all.emplace_back("alice", Command{"threads", "1"}).id();
        }
    }
    [[nodiscard]] Breakdown priorities() const {
        Breakdown counts;
        for (const auto& each : all) {
            for (const auto& [priority, threads] : each.priorities()) {
                counts[priority] += threads;
            }
        }
        return counts;
    }

    std::vector<Target> all;
    std::string numbers;
};

TEST_F(Sandbox, the_library_refuses_a_list_that_would_go_as_the_numbers_of_other_processes) {
    const ManyProcesses others;
    const Child relay{"alice", {tool("relay.py"), "/run/home/alice/relay", system_bus}};
    ASSERT_EQ(run("root", {"sh", "-c", "until [ -S /run/home/alice/relay ]; do sleep 0.01; done"}).status, 0);
    SandboxedLibrary program{Proxy::around("/run/home/alice/relay", {tool("library_user")})};
    for (const std::string call : {"set", "hold", "describe"}) {
        const auto priority = call == "describe" ? "" : " idle";
        EXPECT_THAT(program("blocking service-only " + call + "-processes " + others.numbers + priority),
                    AllOf(HasSubstr("ForeignPidNamespace"), HasSubstr("pass up to 16")));
    }
    EXPECT_EQ(others.priorities(), (Breakdown{{"none", 17}}));
}

TEST_F(Sandbox, ioprioctl_sets_the_process_that_it_means) {
    const auto result = open.run(ioprioctl_in_a_shell("--quiet --via service set best-effort:6"));
    if (!proxy_serves_sd_bus()) {
        EXPECT_EQ(result.status, 5);
        EXPECT_THAT(result.err, HasSubstr("the system bus cannot be reached"));
        EXPECT_THAT(result.out, StartsWith("none"));
        return;
    }
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.out, "best-effort: prio 6\n");
    EXPECT_THAT(priorities_of(open.pid()), ElementsAre(Pair("none", _)));
}

TEST_F(Sandbox, a_hold_reaches_through_the_proxy_and_ends_with_the_command) {
    const auto result = open.run({"sh", "-c", "ioprioctl --quiet hold idle $$ -- ionice -p $$; ionice -p $$"});
    EXPECT_THAT(result.out, StartsWith(proxy_serves_sd_bus() ? "idle\nnone" : "none")) << result.err;
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
