// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service_manager.hpp"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace iopriority::test {

namespace {

constexpr const char* name = "org.freedesktop.systemd1";
constexpr const char* unit_prefix = "/org/freedesktop/systemd1/unit";
constexpr const char* hierarchy = "/run/control-groups";

void require(bool ok, const std::string& what) {
    if (!ok) {
        throw std::system_error(errno, std::generic_category(), what);
    }
}

/// systemd's own hierarchy where there is one of version 1, else the unified one; mounted once, here only.
void mount_hierarchy() {
    if (mkdir(hierarchy, 0755) != 0) {
        return;
    }
    std::ifstream file{"/proc/self/cgroup"};
    const std::string groups{std::istreambuf_iterator<char>{file}, {}};
    const bool named = groups.find(":name=systemd:") != std::string::npos;
    const int result = named ? mount("cgroup", hierarchy, "cgroup", 0, "none,name=systemd")
                             : mount("cgroup2", hierarchy, "cgroup2", 0, nullptr);
    require(result == 0, "mounting control groups");
}

std::string argument(sd_bus_message* message) {
    const char* text = nullptr;
    check(sd_bus_message_read_basic(message, 's', &text), "read");
    return text;
}

}  // namespace

ServiceManager::ServiceManager(std::map<std::string, std::string> units, std::map<std::string, std::string> aliases)
    : units_{std::move(units)}, aliases_{std::move(aliases)} {
    std::atomic<bool> ready{false};
    thread_ = std::thread{[this, &ready] {
        sd_bus* raw = nullptr;
        check(sd_bus_open_system(&raw), "open");
        const Bus bus{raw};
        const auto on_call = [](sd_bus_message* message, void* data, sd_bus_error* /*error*/) {
            return static_cast<ServiceManager*>(data)->handle(message);
        };
        check(sd_bus_add_filter(raw, nullptr, on_call, this), "filter");
        check(sd_bus_request_name(raw, name, 0), "request name");
        ready = true;
        ready.notify_one();
        while (!ends_) {
            constexpr std::uint64_t look_up_usec = 10'000;
            while (!held_ && sd_bus_process(raw, nullptr) > 0) {
            }
            check(sd_bus_wait(raw, look_up_usec), "wait");
        }
    }};
    ready.wait(false);
}

ServiceManager::~ServiceManager() {
    ends_ = true;
    thread_.join();
}

int ServiceManager::handle(sd_bus_message* call) {
    if (sd_bus_message_is_method_call(call, "org.freedesktop.systemd1.Manager", "GetUnit") > 0) {
        return get_unit(call);
    }
    if (sd_bus_message_is_method_call(call, "org.freedesktop.DBus.Properties", "Get") > 0) {
        return get_property(call);
    }
    return 0;
}

int ServiceManager::get_unit(sd_bus_message* call) {
    ++calls_;
    const auto named = argument(call);
    const auto alias = aliases_.find(named);
    const auto& unit = alias != aliases_.end() ? alias->second : named;
    if (!units_.contains(unit)) {
        return sd_bus_reply_method_errorf(call, "org.freedesktop.systemd1.NoSuchUnit", "Unit %s not loaded.",
                                          unit.c_str());
    }
    char* path = nullptr;
    check(sd_bus_path_encode(unit_prefix, unit.c_str(), &path), "path");
    const int result = sd_bus_reply_method_return(call, "o", path);
    free(path);
    return result;
}

int ServiceManager::get_property(sd_bus_message* call) {
    ++calls_;
    char* unit = nullptr;
    check(sd_bus_path_decode(sd_bus_message_get_path(call), unit_prefix, &unit), "path");
    const std::string of{unit};
    free(unit);
    const auto asked = argument(call);
    const auto property = argument(call);
    if (asked == std::string{name} + ".Unit" && property == "Id") {
        return sd_bus_reply_method_return(call, "v", "s", of.c_str());
    }
    auto suffix = of.substr(of.rfind('.') + 1);
    suffix.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(suffix.front())));
    if (asked != std::string{name} + '.' + suffix || property != "ControlGroup") {
        return sd_bus_reply_method_errorf(call, "org.freedesktop.DBus.Error.UnknownProperty", "No %s.%s", asked.c_str(),
                                          property.c_str());
    }
    return sd_bus_reply_method_return(call, "v", "s", units_.at(of).c_str());
}

ControlGroup::ControlGroup(const std::string& path) : path_{hierarchy + path} {
    mount_hierarchy();
    for (auto end = path.find('/', 1);; end = path.find('/', end + 1)) {
        const auto one = hierarchy + path.substr(0, end);
        if (mkdir(one.c_str(), 0755) == 0) {
            made_.push_back(one);
        } else {
            require(errno == EEXIST, "making " + one);
        }
        if (end == std::string::npos) {
            return;
        }
    }
}

ControlGroup::~ControlGroup() {
    std::ofstream root{std::string{hierarchy} + "/cgroup.procs"};
    std::ifstream file{path_ + "/cgroup.procs"};
    for (std::string pid; std::getline(file, pid);) {
        root << pid << std::endl;
    }
    for (auto each = made_.rbegin(); each != made_.rend(); ++each) {
        rmdir(each->c_str());
    }
}

void ControlGroup::add(pid_t pid) const {
    std::ofstream file{path_ + "/cgroup.procs"};
    file << pid << std::flush;
    require(file.good(), "adding a process to " + path_);
}

}  // namespace iopriority::test
