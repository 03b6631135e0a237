// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "operations.hpp"

#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <iopriority/client.hpp>
#include <thread>

#include "bus.hpp"
#include "threads.hpp"

namespace iopriority::bench {

namespace {

constexpr const char* kde_name = "org.kde.ksysguard.processlisthelper";
constexpr const char* rtkit_name = "org.freedesktop.RealtimeKit1";
constexpr const char* rtkit_path = "/org/freedesktop/RealtimeKit1";

/// All operations of a process share one connection.
Bus& bus() {
    static Bus connection;
    return connection;
}

/// A second connection, of the service's user: a mechanism asks polkit about others. It is opened by as_user().
Bus& mechanism() {
    static Bus connection;
    return connection;
}

pid_t pid_of(const std::string& word) {
    const int pid = std::stoi(word);
    return pid == 0 ? getpid() : pid;
}

unsigned number(const std::string& word) {
    return static_cast<unsigned>(std::stoul(word));
}

std::function<void()> reset(pid_t pid) {
    return [pid] { set_listed(pid, value_none); };
}

void check_authorization(const Bus& asker, const std::string& action) {
    const char* authority = "org.freedesktop.PolicyKit1.Authority";
    const auto message = asker.new_call("org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
                                        authority, "CheckAuthorization");
    checked(sd_bus_message_append(message.get(), "(sa{sv})sa{ss}us", "system-bus-name", 1, "name", "s",
                                  bus().unique_name().c_str(), action.c_str(), 0, 0U, ""),
            "append");
    int authorized = 0;
    const auto reply = asker.call(message);
    checked(sd_bus_message_enter_container(reply.get(), 'r', "bba{ss}"), "enter");
    checked(sd_bus_message_read_basic(reply.get(), 'b', &authorized), "read");
    if (authorized == 0) {
        throw std::runtime_error("polkit does not authorize " + action);
    }
}

void rtkit(std::uint64_t tid) {
    const auto message = bus().new_call(rtkit_name, rtkit_path, rtkit_name, "MakeThreadHighPriority");
    checked(sd_bus_message_append(message.get(), "ti", tid, -1), "append");
    bus().call(message);
}

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

void kde(pid_t pid, unsigned io_class, unsigned level) {
    constexpr std::uint32_t qt_int = 2;
    constexpr std::uint32_t qt_long_long = 4;
    QtMap map(4);
    map.add("ioScheduler", qt_int, io_class, 4);
    map.add("ioSchedulerPriority", qt_int, level, 4);
    map.add("pid0", qt_long_long, static_cast<std::uint64_t>(pid), 8);
    map.add("pidcount", qt_int, 1, 4);
    const auto message = bus().new_call(kde_name, "/", "org.kde.kf5auth", "performAction");
    const auto name = bus().unique_name();
    checked(sd_bus_message_append(message.get(), "s", "org.kde.ksysguard.processlisthelper.changeioscheduler"),
            "append");
    checked(sd_bus_message_append_array(message.get(), 'y', name.data(), name.size()), "append");
    checked(sd_bus_message_append(message.get(), "a{sv}", 0), "append");
    checked(sd_bus_message_append_array(message.get(), 'y', map.bytes().data(), map.bytes().size()), "append");
    bus().call(message);
    // Its answer says success for failure and failure for success: what the kernel has is looked at instead.
    const auto wanted = static_cast<long>(io_class << 13U | level);
    if (syscall(SYS_ioprio_get, 1, pid) != wanted) {
        throw std::runtime_error("KDE's helper has changed nothing");
    }
}

void set_user_by_service(unsigned uid, const std::string& io_class, unsigned level) {
    const auto message = bus().new_call(our_name, our_path, our_name, "SetUser");
    checked(sd_bus_message_append(message.get(), "usu", uid, io_class.c_str(), level), "append");
    bus().call(message);
}

void library(pid_t pid) {
    static Client client;
    client.set_process(pid, Priority::idle());
}

/// Ends the owner of a name, and returns when the bus knows.
void stop(const std::string& name) {
    const pid_t pid = bus().owner(name);
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
    while (bus().owner(name) != 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

void first_call(const std::string& name) {
    if (name == our_name) {
        bus().get_priority(getpid());
    } else if (name == kde_name) {
        kde(getpid(), 3, 0);
    } else if (name == rtkit_name) {
        const auto message = bus().new_call(rtkit_name, rtkit_path, "org.freedesktop.DBus.Properties", "Get");
        checked(sd_bus_message_append(message.get(), "ss", rtkit_name, "MaxRealtimePriority"), "append");
        bus().call(message);
    } else {
        throw std::runtime_error("no call is known of " + name);
    }
}

Operation of_process(const std::string& kind, const std::string& name, const Words& words) {
    const pid_t pid = pid_of(words.at(1));
    const auto io_class = words.size() > 2 ? words[2] : std::string("idle");
    const unsigned level = words.size() > 3 ? number(words[3]) : 0;
    if (kind == "get") {
        return {name, [] {}, [pid] { bus().get_priority(pid); }};
    }
    if (kind == "set") {
        return {name, reset(pid), [=] { bus().set_process(pid, io_class, level); }};
    }
    if (kind == "again") {
        return {name, [=] { set_listed(pid, value_idle); }, [=] { bus().set_process(pid, "idle", 0); }};
    }
    if (kind == "kde") {
        return {name, reset(pid), [pid, wanted = number(io_class), level] { kde(pid, wanted, level); }};
    }
    if (kind == "library") {
        return {name, reset(pid), [pid] { library(pid); }};
    }
    if (kind == "syscalls") {
        return {name, reset(pid), [pid] { set_verified(pid, value_idle); }};
    }
    if (kind == "listing") {
        return {name, reset(pid), [pid] { set_listed(pid, value_idle); }};
    }
    if (kind == "syscall") {
        return {name, reset(pid), [pid] { set_thread(pid, value_idle); }};
    }
    throw std::runtime_error("no such operation: " + kind);
}

passwd* account(const std::string& name) {
    passwd* found = getpwnam(name.c_str());
    check(found != nullptr, "no user " + name);
    return found;
}

}  // namespace

void as_user(const std::string& name) {
    check(seteuid(account("iopriority")->pw_uid) == 0, "seteuid");
    mechanism();
    check(seteuid(0) == 0, "seteuid");
    const passwd* user = account(name);
    check(initgroups(name.c_str(), user->pw_gid) == 0 && setgid(user->pw_gid) == 0 && setuid(user->pw_uid) == 0,
          "setuid");
    check(prctl(PR_SET_DUMPABLE, 1) == 0, "prctl");  // as any program that this user started
}

Operation operation(const std::string& text) {
    // "NAME=" before it, where the same kind is timed more than once.
    const auto equals = text.find('=');
    const bool named = equals != std::string::npos && equals < text.find(':');
    const auto rest = named ? text.substr(equals + 1) : text;
    const auto words = split(rest, ':');
    const auto& kind = words.front();
    const auto name = named ? text.substr(0, equals) : kind;
    if (kind == "run") {  // colons may stand in its words
        const auto command = split(rest.substr(rest.find(':', rest.find(':') + 1) + 1), ',');
        return {name, reset(pid_of(words.at(1))), [command] { run_program(command); }};
    }
    if (kind == "ping") {
        return {name, [] {}, [] { bus().ping(); }};
    }
    if (kind == "check") {
        return {name, [] {}, [action = words.at(1)] { check_authorization(bus(), action); }};
    }
    if (kind == "mechanism-check") {
        return {name, [] {}, [action = words.at(1)] { check_authorization(mechanism(), action); }};
    }
    if (kind == "rtkit") {
        const auto tid = static_cast<std::uint64_t>(pid_of(words.at(1)));
        return {name, [] {}, [tid] { rtkit(tid); }};
    }
    if (kind == "start") {
        return {name, [service = words.at(1)] { stop(service); }, [service = words.at(1)] { first_call(service); }};
    }
    if (kind == "set-user" || kind == "user") {
        const auto uid = number(words.at(1));
        const auto back = [uid] { set_user(uid, value_none); };
        return kind == "user" ? Operation{name, back, [uid] { set_user(uid, value_idle); }}
                              : Operation{name, back, [uid] { set_user_by_service(uid, "idle", 0); }};
    }
    return of_process(kind, name, words);
}

}  // namespace iopriority::bench
