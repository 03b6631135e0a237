// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/watchdog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "process/unique_fd.hpp"

namespace iopriority::service::test {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::IsEmpty;
using testing::SizeIs;

/// systemd, as far as sd_notify(3) goes.
class The_watchdog : public testing::Test {
 protected:
    The_watchdog() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string name = "iopriority-watchdog-" + std::to_string(::getpid());
        std::memcpy(&address.sun_path[1], name.data(), name.size());
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
        // NOLINTNEXTLINE(*-reinterpret-cast): sockets
        EXPECT_EQ(::bind(manager.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
        ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
        ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
        ::setenv("WATCHDOG_USEC", "60000", 1);
    }
    ~The_watchdog() override {
        for (const char* variable : {"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"}) {
            ::unsetenv(variable);
        }
    }
    std::vector<std::string> told() const {
        std::vector<std::string> messages;
        std::array<char, 256> buffer{};
        for (ssize_t size = 0; (size = ::recv(manager.get(), buffer.data(), buffer.size(), MSG_DONTWAIT)) > 0;) {
            messages.emplace_back(buffer.data(), static_cast<std::size_t>(size));
        }
        return messages;
    }
    void turn(std::chrono::milliseconds time) {
        const auto later = loop.after(time, [this] { loop.quit(); });
        loop.run();
    }

    process::UniqueFd manager{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    Loop loop;
};

TEST_F(The_watchdog, hears_of_the_loop_while_it_goes_round_and_not_while_it_stands_still) {
    const Watchdog watchdog(loop);
    turn(150ms);
    const auto messages = told();
    EXPECT_THAT(messages, Each("WATCHDOG=1"));
    EXPECT_GE(messages.size(), 3U);
    std::this_thread::sleep_for(100ms);
    EXPECT_THAT(told(), IsEmpty());
    turn(150ms);
    EXPECT_GE(told().size(), 3U);
}

TEST_F(The_watchdog, is_not_notified_if_none_is_set) {
    ::unsetenv("WATCHDOG_USEC");
    const Watchdog watchdog(loop);
    turn(50ms);
    EXPECT_THAT(told(), IsEmpty());
}

}  // namespace
}  // namespace iopriority::service::test
