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

// A turn is a source that no context has: the function is called by take_turn(). Its owner's reference ends it.
struct Loop::Turns : service::Turns<GSource*> {
    std::function<bool()> condition;

    struct Turn {
        GSource base;
        std::shared_ptr<Turns>* turns;
        Function* function;

        static Turn& of(GSource* source) {
            return *reinterpret_cast<Turn*>(source);  // NOLINT(*-reinterpret-cast): GLib's subclassing
        }
        static void finalize(GSource* source) {
            (*of(source).turns)->remove(source);
            delete of(source).turns;     // NOLINT(*-owning-memory)
            delete of(source).function;  // NOLINT(*-owning-memory)
        }
    };
    // Takes a turn whenever the loop goes round.
    struct Taker {
        GSource base;
        Loop* loop;

        static Loop& of(GSource* source) { return *reinterpret_cast<Taker*>(source)->loop; }  // NOLINT
        static gboolean prepare(GSource* source, gint* timeout) {
            *timeout = -1;
            return of(source).turns_->may_be_taken() ? TRUE : FALSE;
        }
        static gboolean dispatch(GSource* source, GSourceFunc /*callback*/, gpointer /*data*/) {
            of(source).take_turn();
            return G_SOURCE_CONTINUE;
        }
    };

    [[nodiscard]] bool may_be_taken() const { return !empty() && (!condition || condition()); }
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
    static GSourceFuncs functions{nullptr, nullptr, nullptr, &Turns::Turn::finalize, nullptr, nullptr};
    auto turns = std::make_unique<std::shared_ptr<Turns>>(turns_);
    auto owned_function = std::make_unique<Function>(std::move(function));
    GSource* source = g_source_new(&functions, sizeof(Turns::Turn));
    auto& turn = Turns::Turn::of(source);
    turn.turns = turns.release();
    turn.function = owned_function.release();
    Source owned(source);
    turns_->add(owner, source);
    return owned;
}

void Loop::take_turns_while(std::function<bool()> condition) {
    turns_->condition = std::move(condition);
}

bool Loop::turns_wait() const {
    return !turns_->empty();
}

bool Loop::turns_are_held_up() const {
    return turns_wait() && !turns_->may_be_taken();
}

void Loop::take_turn() {
    if (turns_->may_be_taken()) {
        GSource* const work = g_source_ref(turns_->ready());  // it may end itself
        turns_->go_round(work);
        call(*Turns::Turn::of(work).function);
        g_source_unref(work);
    }
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

// Last of all sources, so that messages of the bus come before work.
void Loop::run() {
    static GSourceFuncs functions{&Turns::Taker::prepare, nullptr, &Turns::Taker::dispatch, nullptr, nullptr, nullptr};
    GSource* const taker = g_source_new(&functions, sizeof(Turns::Taker));
    reinterpret_cast<Turns::Taker*>(taker)->loop = this;  // NOLINT(*-reinterpret-cast): GLib's subclassing
    const Source owned(taker);
    g_source_attach(taker, nullptr);
    g_main_loop_run(loop_);
}

void Loop::quit() {
    g_main_loop_quit(loop_);
}

}  // namespace iopriority::service
