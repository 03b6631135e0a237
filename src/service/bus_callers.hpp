// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Finds callers by asking the bus driver: once for each bus name, without blocking. A caller is forgotten when the
/// name disappears.
#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "service/callers.hpp"

namespace iopriority::service {

class BusCallers final : public Callers {
 public:
    /// @param left is called with each unique name that has called and has left the bus.
    BusCallers(sdbus::IConnection& connection, std::function<void(const std::string&)> left);

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
    void ask(const std::string& bus_name);
    void answered(const std::string& bus_name, const Expected<Caller>& caller);
    void name_left(const std::string& bus_name);

    std::unique_ptr<sdbus::IProxy> driver_;
    std::function<void(const std::string&)> left_;
    std::map<std::string, Caller, std::less<>> known_;
    std::map<std::string, std::vector<Handler>, std::less<>> asked_;
};

}  // namespace iopriority::service
