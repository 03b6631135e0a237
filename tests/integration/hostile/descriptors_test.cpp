// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// Descriptors that the service did not ask for, and whose last close takes as long as their sender likes.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>

#include "hostile.hpp"
#include "raw_bus.hpp"
#include "support/kernel.hpp"
#include "support/lingering.hpp"
#include "support/polkit.hpp"
#include "support/private_bus.hpp"

namespace iopriority::test {
namespace {

using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

constexpr auto at_once = std::chrono::seconds{Lingering::seconds / 4};
constexpr const char* extended = "org.example.IoPriority.Extended1";
constexpr const char* peer = "org.freedesktop.DBus.Peer";

class Descriptor : public testing::Test {
 protected:
    Descriptor() { bob.get(0); }
    void TearDown() override { EXPECT_EQ(daemon_pid(), daemon); }

    std::chrono::milliseconds time_of_bobs_get() {
        const auto start = Clock::now();
        EXPECT_TRUE(bob.get(0).words.starts_with("ok"));
        return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
    }
    using Fill = std::function<void(sd_bus_message*, int)>;

    /// Sends calls, of which nobody has copies any more when the daemon comes to see them.
    void send(const char* of, const char* member, const Fill& fill, int times = 1) {
        const Stopped standing{daemon};
        for (int i = 0; i < times; ++i) {
            send_one(of, member, fill);
        }
        check(sd_bus_call_method(mallory.get(), "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                 "GetId", nullptr, nullptr, nullptr),
              "GetId");  // the bus has read, and sent on what it can
    }
    void send_one(const char* of, const char* member, const Fill& fill) {
        Lingering socket;
        sd_bus_message* raw = nullptr;
        check(sd_bus_message_new_method_call(mallory.get(), &raw, interface, object_path, of, member), "new call");
        const Message message{raw};
        fill(raw, socket.get());
        check(sd_bus_send(mallory.get(), raw, nullptr), "send");
        check(sd_bus_flush(mallory.get()), "flush");
        socket.give_away();
        far_ends.push_back(std::move(socket));
    }

    pid_t daemon = running_daemon();
    Caller bob{"bob"};
    Bus mallory = open_system_bus();
    std::vector<Lingering> far_ends;  ///< which never read
};

void ping(sd_bus_message* message, int fd) {
    check(sd_bus_message_append(message, "h", fd), "append");
}

TEST_F(Descriptor, that_lingers_in_a_ping_keeps_nobody_waiting) {
    send(peer, "Ping", ping);
    EXPECT_LT(time_of_bobs_get(), at_once);
}

TEST_F(Descriptor, that_lingers_in_place_of_a_pidfd_keeps_nobody_waiting) {
    send(extended, "SetPriority", [](sd_bus_message* message, int fd) {
        check(sd_bus_message_append(message, "svsua{sv}", "pidfd", "h", fd, "idle", 0U, 0), "append");
    });
    EXPECT_LT(time_of_bobs_get(), at_once);
}

TEST_F(Descriptor, that_lingers_in_a_message_that_comes_in_pieces_keeps_nobody_waiting) {
    const std::string text(20'000'000, 'x');
    send(extended, "SetPriority", [&](sd_bus_message* message, int fd) {
        check(sd_bus_message_append(message, "svsu", "pidfd", "h", fd, text.c_str(), 0U), "append");
    });
    EXPECT_LT(time_of_bobs_get(), at_once);
}

TEST_F(Descriptor, that_lingers_and_is_no_argument_keeps_nobody_waiting) {
    RawBus raw;
    Lingering socket;
    {
        const Stopped standing{daemon};
        raw.call(extended, "ListDevices", {socket.get()});
        socket.give_away();
        EXPECT_EQ(daemon_pid(), daemon);  // the bus has sent on what came before
    }
    EXPECT_THAT(raw.answer(), HasSubstr("no pidfd"));
    EXPECT_LT(time_of_bobs_get(), at_once);
}

TEST_F(Descriptor, that_comes_with_what_libsystemd_does_not_understand_is_closed) {
    const Target own{"root", {"threads", "1"}};
    const auto pidfd = static_cast<int>(::syscall(SYS_pidfd_open, own.pid(), 0));
    RawBus raw;
    const auto before = footprint(daemon).descriptors;
    for (int i = 0; i < 20; ++i) {
        raw.call_too_deep(std::vector<int>(16, pidfd));
    }
    ::close(pidfd);
    raw.call(interface, "Get", {}, RawBody{"u", {}}.number(1));
    EXPECT_EQ(raw.answer().find("Error"), std::string::npos);
    EXPECT_TRUE(eventually([&] { return footprint(daemon).descriptors <= before; }));
}

TEST_F(Descriptor, that_lingers_behind_what_libsystemd_does_not_understand_keeps_nobody_waiting) {
    RawBus raw;
    Lingering with_it;
    Lingering behind_it;
    {
        const Stopped standing{daemon};
        raw.call_too_deep({with_it.get()});
        raw.call(extended, "ListDevices", {behind_it.get()});
        with_it.give_away();
        behind_it.give_away();
        EXPECT_EQ(daemon_pid(), daemon);  // the bus has sent on what came before
    }
    EXPECT_THAT(raw.answer(), HasSubstr("no pidfd"));
    EXPECT_LT(time_of_bobs_get(), at_once);
}

/// SetPriority of the descriptors with these numbers, whatever was sent.
RawBody set_by_index(const std::vector<std::uint32_t>& indices) {
    RawBody body{"svsua{sv}", ""};
    if (indices.size() == 1) {
        body.text("pidfd").variant("h").number(indices[0]);
    } else {
        body.text("pidfds").variant("ah").numbers(indices);
    }
    return body.text("idle").number(0).nothing();
}

TEST_F(Descriptor, that_is_named_and_not_sent_is_refused) {
    const Target own{"root", {"threads", "2"}};
    const auto pidfd = [&] { return static_cast<int>(::syscall(SYS_pidfd_open, own.pid(), 0)); };
    RawBus raw;
    for (const auto& indices : std::vector<std::vector<std::uint32_t>>{{0}, {5}, {0xFFFFFFFF}, {0, 1}, {}}) {
        raw.call(extended, "SetPriority", {}, set_by_index(indices));
        EXPECT_THAT(raw.answer(), HasSubstr(error::invalid_args)) << testing::PrintToString(indices);
    }
    for (const auto& indices : std::vector<std::vector<std::uint32_t>>{{1}, {0x80000000}, {0, 1}}) {
        raw.call(extended, "SetPriority", {pidfd()}, set_by_index(indices));
        EXPECT_THAT(raw.answer(), HasSubstr(error::invalid_args)) << testing::PrintToString(indices);
    }
    EXPECT_EQ(own.priorities(), (Breakdown{{"none", 2}}));
    raw.call(extended, "SetPriority", {pidfd()}, set_by_index({0}));  // that the call is else as it should be
    EXPECT_EQ(raw.answer().find("Error"), std::string::npos);
    EXPECT_EQ(own.priorities(), (Breakdown{{"idle", 2}}));
}

TEST_F(Descriptor, that_is_a_pidfd_and_no_argument_does_no_harm) {
    const Target own{"root", {"threads", "1"}};
    for (int i = 0; i < 20; ++i) {
        RawBus raw;
        raw.call(peer, "Ping", {static_cast<int>(::syscall(SYS_pidfd_open, own.pid(), 0))});
        EXPECT_EQ(raw.answer().find("no pidfd"), std::string::npos);
    }
    EXPECT_LT(time_of_bobs_get(), at_once);
}

TEST_F(Descriptor, that_lingers_sent_very_often_keeps_nobody_waiting_and_leaves_nothing) {
    const auto before = footprint(daemon);
    for (int i = 0; i < 200; ++i) {
        send(peer, "Ping", ping);
    }
    EXPECT_LT(time_of_bobs_get(), at_once);
    EXPECT_TRUE(eventually([&] { return footprint(daemon).descriptors <= before.descriptors; }, at_once));
}

/// Every connection of a process.
std::vector<std::string> connections_of(sd_bus* bus, pid_t pid) {
    char** names = nullptr;
    check(sd_bus_list_names(bus, &names, nullptr), "names");
    std::vector<std::string> found;
    for (char** name = names; *name != nullptr; ++name) {
        if (**name == ':' && owner_of(*name) == pid) {
            found.emplace_back(*name);
        }
        std::free(*name);  // NOLINT(*-no-malloc,*-owning-memory): as sd-bus wants it
    }
    std::free(names);  // NOLINT(*-no-malloc,*-owning-memory)
    return found;
}

/// Whether the bus sends a signal with a descriptor on to this connection of the daemon.
bool is_sent_on(sd_bus* bus, const std::string& name, pid_t daemon) {
    std::array<int, 2> ends{};
    check(::pipe2(ends.data(), O_CLOEXEC), "pipe");
    const Stopped standing{daemon};
    {
        sd_bus_message* raw = nullptr;
        check(sd_bus_message_new_signal(bus, &raw, "/", "org.example.Mallory", "Hello"), "new signal");
        const Message message{raw};
        check(sd_bus_message_append(raw, "h", ends[1]), "append");
        check(sd_bus_send_to(bus, raw, name.c_str(), nullptr), "send");
        check(sd_bus_flush(bus), "flush");
    }
    ::close(ends[1]);
    EXPECT_EQ(daemon_pid(), daemon);  // the bus has done with it
    pollfd closed{ends[0], POLLIN, 0};
    const bool sent_on = ::poll(&closed, 1, 0) == 0;  // there is a copy under way
    ::close(ends[0]);
    return sent_on;
}

// The bus closes those then: that is its own to survive.
TEST_F(Descriptor, that_comes_in_a_signal_reaches_neither_the_service_nor_polkits_library) {
    const Target roots{"root", {"threads", "1"}};
    EXPECT_EQ(bob.set_process(roots.pid(), "idle", 0), error::interaction_required);  // polkit is connected to
    const auto connections = connections_of(mallory.get(), daemon);
    EXPECT_GE(connections.size(), 2U);
    for (const auto& name : connections) {
        EXPECT_FALSE(is_sent_on(mallory.get(), name, daemon)) << name;
    }
    EXPECT_EQ(bob.set_process(roots.pid(), "idle", 0), error::interaction_required);
}

std::uint64_t most_memory_in_kib(pid_t pid) {
    return std::stoull(status_field(pid, "VmHWM"));
}

// GDBus would need sixty times as much for it.
TEST_F(Descriptor, is_not_needed_for_a_signal_of_a_megabyte_that_costs_the_service_no_memory) {
    const Target roots{"root", {"threads", "1"}};
    EXPECT_EQ(bob.set_process(roots.pid(), "idle", 0), error::interaction_required);
    const auto before = most_memory_in_kib(daemon);
    for (const auto& name : connections_of(mallory.get(), daemon)) {
        sd_bus_message* raw = nullptr;
        check(sd_bus_message_new_signal(mallory.get(), &raw, "/", "org.example.Mallory", "Hello"), "new signal");
        const Message message{raw};
        check(sd_bus_message_open_container(raw, 'a', "v"), "array");
        for (int i = 0; i < 250'000; ++i) {
            check(sd_bus_message_append(raw, "v", "y", 0), "append");
        }
        check(sd_bus_message_close_container(raw), "end of the array");
        check(sd_bus_send_to(mallory.get(), raw, name.c_str(), nullptr), "send");
        check(sd_bus_flush(mallory.get()), "flush");
    }
    EXPECT_EQ(bob.set_process(roots.pid(), "idle", 0), error::interaction_required);  // behind it
    EXPECT_LT(most_memory_in_kib(daemon), before + 16 * 1024);
}

TEST_F(Descriptor, that_lingers_does_not_hold_up_a_stop) {
    send(peer, "Ping", ping);
    kill(daemon, SIGTERM);
    EXPECT_TRUE(wait_for_end(daemon, std::chrono::seconds{is_emulated() ? 60 : 2}));
    daemon = running_daemon();
}

}  // namespace
}  // namespace iopriority::test

int main(int argc, char** argv) {
    return iopriority::test::run_on_private_bus(argc, argv);
}
