// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Asking a polkit that comes, goes and hangs: on a bus that the test plays, with polkit on it.
#include <gio/gio.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "policy/authority.hpp"

extern "C" iopriority::policy::Authority* iopriority_polkit_authority();

namespace {
guint second_ms = 600'000;  // so that none passes, but where the test says so
}

/// In place of GLib's.
guint g_timeout_add_seconds(guint interval, GSourceFunc function, gpointer data) {
    return g_timeout_add(interval * second_ms, function, data);
}

namespace iopriority::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Answers what the clients of a bus, and of polkit, ask at first, and keeps what is asked of polkit until the test has
/// it answered.
class PlayedPolkit {
 public:
    PlayedPolkit() {
        GError* error = nullptr;
        char* guid = g_dbus_generate_guid();
        server_ = g_dbus_server_new_sync("unix:tmpdir=/tmp", G_DBUS_SERVER_FLAGS_NONE, guid, nullptr, nullptr, &error);
        g_free(guid);
        if (server_ == nullptr) {
            g_error("%s", error->message);  // NOLINT(*-vararg)
        }
        g_signal_connect(server_, "new-connection", G_CALLBACK(&PlayedPolkit::on_connection), this);
        g_dbus_server_start(server_);
    }

    [[nodiscard]] const char* address() const { return g_dbus_server_get_client_address(server_); }
    /// How many calls of this method wait for an answer.
    std::size_t waiting(const std::string& method) {
        const std::lock_guard lock(mutex_);
        return calls_[method].size();
    }
    /// Answers the first one; with an error if there is no answer.
    void answer(const std::string& method, GVariant* answer, const char* error = nullptr) {
        GDBusMessage* call = nullptr;
        {
            const std::lock_guard lock(mutex_);
            call = calls_[method].at(0);
            calls_[method].erase(calls_[method].begin());
        }
        reply(call, answer, error);
        g_object_unref(call);
    }

 private:
    static gboolean on_connection(GDBusServer* /*server*/, GDBusConnection* connection, gpointer data) {
        auto* self = static_cast<PlayedPolkit*>(data);
        self->connection_ = G_DBUS_CONNECTION(g_object_ref(connection));
        g_dbus_connection_add_filter(connection, &PlayedPolkit::on_message, self, nullptr);
        return TRUE;
    }
    // On GLib's own thread.
    static GDBusMessage* on_message(GDBusConnection* /*connection*/, GDBusMessage* message, gboolean incoming,
                                    gpointer data) {
        if (incoming == FALSE || g_dbus_message_get_message_type(message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL) {
            return message;
        }
        static_cast<PlayedPolkit*>(data)->take(message);
        g_main_context_wakeup(nullptr);
        return nullptr;
    }
    void take(GDBusMessage* call) {
        const std::string method = g_dbus_message_get_member(call);
        if (method == "CheckAuthorization" || method == "Get") {
            const std::lock_guard lock(mutex_);
            calls_[method].push_back(call);
            return;
        }
        GVariant* answer = method == "Hello"                ? g_variant_new("(s)", ":1.1")
                           : method == "StartServiceByName" ? g_variant_new("(u)", 2U)
                           : method == "GetNameOwner"       ? g_variant_new("(s)", ":1.2")
                           : method == "GetAll"             ? g_variant_new("(a{sv})", nullptr)
                                                            : g_variant_new("()");
        reply(call, answer, nullptr);
        g_object_unref(call);
    }
    void reply(GDBusMessage* call, GVariant* answer, const char* error) {
        GDBusMessage* message = error != nullptr ? g_dbus_message_new_method_error_literal(call, error, "it has ended")
                                                 : g_dbus_message_new_method_reply(call);
        if (error == nullptr) {
            g_dbus_message_set_body(message, answer);
        }
        g_dbus_connection_send_message(connection_, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE, nullptr, nullptr);
        g_object_unref(message);
    }

    GDBusServer* server_ = nullptr;
    GDBusConnection* connection_ = nullptr;
    std::mutex mutex_;
    std::map<std::string, std::vector<GDBusMessage*>> calls_;
};

constexpr const char* ask = "CheckAuthorization";
constexpr const char* beat = "Get";

void until(const std::function<bool()>& condition) {
    while (!condition()) {
        g_main_context_iteration(nullptr, TRUE);
    }
}

GVariant* result(bool authorized, bool challenge, const char* key = nullptr) {
    GVariantBuilder details;
    g_variant_builder_init(&details, G_VARIANT_TYPE("a{ss}"));
    if (key != nullptr) {
        g_variant_builder_add(&details, "{ss}", key, "true");
    }
    return g_variant_new("((bba{ss}))", authorized, challenge, &details);
}

GVariant* version() {
    return g_variant_new("(v)", g_variant_new_string("122"));
}

/// In one program, so in this order: what is played for it is kept for its whole life, as it is by GLib.
class A_polkit : public ::testing::Test {
 protected:
    static void SetUpTestSuite() {
        ::setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/socket", 1);
        authority = iopriority_polkit_authority();
    }
    /// For a moment libpolkit keeps the failure of an attempt, and tells it again.
    void start_bus() {
        if (polkit != nullptr) {
            return;
        }
        polkit = new PlayedPolkit;
        ::setenv("DBUS_SYSTEM_BUS_ADDRESS", polkit->address(), 1);
        while (polkit->waiting(ask) == 0) {
            answered.clear();
            open(0);
            until([&] { return polkit->waiting(ask) == 1 || !answered.empty(); });
        }
        polkit->answer(ask, result(true, false));
        until([&] { return !answered.empty(); });
        answered.clear();
        checks.clear();
    }
    /// Asks; the answer is noted, and after that something may happen.
    void open(
        int number, const std::function<void()>& then = [] {}) {
        checks[number] = authority->check(
            {Action::set_other_users, ":1.7", true, "May it?", {{"user", "bob"}}},
            [this, number, then](const Answer& answer) {
                answered.push_back(number);
                last = answer;
                then();
            },
            place);
    }
    /// How many places are taken by questions.
    [[nodiscard]] long places() const { return place.use_count() - 1; }

    static Authority* authority;
    static PlayedPolkit* polkit;
    std::shared_ptr<int> place = std::make_shared<int>(0);
    std::vector<int> answered;
    Answer last;
    std::map<int, std::unique_ptr<Authority::Check>> checks;
};
Authority* A_polkit::authority = nullptr;
PlayedPolkit* A_polkit::polkit = nullptr;

TEST_F(A_polkit, that_cannot_be_reached_is_unavailable_to_all_that_still_ask) {
    open(1, [this] { checks.erase(2); });
    open(2);
    open(3);
    open(4);
    checks.erase(4);
    EXPECT_THAT(answered, IsEmpty()) << "never before the caller has its question";
    until([&] { return answered.size() == 2; });
    EXPECT_THAT(answered, ElementsAre(1, 3));
    EXPECT_EQ(last.verdict, Verdict::unavailable);
    EXPECT_NE(last.why, "");
    checks.clear();
    EXPECT_EQ(places(), 0);
}

TEST_F(A_polkit, that_came_since_the_last_question_answers_the_next) {
    start_bus();
    const std::vector<std::pair<GVariant*, Verdict>> answers{
        {result(true, false), Verdict::granted},
        {result(false, false), Verdict::denied},
        {result(false, true), Verdict::would_ask},
        {result(false, false, "polkit.dismissed"), Verdict::dismissed}};
    for (const auto& [answer, verdict] : answers) {
        open(1);
        until([&] { return polkit->waiting(ask) == 1; });
        polkit->answer(ask, answer);
        until([&] { return !answered.empty(); });
        EXPECT_EQ(last.verdict, verdict);
        answered.clear();
        checks.clear();
        EXPECT_EQ(places(), 0);
    }
}

TEST_F(A_polkit, that_has_just_ended_is_asked_once_more_and_no_more) {
    start_bus();
    constexpr const char* nobody = "org.freedesktop.DBus.Error.ServiceUnknown";
    open(1);
    for (int time = 0; time < 2; ++time) {
        EXPECT_THAT(answered, IsEmpty());
        until([&] { return polkit->waiting(ask) == 1; });
        polkit->answer(ask, nullptr, nobody);
    }
    until([&] { return !answered.empty(); });
    EXPECT_EQ(last.verdict, Verdict::unavailable);
    EXPECT_THAT(last.why, HasSubstr("it has ended"));
    EXPECT_EQ(polkit->waiting(ask), 0U);
}

TEST_F(A_polkit, that_is_asked_keeps_the_place_of_what_was_taken_back_until_it_has_reached_that) {
    start_bus();
    open(1);
    open(2);
    until([&] { return polkit->waiting(ask) == 2; });
    checks.erase(1);
    until([&] { return polkit->waiting(beat) == 1; });
    checks.erase(2);  // for which it is asked again, once it has answered
    EXPECT_EQ(places(), 2);
    polkit->answer(beat, version());
    until([&] { return polkit->waiting(beat) == 1; });
    until([&] { return places() == 1; });
    polkit->answer(beat, nullptr, "org.freedesktop.DBus.Error.NameHasNoOwner");
    until([&] { return places() == 0; });
    EXPECT_THAT(answered, IsEmpty());
    polkit->answer(ask, result(true, false));
    polkit->answer(ask, result(true, false));
}

TEST_F(A_polkit, that_does_not_answer_even_what_it_is_ends_all_questions_and_one_that_does_may_take_its_time) {
    start_bus();
    second_ms = 10;
    open(1, [this] { checks.erase(2); });
    open(2);
    open(3);
    until([&] { return polkit->waiting(ask) == 3 && polkit->waiting(beat) > 0; });
    polkit->answer(beat, version());
    until([&] { return polkit->waiting(beat) > 0; });
    EXPECT_THAT(answered, IsEmpty());
    polkit->answer(beat, nullptr, "org.freedesktop.DBus.Error.NoReply");
    until([&] { return answered.size() == 2; });
    EXPECT_THAT(answered, ElementsAre(1, 3));
    EXPECT_EQ(last.verdict, Verdict::unavailable);
}

}  // namespace
}  // namespace iopriority::policy
