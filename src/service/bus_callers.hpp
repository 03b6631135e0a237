// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Finds callers by asking the bus driver, without blocking: once for each bus name, and again if the reply is lost. A
/// caller is forgotten when the name disappears.
#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "service/callers.hpp"
#include "service/departures.hpp"
#include "service/loop.hpp"

namespace iopriority::service {

class BusCallers final : public Callers {
 public:
    /// How long to wait for each reply. While much waits for this connection, the bus refuses our question, or drops
    /// its reply and says nothing. So each connection is asked about that often, one after the other.
    using Patience = std::array<std::chrono::milliseconds, 3>;
    static constexpr Patience usual_patience{
        {std::chrono::seconds(2), std::chrono::seconds(6), std::chrono::seconds(12)}};

    /// @param left is called with each unique name that has called and has left the bus.
    BusCallers(Loop& loop, sdbus::IConnection& connection, std::function<void(const std::string&)> left,
               Patience patience = usual_patience);

    /// How many calls of one connection may wait until the bus has said who it is: the rest are refused.
    static constexpr std::size_t most_waiting = 128;

    void find(const std::string& bus_name, Handler handler) override;

    /// The failure that find() would return at once, if any.
    [[nodiscard]] std::optional<Failure> refuses(std::string_view bus_name) const;
    /// Whether the bus has been asked about this connection, and has not replied yet.
    [[nodiscard]] bool is_asked(std::string_view bus_name) const { return asked_.contains(bus_name); }
    /// The user of a connection, if the bus has already reported it.
    [[nodiscard]] std::optional<uid_t> user_of(std::string_view bus_name) const;

 private:
    struct Asked {
        std::vector<Handler> waiting{};
        std::size_t times = 0;
        Source again{};  ///< a little later, since the bus has refused the question
    };

    void ask(const std::string& bus_name);
    [[nodiscard]] bool may_ask_again(const std::string& bus_name, const sdbus::Error& why) const;
    void ask_again(const std::string& bus_name, const sdbus::Error& why);
    void answered(const std::string& bus_name, const Expected<Caller>& caller);
    void name_left(const std::string& bus_name);

    Loop& loop_;
    Patience patience_;
    std::unique_ptr<sdbus::IProxy> driver_;
    std::function<void(const std::string&)> left_;
    Departures departures_;  ///< of those who are known or asked about
    std::map<std::string, Caller, std::less<>> known_;
    std::map<std::string, Asked, std::less<>> asked_;
};

}  // namespace iopriority::service
