// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// As much of systemd as the service asks for: units, and their control groups.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "support/bus_message.hpp"

namespace iopriority::test {

/// org.freedesktop.systemd1 on the private bus, as far as GetUnit, Id and ControlGroup go.
class ServiceManager {
 public:
    /// @param units name -> control group; an empty one: the unit is not running.
    /// @param aliases other name -> name
    explicit ServiceManager(std::map<std::string, std::string> units, std::map<std::string, std::string> aliases = {});
    ServiceManager(const ServiceManager&) = delete;
    ServiceManager& operator=(const ServiceManager&) = delete;
    ServiceManager(ServiceManager&&) = delete;
    ServiceManager& operator=(ServiceManager&&) = delete;
    ~ServiceManager();

    /// From now on calls wait for release().
    void hold() { held_ = true; }
    void release() { held_ = false; }
    /// Calls that have come so far.
    [[nodiscard]] int calls() const { return calls_; }

 private:
    void serve();
    int handle(sd_bus_message* call);
    int get_unit(sd_bus_message* call);
    int get_property(sd_bus_message* call);

    std::map<std::string, std::string> units_;
    std::map<std::string, std::string> aliases_;
    std::atomic<bool> held_{false};
    std::atomic<bool> ends_{false};
    std::atomic<int> calls_{0};
    std::thread thread_;
};

/// A control group where systemd would have made it. Made empty, with all above it; removed at the end.
class ControlGroup {
 public:
    /// @param path such as "/system.slice/foo.service".
    explicit ControlGroup(const std::string& path);
    ControlGroup(const ControlGroup&) = delete;
    ControlGroup& operator=(const ControlGroup&) = delete;
    ControlGroup(ControlGroup&&) = delete;
    ControlGroup& operator=(ControlGroup&&) = delete;
    ~ControlGroup();

    void add(pid_t pid) const;

 private:
    std::string path_;
    std::vector<std::string> made_;
};

}  // namespace iopriority::test
