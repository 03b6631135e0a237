// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The one file that knows polkit.
#include <polkit/polkit.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "authorization/authority.hpp"

namespace iopriority::authorization {

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

class PolkitCheck;

// While a question is open, polkit is asked every few seconds for a property: a dialog may stay open for minutes, but
// an authority that does not even answer that hangs, and the caller is to be told.
class Polkit final : public Authority {
 public:
    Polkit() = default;
    Polkit(const Polkit&) = delete;
    Polkit& operator=(const Polkit&) = delete;
    Polkit(Polkit&&) = delete;
    Polkit& operator=(Polkit&&) = delete;
    ~Polkit() override;

    std::unique_ptr<Check> check(const Question& question, std::function<void(const Answer&)> handler) override;

    void opened(PolkitCheck* check);
    void closed(PolkitCheck* check);

    /// The connection to polkit, made at the first question and kept; empty until then.
    GObjectPtr<::PolkitAuthority> proxy;

 private:
    static gboolean on_beat(gpointer data);
    static void on_beat_answered(GObject* source, GAsyncResult* result, gpointer data);
    void give_up(const std::string& why);

    std::vector<PolkitCheck*> checks_;
    guint beat_ = 0;
    GObjectPtr<GCancellable> beat_cancellable_{g_cancellable_new()};
};

// The callbacks of GLib may come after the check was destroyed (a cancelled call still calls back): they hold the
// state, not the check.
class PolkitCheck final : public Authority::Check {
 public:
    PolkitCheck(Polkit& authority, const Question& question, std::function<void(const Answer&)> handler);
    PolkitCheck(const PolkitCheck&) = delete;
    PolkitCheck& operator=(const PolkitCheck&) = delete;
    PolkitCheck(PolkitCheck&&) = delete;
    PolkitCheck& operator=(PolkitCheck&&) = delete;
    ~PolkitCheck() override;

    void finish(const Answer& answer);

 private:
    struct State {
        PolkitCheck* check = nullptr;
        GObjectPtr<GCancellable> cancellable{g_cancellable_new()};
        GObjectPtr<PolkitSubject> subject;
        GObjectPtr<PolkitDetails> details;
        std::string action;
        bool interactive = false;
    };
    using Shared = std::shared_ptr<State>;

    static void ask(const Shared& shared, ::PolkitAuthority* proxy);
    static void on_authority(GObject* source, GAsyncResult* result, gpointer data);
    static void on_answer(GObject* source, GAsyncResult* result, gpointer data);

    Polkit& authority_;
    std::function<void(const Answer&)> handler_;
    Shared state_ = std::make_shared<State>();
};

Answer answer_from(PolkitAuthorizationResult* result, bool interactive) {
    if (polkit_authorization_result_get_is_authorized(result) != FALSE) {
        return {Verdict::granted, {}};
    }
    if (polkit_authorization_result_get_dismissed(result) != FALSE) {
        return {Verdict::dismissed, {}};
    }
    if (polkit_authorization_result_get_is_challenge(result) != FALSE) {
        return {Verdict::would_ask, interactive ? "no authentication agent is running for the caller's session" : ""};
    }
    return {Verdict::denied, {}};
}

PolkitCheck::PolkitCheck(Polkit& authority, const Question& question, std::function<void(const Answer&)> handler)
    : authority_(authority), handler_(std::move(handler)) {
    state_->check = this;
    state_->subject.reset(polkit_system_bus_name_new(question.bus_name.c_str()));
    state_->details.reset(polkit_details_new());
    for (const auto& [key, value] : question.details) {
        polkit_details_insert(state_->details.get(), key.c_str(), value.c_str());
    }
    // polkit shows this text instead of the action's own.
    polkit_details_insert(state_->details.get(), "polkit.message", question.prompt.c_str());
    state_->action = id(question.action);
    state_->interactive = question.may_ask_a_person;
    authority_.opened(this);
    if (authority_.proxy) {
        ask(state_, authority_.proxy.get());
    } else {
        polkit_authority_get_async(state_->cancellable.get(), &PolkitCheck::on_authority, new Shared(state_));
    }
}

PolkitCheck::~PolkitCheck() {
    authority_.closed(this);
    state_->check = nullptr;
    g_cancellable_cancel(state_->cancellable.get());
}

void PolkitCheck::on_authority(GObject* /*source*/, GAsyncResult* result, gpointer data) {
    const std::unique_ptr<Shared> shared(static_cast<Shared*>(data));
    State& state = **shared;
    GError* error = nullptr;
    GObjectPtr<::PolkitAuthority> proxy(polkit_authority_get_finish(result, &error));
    const std::string why = proxy ? std::string{} : take_message(error);
    if (state.check == nullptr) {
        return;
    }
    if (!proxy) {
        state.check->finish({Verdict::unavailable, why});
        return;
    }
    Polkit& owner = state.check->authority_;
    owner.proxy = std::move(proxy);
    ask(*shared, owner.proxy.get());
}

void PolkitCheck::ask(const Shared& shared, ::PolkitAuthority* proxy) {
    const State& state = *shared;
    polkit_authority_check_authorization(proxy, state.subject.get(), state.action.c_str(), state.details.get(),
                                         state.interactive ? POLKIT_CHECK_AUTHORIZATION_FLAGS_ALLOW_USER_INTERACTION
                                                           : POLKIT_CHECK_AUTHORIZATION_FLAGS_NONE,
                                         state.cancellable.get(), &PolkitCheck::on_answer, new Shared(shared));
}

void PolkitCheck::on_answer(GObject* source, GAsyncResult* result, gpointer data) {
    const std::unique_ptr<Shared> shared(static_cast<Shared*>(data));
    GError* error = nullptr;
    const GObjectPtr<PolkitAuthorizationResult> answer(
        polkit_authority_check_authorization_finish(POLKIT_AUTHORITY(source), result, &error));
    const std::string why = answer ? std::string{} : take_message(error);
    if (PolkitCheck* check = (*shared)->check; check != nullptr) {
        check->finish(answer ? answer_from(answer.get(), (*shared)->interactive) : Answer{Verdict::unavailable, why});
    }
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

Polkit::~Polkit() {
    if (beat_ != 0) {
        g_source_remove(beat_);
    }
    g_cancellable_cancel(beat_cancellable_.get());
}

std::unique_ptr<Authority::Check> Polkit::check(const Question& question, std::function<void(const Answer&)> handler) {
    return std::make_unique<PolkitCheck>(*this, question, std::move(handler));
}

void Polkit::opened(PolkitCheck* check) {
    checks_.push_back(check);
    if (beat_ == 0) {
        beat_ = g_timeout_add_seconds(beat_seconds, &Polkit::on_beat, this);
    }
}

void Polkit::closed(PolkitCheck* check) {
    std::erase(checks_, check);
    if (checks_.empty() && beat_ != 0) {
        g_source_remove(beat_);
        beat_ = 0;
    }
}

gboolean Polkit::on_beat(gpointer data) {
    auto* self = static_cast<Polkit*>(data);
    GError* error = nullptr;
    // The connection that libpolkit uses, already open.
    const GObjectPtr<GDBusConnection> connection(
        g_bus_get_sync(G_BUS_TYPE_SYSTEM, self->beat_cancellable_.get(), &error));
    if (!connection) {
        self->give_up(take_message(error));
        return G_SOURCE_CONTINUE;
    }
    g_dbus_connection_call(connection.get(), "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
                           "org.freedesktop.DBus.Properties", "Get",
                           g_variant_new("(ss)", "org.freedesktop.PolicyKit1.Authority", "BackendVersion"), nullptr,
                           G_DBUS_CALL_FLAGS_NO_AUTO_START, beat_timeout_ms, self->beat_cancellable_.get(),
                           &Polkit::on_beat_answered, self);
    return G_SOURCE_CONTINUE;
}

void Polkit::on_beat_answered(GObject* source, GAsyncResult* result, gpointer data) {
    GError* error = nullptr;
    if (GVariant* value = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error); value != nullptr) {
        g_variant_unref(value);
        return;
    }
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) != FALSE) {
        g_clear_error(&error);
        return;  // self is gone
    }
    static_cast<Polkit*>(data)->give_up(take_message(error));
}

void Polkit::give_up(const std::string& why) {
    // A handler may open or close other checks.
    const auto given_up = checks_;
    for (PolkitCheck* check : given_up) {
        if (std::find(checks_.begin(), checks_.end(), check) != checks_.end()) {
            check->finish({Verdict::unavailable, why});
        }
    }
}

}  // namespace

std::unique_ptr<Authority> make_polkit_authority() {
    // libpolkit warns where a question was answered just before it was taken back. Every caller can bring that about,
    // as often as it likes, by leaving.
    g_log_set_handler(
        nullptr, G_LOG_LEVEL_WARNING, [](const char*, GLogLevelFlags, const char*, void*) {}, nullptr);
    return std::make_unique<Polkit>();
}

}  // namespace iopriority::authorization
