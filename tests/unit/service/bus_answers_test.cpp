// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What the bus and systemd may answer when they are asked who calls, and which control group a unit has.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "../engine/crowd.hpp"
#include "played_bus.hpp"
#include "process/syscalls.hpp"
#include "service/bus_callers.hpp"
#include "service/units.hpp"

namespace iopriority::service::test {
namespace {

using testing::HasSubstr;

class Asked_on_a_bus : public testing::Test {
 protected:
    using Reply = std::function<int(sd_bus_message*)>;

    void TearDown() override { bus.close(); }
    /// Has the next call of this method answered so.
    void answer(const char* member, const Reply& reply) {
        connection_does_its_part();
        for (auto call = bus.await_next();; call = bus.await_next()) {
            if (std::string(member) == sd_bus_message_get_member(call.get())) {
                require(reply(call.get()), member);
                break;
            }
        }
        connection_does_its_part();
    }
    void connection_does_its_part() const {
        while (bus::process_pending(*connection)) {
        }
    }

    Played_bus bus;
    std::unique_ptr<sdbus::IConnection> connection = bus.connect();
};

// NOLINTBEGIN(*-vararg)

class A_caller : public Asked_on_a_bus {
 protected:
    Expected<Caller> told(const Reply& reply) {
        std::optional<Expected<Caller>> found;
        callers.find(caller, [&](const Expected<Caller>& answer) { found.emplace(answer); });
        answer("GetConnectionCredentials", reply);
        EXPECT_TRUE(found);
        return found.value_or(Failure{ErrorCode::failed, "nothing was told"});
    }
    Loop loop;
    BusCallers callers{loop, *connection, [](const std::string&) {}};
};

TEST_F(A_caller, whose_user_the_bus_does_not_tell_is_refused) {
    const auto refused = [this](const Reply& reply, const char* why) {
        const auto found = told(reply);
        ASSERT_FALSE(found);
        EXPECT_EQ(found.failure().code, ErrorCode::failed);
        EXPECT_THAT(found.failure().message, HasSubstr(why));
    };
    refused([](sd_bus_message* call) { return sd_bus_reply_method_return(call, "a{sv}", 0); }, "which user :1.7 is");
    for (const char* text : {"0", ""}) {
        refused(
            [text](sd_bus_message* call) {
                return sd_bus_reply_method_return(call, "a{sv}", 1, "UnixUserID", "s", text);
            },
            "which user :1.7 is");
    }
    refused(
        [](sd_bus_message* call) {
            return sd_bus_reply_method_return(call, "a{sv}", 1, "UnixUserID", "u", 0xFFFFFFFFU);
        },
        "which user :1.7 is");
    refused([](sd_bus_message* call) { return sd_bus_reply_method_return(call, "s", "root"); },
            "reading the caller's credentials");
}

TEST_F(A_caller, is_the_process_that_the_bus_has_a_descriptor_of_whatever_its_number_is_by_now) {
    const engine::test::Crowd crowd([](const auto& ready) {
        ready();
        while (true) {
            ::pause();
        }
    });
    const process::UniqueFd pidfd(process::sys::pidfd_open(crowd.pid()));
    const auto found = told([&](sd_bus_message* call) {
        return sd_bus_reply_method_return(call, "a{sv}", 3, "UnixUserID", "u", 61001U, "ProcessID", "u",
                                          static_cast<unsigned>(::getpid()), "ProcessFD", "h", pidfd.get());
    });
    ASSERT_TRUE(found) << found.failure().message;
    EXPECT_EQ(found->uid, 61001U);
    ASSERT_TRUE(found->process);
    EXPECT_EQ(found->process->pid, crowd.pid());
    EXPECT_EQ(found->pin()->pid(), crowd.pid());
}

class A_unit_that_systemd : public Asked_on_a_bus {
 protected:
    void ask() {
        units.find("cron.service", [this](const Expected<RunningUnit>& answer) { found.emplace(answer); });
    }
    void expect_failure(ErrorCode code, const char* why) {
        ASSERT_TRUE(found);
        ASSERT_FALSE(*found);
        EXPECT_EQ(found->failure().code, code);
        EXPECT_THAT(found->failure().message, HasSubstr("cron.service"));
        EXPECT_THAT(found->failure().message, HasSubstr(why));
    }
    BusUnits units{*connection};
    std::optional<Expected<RunningUnit>> found;
};

TEST_F(A_unit_that_systemd, refuses_to_tell_of_is_not_said_to_be_stopped) {
    ask();
    answer("GetUnit", [](sd_bus_message* call) {
        return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_ACCESS_DENIED, "not\x1b[1m to you");
    });
    expect_failure(ErrorCode::failed, "not?[1m to you");
}

TEST_F(A_unit_that_systemd, tells_nonsense_of_cannot_be_found) {
    ask();
    answer("GetUnit", [](sd_bus_message* call) { return sd_bus_reply_method_return(call, "u", 7U); });
    expect_failure(ErrorCode::failed, "asking systemd for unit");
    found.reset();
    ask();
    answer("GetUnit", [](sd_bus_message* call) { return sd_bus_reply_method_return(call, "o", "/unit/cron"); });
    EXPECT_FALSE(found);
    answer("Get", [](sd_bus_message* call) { return sd_bus_reply_method_return(call, "v", "u", 7U); });
    expect_failure(ErrorCode::failed, "asking systemd for unit");
}

// NOLINTEND(*-vararg)

}  // namespace
}  // namespace iopriority::service::test
