// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Messages to the bus, sent no faster than the bus takes them.
#pragma once

#include <sdbus-c++/sdbus-c++.h>
#include <sys/types.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "service/loop.hpp"
#include "values/expected.hpp"
#include "values/not_copyable.hpp"

struct sd_bus;
struct sd_bus_message;

namespace iopriority::service {

/// The bus takes the same amount from each connection, also from one that carries the replies to sixty others. So in a
/// flood replies pile up here, and everything sent later waits behind them. Therefore work goes on, and calls are
/// refused, only while few bytes wait for the bus; the users take turns.
class Outbox : public NotCopyable {
 public:
    /// Answers that may wait for the bus before calls are refused, no fewer than may be under way (Admission,
    /// BusCallers): who has so many under way is refused none. And the calls of one user, or of a connection of nobody
    /// knows whom, since it had taken all.
    static constexpr unsigned most_at_once = 128;

    Outbox(Loop& loop, sdbus::IConnection& connection);
    ~Outbox();

    /// Counts a call of this user, or of a connection that is not known yet; true if it is one too many.
    /// @param answers of the usual size that its answer is as large as
    [[nodiscard]] bool is_one_too_many(std::optional<uid_t> user, std::string_view connection, unsigned answers);
    /// Answers with an error, when it is this user's turn.
    void refuse(uid_t user, sd_bus_message* call, const Failure& why);

 private:
    struct Release {
        void operator()(sd_bus_message* message) const;
    };
    struct Refusals {
        std::deque<std::unique_ptr<sd_bus_message, Release>> errors;
        Source turn;
    };
    void send_some(uid_t user);
    [[nodiscard]] bool is_free();

    [[nodiscard]] bool is_piled_up(unsigned answers) const;

    Loop& loop_;
    sd_bus* bus_;
    int socket_;
    std::map<uid_t, unsigned> calls_;  ///< since the bus had taken all
    std::map<std::string, unsigned> first_calls_;
    std::map<uid_t, Refusals> refusals_;
    Source trim_;
};

}  // namespace iopriority::service
