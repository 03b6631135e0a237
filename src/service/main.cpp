// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The daemon: wires the parts together.
#include <malloc.h>
#include <sdbus-c++/sdbus-c++.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <vector>

#include "authorization/authority.hpp"
#include "bus/names.hpp"
#include "bus/sdbus_compat.hpp"
#include "kernel/descriptors.hpp"
#include "service/adaptor.hpp"
#include "service/bus_callers.hpp"
#include "service/bus_source.hpp"
#include "service/call_gate.hpp"
#include "service/change_log.hpp"
#include "service/extended_service.hpp"
#include "service/leases.hpp"
#include "service/lifetime.hpp"
#include "service/limited_log.hpp"
#include "service/options.hpp"
#include "service/privileges.hpp"
#include "service/service.hpp"
#include "service/service_manager.hpp"
#include "service/units.hpp"

namespace {

using namespace iopriority;           // NOLINT(*-using-namespace): this file only wires
using namespace iopriority::service;  // NOLINT(*-using-namespace)

constexpr int failed = 1;
constexpr int usage = 2;

void say(const std::string& text) {
    std::fprintf(stderr, "iopriorityd: %s\n", text.c_str());  // NOLINT(*-vararg)
}

// Requests under way hold descriptors of their targets; the usual soft limit of 1024 is for programs that use
// select(2). Some are left: to GLib, which ends the program where it gets none when it connects to polkit, to messages
// of the bus, which carry up to 16, and to files that are read and closed.
void allow_descriptors() {
    constexpr unsigned for_others = 32;
    kernel::reserve_descriptors(for_others);
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
    }
}

// By itself the C library raises this with each large block that is freed, and then keeps such blocks.
void give_large_blocks_back() {
    constexpr int large = 128 * 1024;
    static_cast<void>(::mallopt(M_MMAP_THRESHOLD, large));
}

int serve(const Options& options) {
    allow_descriptors();
    give_large_blocks_back();
    if (const auto dropped = keep_only_sys_nice(IOPRIORITY_USER, IOPRIORITY_RUNTIME_DIR); !dropped) {
        say(dropped.failure().message);
        return failed;
    }
    if (!kernel_grants_realtime()) {
        say("this kernel wants CAP_SYS_ADMIN for the realtime class (Linux before 5.10): realtime will be refused");
    }
    const auto connection = sdbus::createSystemBusConnection();
    Loop loop;
    const auto authority = authorization::make_polkit_authority();
    SystemChangeLog whole_log;
    LimitedLog log(loop, whole_log);
    std::optional<Lifetime> lifetime;
    Requests requests([&] { lifetime->requests_changed(); });
    lifetime.emplace(loop, requests, options.idle_timeout,
                     [&] { connection->releaseName(bus::ServiceName{bus::service_name}); });
    BusCallers callers(*connection, [&](const std::string& name) { requests.caller_left(name); });
    Leases leases(loop, LeaseStore(IOPRIORITY_RUNTIME_DIR), log, [&] { lifetime->requests_changed(); });
    ServiceManager manager(*connection);
    bool manager_knows = false;
    lifetime->hold([&] { return leases.count() + (manager_knows ? 0 : 1); }, [&] { leases.end_all(); });
    leases.recover();
    const Parts parts{loop, callers, *authority, requests, log, [&](const targets::Target& target) {
                          leases.overruled([&](pid_t pid, uid_t uid) { return target.covers(pid, uid); });
                      }};
    Service service(parts);
    BusUnits units(*connection);
    ExtendedService extended(parts, units, leases);

    BusSource source(*connection, [&](const std::string& why) {
        say("the bus is gone: " + why);
        lifetime->bus_lost();
    });
    lifetime->watch(source);
    const auto on_term = loop.on_signal(SIGTERM, [&] { lifetime->leave(); });
    const auto on_int = loop.on_signal(SIGINT, [&] { lifetime->leave(); });
    const CallGate gate(*connection);
    // The object first, the name last: whoever sees the name can call.
    const Adaptor adaptor(*connection, service, extended);
    connection->requestName(bus::ServiceName{bus::service_name});
    // Left before that, it would take the next call's request to start the service for one that it has served.
    manager.when_up_to_date([&] {
        manager_knows = true;
        lifetime->requests_changed();
    });
    loop.run();
    return 0;
}

}  // namespace

int main(int argc, char** argv) try {
    const auto options = parse_options(std::vector<std::string>(argv + 1, argv + argc));
    if (!options) {
        say(options.failure().message);
        return usage;
    }
    switch (options->task) {
        case Options::Task::help:
            std::fputs(help_text(), stdout);
            return 0;
        case Options::Task::version:
            std::puts("iopriorityd " IOPRIORITY_VERSION);
            return 0;
        case Options::Task::serve:
            break;
    }
    return serve(*options);
} catch (const std::exception& e) {
    say(e.what());
    return failed;
}
