// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "peers.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

namespace iopriority::bench {

namespace {

constexpr const char* kde_name = "org.kde.ksysguard.processlisthelper";
constexpr const char* rtkit_name = "org.freedesktop.RealtimeKit1";
constexpr const char* rtkit_path = "/org/freedesktop/RealtimeKit1";
constexpr const char* hostname_name = "org.freedesktop.hostname1";
constexpr const char* hostname_path = "/org/freedesktop/hostname1";

/// What Qt's QDataStream makes of a map of numbers: big-endian, text as UTF-16.
class QtMap {
 public:
    explicit QtMap(std::uint32_t entries) { put(entries, 4); }
    void add(const std::string& key, std::uint32_t type, std::uint64_t value, unsigned bytes) {
        put(key.size() * 2, 4);
        for (const char c : key) {
            put(static_cast<unsigned char>(c), 2);
        }
        put(type, 4);
        put(0, 1);  // it is not null
        put(value, bytes);
    }
    [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
    void put(std::uint64_t value, unsigned bytes) {
        while (bytes-- > 0) {
            bytes_ += static_cast<char>(value >> (8 * bytes) & 0xFFU);
        }
    }
    std::string bytes_;
};

void get_property(const Bus& bus, const char* name, const char* path, const char* property) {
    const auto message = bus.new_call(name, path, "org.freedesktop.DBus.Properties", "Get");
    checked(sd_bus_message_append(message.get(), "ss", name, property), "append");
    bus.call(message);
}

}  // namespace

void check_authorization(const Bus& asker, const Bus& subject, const std::string& action) {
    const char* authority = "org.freedesktop.PolicyKit1.Authority";
    const auto message = asker.new_call("org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
                                        authority, "CheckAuthorization");
    checked(sd_bus_message_append(message.get(), "(sa{sv})sa{ss}us", "system-bus-name", 1, "name", "s",
                                  subject.unique_name().c_str(), action.c_str(), 0, 0U, ""),
            "append");
    int authorized = 0;
    const auto reply = asker.call(message);
    checked(sd_bus_message_enter_container(reply.get(), 'r', "bba{ss}"), "enter");
    checked(sd_bus_message_read_basic(reply.get(), 'b', &authorized), "read");
    if (authorized == 0) {
        throw std::runtime_error("polkit does not authorize " + action);
    }
}

void rtkit(const Bus& bus, std::uint64_t tid) {
    const auto message = bus.new_call(rtkit_name, rtkit_path, rtkit_name, "MakeThreadHighPriority");
    checked(sd_bus_message_append(message.get(), "ti", tid, -1), "append");
    bus.call(message);
}

void kde(const Bus& bus, pid_t pid, unsigned io_class, unsigned level) {
    constexpr std::uint32_t qt_int = 2;
    constexpr std::uint32_t qt_long_long = 4;
    QtMap map(4);
    map.add("ioScheduler", qt_int, io_class, 4);
    map.add("ioSchedulerPriority", qt_int, level, 4);
    map.add("pid0", qt_long_long, static_cast<std::uint64_t>(pid), 8);
    map.add("pidcount", qt_int, 1, 4);
    const auto message = bus.new_call(kde_name, "/", "org.kde.kf5auth", "performAction");
    const auto name = bus.unique_name();
    checked(sd_bus_message_append(message.get(), "s", "org.kde.ksysguard.processlisthelper.changeioscheduler"),
            "append");
    checked(sd_bus_message_append_array(message.get(), 'y', name.data(), name.size()), "append");
    checked(sd_bus_message_append(message.get(), "a{sv}", 0), "append");
    checked(sd_bus_message_append_array(message.get(), 'y', map.bytes().data(), map.bytes().size()), "append");
    bus.call(message);
    // Its answer says success for failure and failure for success: what the kernel has is looked at instead.
    const auto wanted = static_cast<long>(io_class << 13U | level);
    if (syscall(SYS_ioprio_get, 1, pid) != wanted) {
        throw std::runtime_error("KDE's helper has changed nothing");
    }
}

/// Ends the owner of a name, and returns when the bus knows.
void stop(const Bus& bus, const std::string& name) {
    const pid_t pid = bus.owner(name);
    if (pid == 0) {
        return;
    }
    const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0U));
    kill(pid, SIGTERM);
    pollfd event{pidfd, POLLIN, 0};
    constexpr int patience = 10'000;
    if (poll(&event, 1, patience) != 1) {
        throw std::runtime_error(name + " ignores SIGTERM");
    }
    close(pidfd);
    while (bus.owner(name) != 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

void first_call(const Bus& bus, const std::string& name) {
    if (name == our_name) {
        bus.get_priority(getpid());
    } else if (name == kde_name) {
        kde(bus, getpid(), 3, 0);
    } else if (name == rtkit_name) {
        get_property(bus, rtkit_name, rtkit_path, "MaxRealtimePriority");
    } else if (name == hostname_name) {
        get_property(bus, hostname_name, hostname_path, "Hostname");
    } else {
        throw std::runtime_error("no call is known of " + name);
    }
}

}  // namespace iopriority::bench
