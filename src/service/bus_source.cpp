// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/bus_source.hpp"

#include <glib.h>
#include <poll.h>

#include <chrono>
#include <exception>
#include <utility>

#include "bus/sd_bus.hpp"
#include "bus/sdbus_compat.hpp"

namespace iopriority::service {

namespace {

struct State {
    Loop* loop;
    sdbus::IConnection* connection;
    Arrivals* arrivals;
    BusReads* reads;
    sd_bus* raw;
    int socket;
    std::function<void(const std::string&)> lost;
    bool is_lost;
};

struct ConnectionSource {
    GSource base;
    State* state;
    gpointer tag;
    int events;
};

State& state_of(GSource* source) {
    return *reinterpret_cast<ConnectionSource*>(source)->state;  // NOLINT(*-reinterpret-cast): GLib's subclassing
}

void lose(State& state, const std::string& why) {
    if (!std::exchange(state.is_lost, true)) {
        state.lost(why);
    }
}

// Processes one message. False if there was nothing to do.
// @param always also when nothing has arrived: libsystemd may have other work than reading
bool process_one(State& state, bool always) noexcept {
    if (state.is_lost || !(state.arrivals->look_ahead(state.socket) || always)) {
        return false;
    }
    bool more = false;
    state.reads->turn_begins();
    try {
        more = bus::process_pending(*state.connection);
    } catch (const std::exception& e) {
        lose(state, e.what());
    }
    state.reads->turn_ended();
    std::uint64_t queued = 0;
    state.arrivals->turn_ended(sd_bus_get_n_queued_read(state.raw, &queued) >= 0 && queued == 0);
    return more && !state.arrivals->all_seen();
}

gboolean prepare(GSource* source, gint* timeout) {
    auto* self = reinterpret_cast<ConnectionSource*>(source);  // NOLINT(*-reinterpret-cast)
    State& state = *self->state;
    *timeout = -1;
    if (state.is_lost) {
        return FALSE;
    }
    try {
        const auto data = state.connection->getEventLoopPollData();
        // Work may be waiting until the bus takes more (Outbox).
        const int events = data.events | (state.loop->turns_are_held_up() ? POLLOUT : 0);
        if (self->tag == nullptr) {
            self->tag = g_source_add_unix_fd(source, data.fd, static_cast<GIOCondition>(events));
            self->events = events;
        } else if (self->events != events) {  // each modification wakes the loop
            g_source_modify_unix_fd(source, self->tag, static_cast<GIOCondition>(events));
            self->events = events;
        }
        *timeout = data.getPollTimeout();
        return *timeout == 0 ? TRUE : FALSE;
    } catch (const std::exception& e) {
        lose(state, e.what());
        return FALSE;
    }
}

gboolean check(GSource* source) {
    auto* self = reinterpret_cast<ConnectionSource*>(source);  // NOLINT(*-reinterpret-cast)
    if (self->state->is_lost) {
        return FALSE;
    }
    if (self->tag != nullptr && g_source_query_unix_fd(source, self->tag) != 0) {
        return TRUE;
    }
    try {
        return self->state->connection->getEventLoopPollData().getPollTimeout() == 0 ? TRUE : FALSE;
    } catch (const std::exception& e) {
        lose(*self->state, e.what());
        return FALSE;
    }
}

// A call that comes while nothing else is at work has its turn right after it was read: the loop need not go round.
gboolean dispatch(GSource* source, GSourceFunc /*callback*/, gpointer /*data*/) {
    // Messages come before work, so that they do not wait for the work of earlier senders; but only for a limited time
    // per turn, so that slices of long work and timers get their turn.
    constexpr auto time = std::chrono::milliseconds(2);
    State& state = state_of(source);
    const bool others_wait = state.loop->turns_wait();
    const auto end = std::chrono::steady_clock::now() + time;
    for (bool first = true; process_one(state, first) && std::chrono::steady_clock::now() < end; first = false) {
    }
    if (!others_wait && !state.is_lost) {
        state.loop->take_turn();
    }
    return G_SOURCE_CONTINUE;
}

void finalize(GSource* source) {
    delete &state_of(source);  // NOLINT(*-owning-memory)
}

GSourceFuncs functions{&prepare, &check, &dispatch, &finalize, nullptr, nullptr};

}  // namespace

BusSource::BusSource(Loop& loop, sdbus::IConnection& connection, Arrivals& arrivals, BusReads& reads,
                     std::function<void(const std::string&)> lost)
    : source_(g_source_new(&functions, sizeof(ConnectionSource))) {
    auto* self = reinterpret_cast<ConnectionSource*>(source_);  // NOLINT(*-reinterpret-cast)
    self->state = new State{
        &loop,           &connection, &arrivals, &reads, bus::raw(connection), connection.getEventLoopPollData().fd,
        std::move(lost), false};  // NOLINT(*-owning-memory): finalize() ends it
    self->tag = nullptr;
    self->events = 0;
    // Else GLib removes the descriptor from its set for each dispatch and needlessly wakes its loop twice per message.
    g_source_set_can_recurse(source_, TRUE);
    g_source_attach(source_, nullptr);
}

BusSource::~BusSource() {
    g_source_destroy(source_);
    g_source_unref(source_);
}

}  // namespace iopriority::service
