// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/outbox.hpp"

#include <malloc.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "service/guard.hpp"
#include "values/values.hpp"

namespace iopriority::service {

namespace {

// The kernel doubles it, and reports a socket as writable while a quarter is used: a dozen small replies. (libsystemd
// requests eight megabytes.)
constexpr int buffer = 32 * 1024;
constexpr int sent_in_a_turn = 2;
// Each is about a kilobyte. The bus allows 128 on each of 256 connections of a user: what is beyond the first is sent
// at once, and what is beyond the second is not sent, except the first of a user.
constexpr std::size_t most_refusals_of_user = 32768;
constexpr std::size_t most_refusals = 65536;

void send(sd_bus_message* message) {
    static_cast<void>(sd_bus_send(sd_bus_message_get_bus(message), message, nullptr));  // a lost caller needs no reply
}

}  // namespace

Outbox::Outbox(Loop& loop, sdbus::IConnection& connection)
    : loop_(loop), socket_(connection.getEventLoopPollData().fd) {
    static_cast<void>(::setsockopt(socket_, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer));
    loop_.take_turns_while([this] { return is_free(); });
}

Outbox::~Outbox() {
    loop_.take_turns_while(nullptr);
    for (const auto& [user, refusals] : refusals_) {
        for (const auto& [connection, errors] : refusals.errors) {
            std::for_each(errors.begin(), errors.end(), [](const auto& error) { send(error.get()); });
        }
    }
}

bool Outbox::is_free() {
    pollfd writable{socket_, POLLOUT, 0};
    if (::poll(&writable, 1, 0) != 0) {  // also if the bus is gone
        return true;
    }
    trim_later();
    return false;
}

void Outbox::trim_later() {
    if (trim_) {
        return;
    }
    const auto wait = [this] {
        trim_ = loop_.after(std::chrono::seconds(1), [this] {
            const auto called = std::move(trim_);
#ifdef __GLIBC__
            ::malloc_trim(0);
#endif
        });
    };
    guard(wait, [](const Failure&) {});
}

void Outbox::refuse(uid_t user, sd_bus_message* call, const Failure& why) {
    sd_bus_message* raw = nullptr;
    if (sd_bus_message_get_expect_reply(call) == 0 ||
        sd_bus_message_new_method_errorf(call, &raw, values::info(why.code).dbus_name, "%s",  // NOLINT(*-vararg)
                                         why.message.c_str()) < 0) {
        return;
    }
    bus::MessagePtr error(raw);
    auto& refusals = refusals_[user];
    if (waiting_ >= most_refusals && refusals.waiting > 0) {
        return;
    }
    if (refusals.waiting >= most_refusals_of_user) {
        send(error.get());
        return;
    }
    const char* const connection = sd_bus_message_get_destination(raw);
    refusals.errors[connection != nullptr ? connection : ""].push_back(std::move(error));
    ++refusals.waiting;
    ++waiting_;
    if (!refusals.turn) {
        refusals.turn = loop_.each_turn(user, [this, user] { send_some(user); });
    }
}

void Outbox::forget(const std::string& connection) {
    for (auto& [user, refusals] : refusals_) {
        if (const auto left = refusals.errors.extract(connection)) {
            refusals.waiting -= left.mapped().size();
            waiting_ -= left.mapped().size();
        }
    }
}

// One for each connection in turn.
void Outbox::send_some(uid_t user) {
    const auto found = refusals_.find(user);
    auto& [errors, last, waiting, turn] = found->second;
    for (int i = 0; i < sent_in_a_turn && !errors.empty(); ++i) {
        auto next = errors.upper_bound(last);
        next = next == errors.end() ? errors.begin() : next;
        last = next->first;
        send(next->second.front().get());
        next->second.pop_front();
        if (next->second.empty()) {
            errors.erase(next);
        }
        --waiting;
        --waiting_;
    }
    if (errors.empty()) {
        refusals_.erase(found);
    }
}

}  // namespace iopriority::service
