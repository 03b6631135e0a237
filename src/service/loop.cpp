// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/loop.hpp"

#include <glib-unix.h>
#include <glib.h>

#include <cstdio>
#include <exception>

#include "service/turns.hpp"

namespace iopriority::service {

namespace {

using Function = std::function<void()>;

// GLib is C: no exception may cross it. Requests catch their own; exceptions that arrive here belong to no request.
void call(const Function& function) noexcept {
    try {
        function();
    } catch (const std::exception& e) {
        std::fprintf(stderr, "iopriorityd: unexpected error in the loop: %s\n", e.what());  // NOLINT(*-vararg)
    } catch (...) {
        std::fputs("iopriorityd: unexpected error in the loop\n", stderr);
    }
}

gboolean call_again(gpointer data) {
    call(*static_cast<Function*>(data));
    return G_SOURCE_CONTINUE;
}

gboolean call_once(gpointer data) {
    call(*static_cast<Function*>(data));
    return G_SOURCE_REMOVE;
}

void destroy(gpointer data) {
    delete static_cast<Function*>(data);  // NOLINT(*-owning-memory): GLib owns it until now
}

Source attach(GSource* source, GSourceFunc callback, Function function) {
    Source owned(source);  // from the start: allocating the rest may fail
    g_source_set_callback(source, callback, std::make_unique<Function>(std::move(function)).release(), &destroy);
    g_source_attach(source, nullptr);
    return owned;
}

}  // namespace

struct Loop::Turns : service::Turns<GSource*> {
    std::function<bool()> condition;

    struct Turn {
        GSource base;
        std::shared_ptr<Turns>* turns;

        static Turns& of(GSource* source) {
            return **reinterpret_cast<Turn*>(source)->turns;  // NOLINT(*-reinterpret-cast): GLib's subclassing
        }
        static gboolean prepare(GSource* source, gint* timeout) {
            *timeout = -1;
            const auto& turns = of(source);
            return turns.ready() == source && (!turns.condition || turns.condition()) ? TRUE : FALSE;
        }
        static gboolean dispatch(GSource* source, GSourceFunc callback, gpointer data) {
            of(source).go_round(source);
            return callback(data);
        }
        static void finalize(GSource* source) {
            of(source).remove(source);
            delete reinterpret_cast<Turn*>(source)->turns;  // NOLINT
        }
    };
};

Source::~Source() {
    if (source_ != nullptr) {
        g_source_destroy(source_);  // harmless if it has ended by itself
        g_source_unref(source_);
    }
}

Loop::Loop() : loop_(g_main_loop_new(nullptr, FALSE)), turns_(std::make_shared<Turns>()) {}

Loop::~Loop() {
    g_main_loop_unref(loop_);
}

Source Loop::each_turn(std::uint64_t owner, std::function<void()> function) {
    static GSourceFuncs functions{&Turns::Turn::prepare,  nullptr, &Turns::Turn::dispatch,
                                  &Turns::Turn::finalize, nullptr, nullptr};
    auto turns = std::make_unique<std::shared_ptr<Turns>>(turns_);
    GSource* source = g_source_new(&functions, sizeof(Turns::Turn));
    // NOLINTNEXTLINE(*-reinterpret-cast): GLib's subclassing; finalize() ends it
    reinterpret_cast<Turns::Turn*>(source)->turns = turns.release();
    auto owned = attach(source, &call_again, std::move(function));
    turns_->add(owner, source);
    return owned;
}

void Loop::take_turns_while(std::function<bool()> condition) {
    turns_->condition = std::move(condition);
}

bool Loop::turns_wait() const {
    return !turns_->empty();
}

Source Loop::after(std::chrono::milliseconds delay, std::function<void()> function) {
    return attach(g_timeout_source_new(static_cast<guint>(delay.count())), &call_once, std::move(function));
}

Source Loop::when_closed(int fd, std::function<void()> function) {
    // The callback of this source has parameters of its own.
    const auto callback = +[](gint /*fd*/, GIOCondition /*condition*/, gpointer data) { return call_once(data); };
    return attach(g_unix_fd_source_new(fd, static_cast<GIOCondition>(G_IO_ERR | G_IO_HUP)), G_SOURCE_FUNC(callback),
                  std::move(function));
}

void Loop::from_any_thread(std::function<void()> function) {
    GSource* source = g_idle_source_new();
    g_source_set_priority(source, G_PRIORITY_DEFAULT);  // otherwise it waits for the end of all other work
    g_source_set_callback(source, &call_once, std::make_unique<Function>(std::move(function)).release(), &destroy);
    g_source_attach(source, nullptr);
    g_source_unref(source);  // owned only by the loop from now on
}

void Loop::run() {
    g_main_loop_run(loop_);
}

void Loop::quit() {
    g_main_loop_quit(loop_);
}

}  // namespace iopriority::service
