// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What is asked of a bus that refuses questions and loses replies.
#include "service/bus_callers.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "played_bus.hpp"

namespace iopriority::service::test {
namespace {

using namespace std::chrono_literals;

constexpr uid_t alice = 61001;
constexpr const char* limits_exceeded = "org.freedesktop.DBus.Error.LimitsExceeded";

class The_bus : public testing::Test {
 protected:
    void TearDown() override { bus.close(); }
    void find(BusCallers::Patience patience) {
        callers.emplace(
            loop, *connection, [](const std::string&) {}, patience);
        callers->find(caller, [this](const Expected<Caller>& answer) { found = answer; });
    }
    void turn() {
        while (bus::process_pending(*connection)) {
        }
        const auto end = loop.after(1ms, [this] { loop.quit(); });
        loop.run();
    }
    /// The next question, once it has come; null once the service has its answer.
    Message question() {
        while (!found) {
            turn();
            auto message = bus.next();
            if (message && sd_bus_message_is_method_call(message.get(), nullptr, "GetConnectionCredentials") > 0) {
                return message;
            }
        }
        return {nullptr, &sd_bus_message_unref};
    }
    void until_found() {
        while (!found) {
            turn();
        }
    }
    static void refuse(const Message& question, const char* error) {
        require(sd_bus_reply_method_errorf(question.get(), error, "no"), "refusing");  // NOLINT(*-vararg)
    }
    static void say_who_it_is(const Message& question) {
        // NOLINTNEXTLINE(*-vararg)
        require(sd_bus_reply_method_return(question.get(), "a{sv}", 1, "UnixUserID", "u", alice), "who");
    }
    void expect_another_question_and_its_answer() {
        const auto again = question();
        ASSERT_TRUE(again) << found->failure().message;
        say_who_it_is(again);
        until_found();
        ASSERT_TRUE(*found);
        EXPECT_EQ((*found)->uid, alice);
    }

    Played_bus bus;
    std::unique_ptr<sdbus::IConnection> connection = bus.connect();
    Loop loop;
    std::optional<BusCallers> callers;
    std::optional<Expected<Caller>> found;
};

TEST_F(The_bus, is_asked_again_who_calls_where_it_has_refused_to_say) {
    find(BusCallers::usual_patience);
    refuse(question(), limits_exceeded);
    expect_another_question_and_its_answer();
}

TEST_F(The_bus, is_asked_again_who_calls_where_its_reply_was_lost) {
    find({20ms, 10s, 10s});
    const auto lost = question();
    expect_another_question_and_its_answer();
}

TEST_F(The_bus, is_asked_three_times_who_calls_and_no_more) {
    find({20ms, 10s, 20ms});
    const auto lost = question();
    refuse(question(), limits_exceeded);
    const auto lost_too = question();
    EXPECT_FALSE(question());
    EXPECT_EQ(found->failure().code, ErrorCode::failed);
    EXPECT_FALSE(callers->is_asked(caller));
}

TEST_F(The_bus, is_not_asked_again_who_has_left) {
    find(BusCallers::usual_patience);
    refuse(question(), "org.freedesktop.DBus.Error.NameHasNoOwner");
    EXPECT_FALSE(question());
    EXPECT_EQ(found->failure().code, ErrorCode::failed);
}

}  // namespace
}  // namespace iopriority::service::test
