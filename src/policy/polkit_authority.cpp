// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The one file that knows polkit, which need not be running yet: each question looks for it. If it hangs, it is given
/// up after about 20 s; a dialog that it has opened may stay open for any length of time. The authority lives as long
/// as GLib's main loop runs: answers that are on their way find it.
#include <polkit/polkit.h>

#include <utility>
#include <vector>

#include "policy/authority.hpp"
#include "values/ranges.hpp"
#include "values/translatable.hpp"

namespace iopriority::policy {

namespace {

template <typename T>
struct Unref {
    void operator()(T* object) const noexcept { g_object_unref(object); }
};
template <typename T>
using GObjectPtr = std::unique_ptr<T, Unref<T>>;

std::string take_message(GError* error) {
    std::string text = error != nullptr ? error->message : "no reason given";
    g_clear_error(&error);
    return text;
}

class Polkit;
class PolkitCheck;

// The callbacks of GLib may come after the check was destroyed (a cancelled call still calls back): they hold this, not
// the check.
struct OpenQuestion {
    Polkit& authority;
    PolkitCheck* check = nullptr;
    std::shared_ptr<const void> place;
    GObjectPtr<GCancellable> cancellable{g_cancellable_new()};
    GObjectPtr<PolkitSubject> subject{};
    GObjectPtr<PolkitDetails> details{};
    std::string action{};
    bool interactive = false;
    bool asked_again = false;
};
using Shared = std::shared_ptr<OpenQuestion>;

// While a question is open, polkit is asked for a property every few seconds. A dialog may stay open for minutes, but
// an authority that does not even answer that is hanging, and the caller has to be told.
class Polkit final : public Authority {
 public:
    std::unique_ptr<Check> check(const Question& question, std::function<void(const Answer&)> handler,
                                 std::shared_ptr<const void> place) override;

    void opened(PolkitCheck* check);
    void closed(PolkitCheck* check);
    /// Asks now, or as soon as there is a connection.
    void ask(const std::shared_ptr<OpenQuestion>& question);
    /// A question was withdrawn that polkit may not have reached yet: its place is kept until polkit has.
    void given_back(std::shared_ptr<const void> place);

 private:
    static void on_connected(GObject* source, GAsyncResult* result, gpointer data);
    static gboolean on_beat(gpointer data);
    static void on_beat_answered(GObject* source, GAsyncResult* result, gpointer data);
    static void on_caught_up(GObject* source, GAsyncResult* result, gpointer data);
    void catch_up();
    void give_up(const std::string& why);

    // The connection to polkit, made at the first question and kept. There is one attempt at a time, which goes on when
    // those that wait for it give up: libpolkit keeps the error of an attempt that was broken off for the next one.
    GObjectPtr<::PolkitAuthority> proxy_;
    bool connecting_ = false;
    std::vector<std::shared_ptr<OpenQuestion>> unasked_;
    std::vector<std::shared_ptr<const void>> given_back_;
    std::vector<std::shared_ptr<const void>> catching_up_;
    std::vector<PolkitCheck*> checks_;
    guint beat_ = 0;
};

class PolkitCheck final : public Authority::Check {
 public:
    PolkitCheck(Polkit& authority, const Question& question, std::function<void(const Answer&)> handler,
                std::shared_ptr<const void> place);
    ~PolkitCheck() override;

    void finish(const Answer& answer);

 private:
    Polkit& authority_;
    std::function<void(const Answer&)> handler_;
    Shared state_;
};

Answer answer_from(PolkitAuthorizationResult* result, bool interactive) {
    if (polkit_authorization_result_get_is_authorized(result) != FALSE) {
        return {Verdict::granted, {}};
    }
    if (polkit_authorization_result_get_dismissed(result) != FALSE) {
        return {Verdict::dismissed, {}};
    }
    if (polkit_authorization_result_get_is_challenge(result) != FALSE) {
        return {
            Verdict::would_ask,
            interactive ? "no authentication agent (pkttyagent, for example) is running for the caller's session" : ""};
    }
    return {Verdict::denied, {}};
}

PolkitCheck::PolkitCheck(Polkit& authority, const Question& question, std::function<void(const Answer&)> handler,
                         std::shared_ptr<const void> place)
    : authority_(authority), handler_(std::move(handler)), state_(new OpenQuestion{authority, this, std::move(place)}) {
    state_->subject.reset(polkit_system_bus_name_new(question.bus_name.c_str()));
    state_->details.reset(polkit_details_new());
    for (const auto& [key, value] : question.details) {
        polkit_details_insert(state_->details.get(), key.c_str(), value.c_str());
    }
    // polkit shows this text instead of the action's own, translated as the agent wants it.
    polkit_details_insert(state_->details.get(), "polkit.message", question.prompt.c_str());
    polkit_details_insert(state_->details.get(), "polkit.gettext_domain", values::translation_domain);
    state_->action = id(question.action);
    state_->interactive = question.may_ask_a_person;
    authority_.opened(this);
    authority_.ask(state_);
}

PolkitCheck::~PolkitCheck() {
    state_->check = nullptr;
    authority_.closed(this);
    g_cancellable_cancel(state_->cancellable.get());
}

void on_answer(GObject* source, GAsyncResult* result, gpointer data) {
    const std::unique_ptr<Shared> shared(static_cast<Shared*>(data));
    OpenQuestion& question = **shared;
    GError* error = nullptr;
    const GObjectPtr<PolkitAuthorizationResult> answer(
        polkit_authority_check_authorization_finish(POLKIT_AUTHORITY(source), result, &error));
    // polkit has just ended, and the question went to its old unique name: nobody received it.
    const bool missed = !answer && g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) != FALSE;
    const std::string why = answer ? std::string{} : take_message(error);
    if (question.check == nullptr) {
        question.authority.given_back(std::move(question.place));
        return;
    }
    if (missed && !std::exchange(question.asked_again, true)) {
        question.authority.ask(*shared);
        return;
    }
    question.check->finish(answer ? answer_from(answer.get(), question.interactive)
                                  : Answer{Verdict::unavailable, why});
}

void PolkitCheck::finish(const Answer& answer) {
    state_->check = nullptr;  // once only
    authority_.closed(this);
    // The handler may destroy this object.
    const auto handler = std::move(handler_);
    handler(answer);
}

constexpr guint beat_seconds = 5;
constexpr int beat_timeout_ms = 15000;

std::unique_ptr<Authority::Check> Polkit::check(const Question& question, std::function<void(const Answer&)> handler,
                                                std::shared_ptr<const void> place) {
    return std::make_unique<PolkitCheck>(*this, question, std::move(handler), std::move(place));
}

void Polkit::ask(const Shared& question) {
    if (!proxy_) {
        unasked_.push_back(question);
        if (!std::exchange(connecting_, true)) {
            polkit_authority_get_async(nullptr, &Polkit::on_connected, this);
        }
        return;
    }
    polkit_authority_check_authorization(proxy_.get(), question->subject.get(), question->action.c_str(),
                                         question->details.get(),
                                         question->interactive ? POLKIT_CHECK_AUTHORIZATION_FLAGS_ALLOW_USER_INTERACTION
                                                               : POLKIT_CHECK_AUTHORIZATION_FLAGS_NONE,
                                         question->cancellable.get(), &on_answer, new Shared(question));
}

void Polkit::on_connected(GObject* /*source*/, GAsyncResult* result, gpointer data) {
    auto& self = *static_cast<Polkit*>(data);
    GError* error = nullptr;
    self.proxy_.reset(polkit_authority_get_finish(result, &error));
    const std::string why = self.proxy_ ? std::string{} : take_message(error);
    self.connecting_ = false;
    for (const auto& question : std::exchange(self.unasked_, {})) {
        if (question->check == nullptr) {
            continue;  // given back meanwhile
        }
        if (self.proxy_) {
            self.ask(question);
        } else {
            question->check->finish({Verdict::unavailable, why});
        }
    }
}

void Polkit::opened(PolkitCheck* check) {
    checks_.push_back(check);
    if (beat_ == 0) {
        beat_ = g_timeout_add_seconds(beat_seconds, &Polkit::on_beat, this);
    }
}

void Polkit::closed(PolkitCheck* check) {
    std::erase(checks_, check);
    std::erase_if(unasked_, [](const Shared& question) { return question->check == nullptr; });
    if (checks_.empty() && beat_ != 0) {
        g_source_remove(beat_);
        beat_ = 0;
    }
}

// Asks polkit for a property. False, with a reason, if there is no connection.
bool ask_for_version(int timeout_ms, GAsyncReadyCallback callback, void* data, std::string& why) {
    GError* error = nullptr;
    // The connection that libpolkit uses, already open.
    const GObjectPtr<GDBusConnection> connection(g_bus_get_sync(G_BUS_TYPE_SYSTEM, nullptr, &error));
    if (!connection) {
        why = take_message(error);
        return false;
    }
    g_dbus_connection_call(connection.get(), "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
                           "org.freedesktop.DBus.Properties", "Get",
                           g_variant_new("(ss)", "org.freedesktop.PolicyKit1.Authority", "BackendVersion"), nullptr,
                           G_DBUS_CALL_FLAGS_NO_AUTO_START, timeout_ms, nullptr, callback, data);
    return true;
}

gboolean Polkit::on_beat(gpointer data) {
    auto* self = static_cast<Polkit*>(data);
    std::string why;
    if (!ask_for_version(beat_timeout_ms, &Polkit::on_beat_answered, self, why)) {
        self->give_up(why);
    }
    return G_SOURCE_CONTINUE;
}

// The bus allows a connection only so many calls without an answer. Somebody who asks and disconnects, again and again,
// must not fill that up for others while polkit is slow.
void Polkit::given_back(std::shared_ptr<const void> place) {
    given_back_.push_back(std::move(place));
    catch_up();
}

// polkit answers in order: once it answers this call, it has reached every question withdrawn before.
void Polkit::catch_up() {
    if (!catching_up_.empty() || given_back_.empty()) {
        return;
    }
    catching_up_ = std::exchange(given_back_, {});
    std::string why;
    if (!ask_for_version(G_MAXINT, &Polkit::on_caught_up, this, why)) {
        catching_up_.clear();
    }
}

void Polkit::on_caught_up(GObject* source, GAsyncResult* result, gpointer data) {
    GError* error = nullptr;
    if (GVariant* value = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error); value != nullptr) {
        g_variant_unref(value);
    }
    g_clear_error(&error);  // if there is one, polkit has ended, and all that was open with it
    auto& self = *static_cast<Polkit*>(data);
    self.catching_up_.clear();
    self.catch_up();
}

void Polkit::on_beat_answered(GObject* source, GAsyncResult* result, gpointer data) {
    GError* error = nullptr;
    if (GVariant* value = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error); value != nullptr) {
        g_variant_unref(value);
        return;
    }
    static_cast<Polkit*>(data)->give_up(take_message(error));
}

void Polkit::give_up(const std::string& why) {
    // A handler may open or close other checks.
    const auto given_up = checks_;
    for (PolkitCheck* check : given_up) {
        if (values::contains(checks_, check)) {
            check->finish({Verdict::unavailable, why});
        }
    }
}

}  // namespace

}  // namespace iopriority::policy

/// What the daemon looks up in this module once it has loaded it.
/// @return an authority, which the caller owns
extern "C" __attribute__((visibility("default"))) iopriority::policy::Authority* iopriority_polkit_authority() {
    // libpolkit warns where a question was answered just before it was taken back. Every caller can bring that about,
    // as often as it likes, by disconnecting.
    g_log_set_handler(
        nullptr, G_LOG_LEVEL_WARNING, [](const char*, GLogLevelFlags, const char*, void*) {}, nullptr);
    return new iopriority::policy::Polkit();  // NOLINT(*-owning-memory)
}
