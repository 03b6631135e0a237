// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// One connection to the system bus, with the calls that wait on it. For one thread alone.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "bus/sdbus_compat.hpp"
#include "client/bus.hpp"

namespace iopriority::client {

class BusSession {
 public:
    /// Connects.
    /// @param host of another machine, over ssh; empty: this one
    /// @throws sdbus::Error
    explicit BusSession(const std::string& host = {});
    BusSession(const BusSession&) = delete;
    BusSession& operator=(const BusSession&) = delete;
    BusSession(BusSession&&) = delete;
    BusSession& operator=(BusSession&&) = delete;
    ~BusSession() = default;

    /// Sends a request; what goes wrong with it goes to its completion.
    void send(const Request& request, const CallSettings& settings, Completion done);

    /// Handles what has arrived, without waiting.
    /// @throws sdbus::Error when the connection is lost.
    void process();

    /// What to wait for before process() has something to do.
    /// @throws sdbus::Error when the connection is lost.
    [[nodiscard]] sdbus::IConnection::PollData poll_data() const { return connection_->getEventLoopPollData(); }

    /// Ends all calls that wait with an error. The session is not to be used any more.
    void end(const std::exception_ptr& error);

 private:
    void receive(std::uint64_t call, const Request& request, sdbus::MethodReply& reply, const sdbus::Error* error);

    std::map<std::uint64_t, Completion> waiting_;
    std::uint64_t last_call_ = 0;
    std::unique_ptr<sdbus::IConnection> connection_;
    std::unique_ptr<sdbus::IProxy> proxy_;
};

}  // namespace iopriority::client
