// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/loop.hpp"

#include <glib-unix.h>
#include <glib.h>

#include <cstdio>
#include <exception>
#include <utility>

namespace iopriority::service {

namespace {

using Function = std::function<void()>;

// GLib is C: no exception may cross it. Requests catch their own; what arrives here belongs to nobody.
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
    g_source_set_callback(source, callback, std::make_unique<Function>(std::move(function)).release(), &destroy);
    g_source_attach(source, nullptr);
    return Source(source);
}

// Those that take turns: the first of them is ready, and goes to the end when it has run.
using Turns = std::shared_ptr<std::list<GSource*>>;

struct TurnSource {
    GSource base;
    Turns* turns;
};

Turns& turns_of(GSource* source) {
    return *reinterpret_cast<TurnSource*>(source)->turns;  // NOLINT(*-reinterpret-cast): GLib's subclassing
}

gboolean prepare_turn(GSource* source, gint* timeout) {
    *timeout = -1;
    return turns_of(source)->front() == source ? TRUE : FALSE;
}

gboolean dispatch_turn(GSource* source, GSourceFunc callback, gpointer data) {
    auto& turns = *turns_of(source);
    turns.splice(turns.end(), turns, turns.begin());
    return callback(data);
}

void finalize_turn(GSource* source) {
    turns_of(source)->remove(source);
    delete &turns_of(source);  // NOLINT(*-owning-memory)
}

GSourceFuncs turn_functions{&prepare_turn, nullptr, &dispatch_turn, &finalize_turn, nullptr, nullptr};

}  // namespace

Source::Source(Source&& other) noexcept : source_(std::exchange(other.source_, nullptr)) {}

Source& Source::operator=(Source&& other) noexcept {
    if (this != &other) {
        const Source old(std::exchange(source_, std::exchange(other.source_, nullptr)));
    }
    return *this;
}

Source::~Source() {
    if (source_ != nullptr) {
        g_source_destroy(source_);  // harmless if it has ended by itself
        g_source_unref(source_);
    }
}

Loop::Loop() : loop_(g_main_loop_new(nullptr, FALSE)) {}

Loop::~Loop() {
    g_main_loop_unref(loop_);
}

Source Loop::each_turn(std::function<void()> function) {
    GSource* source = g_source_new(&turn_functions, sizeof(TurnSource));
    // NOLINTNEXTLINE(*-reinterpret-cast,*-owning-memory): GLib's subclassing; finalize_turn() ends it
    reinterpret_cast<TurnSource*>(source)->turns = new Turns(turns_);
    turns_->push_back(source);
    return attach(source, &call_again, std::move(function));
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

Source Loop::on_signal(int signal, std::function<void()> function) {
    return attach(g_unix_signal_source_new(signal), &call_again, std::move(function));
}

void Loop::run() {
    g_main_loop_run(loop_);
}

void Loop::quit() {
    g_main_loop_quit(loop_);
}

}  // namespace iopriority::service
