// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Messages to the bus, sent no faster than the bus takes them.
#pragma once

#include <sdbus-c++/sdbus-c++.h>
#include <sys/types.h>

#include <cstddef>
#include <deque>
#include <map>
#include <string>

#include "bus/sd_bus.hpp"
#include "service/loop.hpp"
#include "values/expected.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::service {

/// The bus takes the same amount from each connection, even from one that carries the replies to sixty others. So in a
/// flood, replies pile up here, and everything sent later waits behind them. Therefore calls are taken up and refused,
/// and work continues, only while few bytes wait for the bus; the users take turns.
class Outbox : public NotCopyable {
 public:
    Outbox(Loop& loop, sdbus::IConnection& connection);
    ~Outbox();

    /// Replies with an error when it is this user's turn. If too many errors of all users wait, a user who has some
    /// among them gets none: the memory must last for the others.
    void refuse(uid_t user, sd_bus_message* call, const Failure& why);
    /// Gives back to the system, a second later, what a flood has left free between blocks in use.
    void trim_later();
    /// Sends no more replies to this connection, which has left the bus.
    void forget(const std::string& connection);

 private:
    struct Refusals {
        std::map<std::string, std::deque<bus::MessagePtr>> errors;  ///< by connection
        std::string last;                                           ///< connection that was sent one
        std::size_t waiting = 0;                                    ///< errors
        Source turn;
    };
    void send_some(uid_t user);
    [[nodiscard]] bool is_free();

    Loop& loop_;
    int socket_;
    std::map<uid_t, Refusals> refusals_;
    std::size_t waiting_ = 0;  ///< errors of all users
    Source trim_;
};

}  // namespace iopriority::service
