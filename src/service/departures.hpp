// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Connections that leave the bus. Only those that are watched wake the service, not every program that ends.
#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <cstddef>
#include <functional>
#include <map>
#include <string>

#include "bus/sd_bus.hpp"
#include "values/not_copyable.hpp"

namespace iopriority::service {

class Departures : public NotCopyable {
 public:
    /// A bus allows a connection only so many matches (dbus-daemon 512), and goes through them for each program that
    /// leaves. Beyond this many names, one match for all names has to do.
    static constexpr std::size_t most_matches = 64;

    /// @param left is called with the unique name of a connection that has left, perhaps one that is not watched.
    Departures(sdbus::IConnection& connection, std::function<void(const std::string&)> left);
    ~Departures();

    /// If the bus answers a later question about this connection, it will tell of its leaving, too. Throws if it cannot
    /// be told to.
    void watch(const std::string& name);
    void forget(const std::string& name);

 private:
    using Watched = std::map<std::string, bool>;

    int look_at(sd_bus_message* message) noexcept;
    void match(Watched::value_type& unmatched);
    /// @param method AddMatch or RemoveMatch
    /// @param name of one connection; empty: all
    [[nodiscard]] bool tell_bus(const char* method, const std::string& name) noexcept;
    void match_all_if_needed();

    sd_bus* bus_;
    sd_bus_slot* filter_ = nullptr;
    std::function<void(const std::string&)> left_;
    Watched watched_;            ///< whether there is a match for this name
    std::size_t unmatched_ = 0;  ///< for how many there is none
    bool matches_all_ = false;
};

}  // namespace iopriority::service
