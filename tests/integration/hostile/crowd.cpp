// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "crowd.hpp"

#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <stdexcept>

namespace iopriority::test {

namespace {

constexpr const char* extended = "org.example.IoPriority.Extended1";
using Clock = std::chrono::steady_clock;

// ---- connections that flood

struct Line {
    Bus bus;
    int under_way = 0;
};

int on_message(sd_bus_message* message, void* data, sd_bus_error* /*error*/) {
    std::uint64_t serial = 0;
    static_cast<Line*>(data)->under_way -= sd_bus_message_get_reply_cookie(message, &serial) >= 0 ? 1 : 0;
    return 1;
}

constexpr int most_under_way = 120;  // the bus allows 128 calls that wait for their replies

/// What one connection can send now.
void send_some(Line& line, const Call& call, bool replies) {
    constexpr int at_once = 64;
    for (int i = 0; replies ? line.under_way < most_under_way : i < at_once; ++i) {
        const auto message = new_call(line.bus.get(), call, replies);
        std::uint64_t serial = 0;  // who does not ask for it wants no reply
        check(sd_bus_send(line.bus.get(), message.get(), replies ? &serial : nullptr), "send");
        line.under_way += replies ? 1 : 0;
    }
    check(sd_bus_flush(line.bus.get()), "flush");
    while (check(sd_bus_process(line.bus.get(), nullptr), "process") > 0) {
    }
}

void flood(std::vector<Line>& lines, const Call& call, bool replies) {
    std::vector<pollfd> readable;
    for (const auto& line : lines) {
        readable.push_back({sd_bus_get_fd(line.bus.get()), POLLIN, 0});
    }
    for (;;) {
        for (auto& line : lines) {
            send_some(line, call, replies);
        }
        if (std::all_of(lines.begin(), lines.end(), [](const Line& l) { return l.under_way == most_under_way; })) {
            ::poll(readable.data(), readable.size(), -1);
        }
    }
}

// ---- what a prober writes down

enum class Of : std::uint8_t { ping, get, set };
struct Record {
    double milliseconds;
    Of of;
    bool ok;
};

Record timed(Of of, const std::function<int(sd_bus_error*)>& call) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    const auto start = Clock::now();
    const bool ok = call(&error) >= 0;
    const std::chrono::duration<double, std::milli> took = Clock::now() - start;
    if (!ok) {
        std::fprintf(stderr, "user %u is refused: %s: %s\n", getuid(), error.name, error.message);  // NOLINT(*-vararg)
    }
    sd_bus_error_free(&error);
    return {took.count(), of, ok};
}

void probe(sd_bus* bus, int record, std::chrono::milliseconds time) {
    const auto write_down = [record](const Record& each) {
        check(write(record, &each, sizeof each) == sizeof each ? 0 : -EIO, "write");
    };
    const auto pid = static_cast<unsigned>(getpid());
    const auto end = Clock::now() + time;
    for (unsigned level = 0; Clock::now() < end; level = (level + 1) % 8) {
        write_down(timed(Of::ping, [&](sd_bus_error* error) {
            return sd_bus_call_method(bus, IdleService::name, "/", "org.freedesktop.DBus.Peer", "Ping", error, nullptr,
                                      "");
        }));
        write_down(timed(Of::get, [&](sd_bus_error* error) {
            return sd_bus_call_method(bus, interface, object_path, interface, "Get", error, nullptr, "u", pid);
        }));
        write_down(timed(Of::set, [&](sd_bus_error* error) {
            return sd_bus_call_method(bus, interface, object_path, interface, "SetProcess", error, nullptr, "usu", pid,
                                      "best-effort", level);
        }));
    }
}

}  // namespace

Crowd::Crowd(const std::string& user, int processes)
    : first_{user, [processes](const auto& ready) {
                 setpgid(0, 0);
                 for (int i = 1; i < processes; ++i) {
                     if (fork() == 0) {
                         prctl(PR_SET_PDEATHSIG, SIGKILL);
                         pause();
                     }
                 }
                 ready();
                 pause();
             }} {}

std::vector<Call> all_calls(uid_t user, pid_t first_process) {
    const auto pid = static_cast<unsigned>(first_process);
    const auto number = [](unsigned of) { return [of](sd_bus_message* m) { sd_bus_message_append(m, "u", of); }; };
    const auto idle = [](unsigned of) {
        return [of](sd_bus_message* m) { sd_bus_message_append(m, "usu", of, "idle", 0U); };
    };
    // What Extended1 takes of a target that a number names.
    const auto of_target = [](sd_bus_message* m, const char* kind, unsigned of) {
        sd_bus_message_append(m, "sv", kind, "u", of);
    };
    const auto describe = [of_target](const char* kind, unsigned of) {
        return [=](sd_bus_message* m) {
            of_target(m, kind, of);
            sd_bus_message_append(m, "a{sv}", 0);
        };
    };
    const auto set = [of_target](const char* kind, unsigned of, bool descendants = false) {
        return [=](sd_bus_message* m) {
            of_target(m, kind, of);
            sd_bus_message_append(m, "su", "idle", 0U);
            descendants ? sd_bus_message_append(m, "a{sv}", 1, "descendants", "b", 1)
                        : sd_bus_message_append(m, "a{sv}", 0);
        };
    };
    const auto nothing = [](sd_bus_message*) {};
    return {
        {"Get", interface, "Get", number(pid)},
        {"SetProcess", interface, "SetProcess", idle(pid)},
        {"a wrong class", interface, "SetProcess",
         [pid](sd_bus_message* m) { sd_bus_message_append(m, "usu", pid, "lazy", 0U); }},
        {"an unknown method", interface, "Unknown", nothing},
        {"SetUser", interface, "SetUser", idle(user)},
        {"DescribePriority of a user", extended, "DescribePriority", describe("user", user)},
        {"DescribePriority", extended, "DescribePriority", describe("process", pid)},
        {"SetPriority of a group", extended, "SetPriority", set("group", pid)},
        {"SetPriority of a tree", extended, "SetPriority", set("process", pid, true)},
        {"HoldPriority", extended, "HoldPriority", set("process", pid)},
        {"ListDevices", extended, "ListDevices", nothing},
        {"a property", "org.freedesktop.DBus.Properties", "Get",
         [](sd_bus_message* m) { sd_bus_message_append(m, "ss", interface, "Features"); }},
        {"Introspect", "org.freedesktop.DBus.Introspectable", "Introspect", nothing},
        {"Ping", "org.freedesktop.DBus.Peer", "Ping", nothing},
    };
}

Call call_named(const std::string& name, uid_t user, pid_t first_process) {
    for (auto& call : all_calls(user, first_process)) {
        if (call.name == name) {
            return call;
        }
    }
    throw std::runtime_error("no call " + name);
}

Message new_call(sd_bus* bus, const Call& call, bool reply) {
    sd_bus_message* raw = nullptr;
    check(sd_bus_message_new_method_call(bus, &raw, interface, object_path, call.interface, call.member), "new call");
    Message message{raw};
    call.fill(raw);
    check(sd_bus_message_set_expect_reply(raw, reply ? 1 : 0), "expect reply");
    return message;
}

Flooder::Flooder(const std::string& user, const Call& call, Manner manner)
    : process_{user, [&](const auto& ready) {
                   std::vector<Line> lines(static_cast<std::size_t>(manner.connections));
                   for (auto& line : lines) {
                       line.bus = open_system_bus();
                       check(sd_bus_add_filter(line.bus.get(), nullptr, &on_message, &line), "filter");
                   }
                   ready();
                   flood(lines, call, manner.replies);
               }} {}

IdleService::IdleService()
    : process_{"root", [](const auto& ready) {
                   std::ofstream("/etc/dbus-1/system.d/org.example.Idle.conf")
                       << "<busconfig><policy user='root'><allow own='" << name
                       << "'/></policy><policy context='default'><allow send_destination='" << name
                       << "'/></policy></busconfig>";
                   const auto bus = open_system_bus();
                   check(sd_bus_call_method(bus.get(), "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                            "org.freedesktop.DBus", "ReloadConfig", nullptr, nullptr, ""),
                         "ReloadConfig");
                   check(sd_bus_request_name(bus.get(), name, 0), "request name");
                   ready();
                   for (;;) {
                       if (check(sd_bus_process(bus.get(), nullptr), "process") == 0) {
                           check(sd_bus_wait(bus.get(), UINT64_MAX), "wait");
                       }
                   }
               }} {}

double Times::percentile(double part) const {
    auto sorted = milliseconds;
    std::sort(sorted.begin(), sorted.end());
    const auto at = static_cast<std::size_t>(part * static_cast<double>(sorted.size()));
    return sorted.empty() ? 0 : sorted[std::min(at, sorted.size() - 1)];
}

Prober::Prober(const std::string& user, std::chrono::milliseconds time)
    : record_{::memfd_create("times", MFD_CLOEXEC)}, process_{user, [this, time](const auto& ready) {
                                                                  const auto bus = open_system_bus();
                                                                  ready();
                                                                  probe(bus.get(), record_, time);
                                                              }} {}

Prober::~Prober() {
    ::close(record_);
}

Measured Prober::result() const {
    Measured measured;
    constexpr auto size = static_cast<ssize_t>(sizeof(Record));
    Record each{};
    for (off_t at = 0; ::pread(record_, &each, sizeof each, at) == size; at += size) {
        measured.failures += each.ok ? 0 : 1;
        auto& times = each.of == Of::ping ? measured.ping : each.of == Of::get ? measured.get : measured.set;
        times.milliseconds.push_back(each.milliseconds);
    }
    return measured;
}

std::vector<std::string> make_users(int number) {
    constexpr int first = 60000;
    std::vector<std::string> names;
    std::ofstream users{"/etc/passwd", std::ios::app};
    for (int i = 0; i < number; ++i) {
        names.push_back("sub" + std::to_string(i));
        users << names.back() << ":x:" << first + i << ":20001::/:/bin/sh\n";
    }
    return names;
}

}  // namespace iopriority::test
