// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Callers, asked of the bus driver: once per bus name, without blocking, forgotten when the name goes.
#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "service/callers.hpp"

namespace iopriority::service {

class BusCallers final : public Callers {
 public:
    /// @param left is called with each unique name that leaves the bus.
    BusCallers(sdbus::IConnection& connection, std::function<void(const std::string&)> left);

    void find(const std::string& bus_name, Handler handler) override;

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
