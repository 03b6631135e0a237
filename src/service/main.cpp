// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The daemon: wires the parts together.
#include <malloc.h>
#include <sdbus-c++/sdbus-c++.h>
#include <sys/resource.h>

#include <exception>
#include <functional>
#include <optional>
#include <vector>

#include "process/descriptors.hpp"
#include "service/adaptor.hpp"
#include "service/arrivals.hpp"
#include "service/bus_callers.hpp"
#include "service/bus_name.hpp"
#include "service/bus_reads.hpp"
#include "service/bus_source.hpp"
#include "service/call_gate.hpp"
#include "service/call_limits.hpp"
#include "service/change_log.hpp"
#include "service/closer.hpp"
#include "service/foreign_descriptors.hpp"
#include "service/helper_thread.hpp"
#include "service/holds.hpp"
#include "service/lifetime.hpp"
#include "service/loaded_authority.hpp"
#include "service/log_filters.hpp"
#include "service/options.hpp"
#include "service/outbox.hpp"
#include "service/privileges.hpp"
#include "service/say.hpp"
#include "service/stat_helper.hpp"
#include "service/units.hpp"
#include "service/watchdog.hpp"

namespace {

using namespace iopriority;           // NOLINT(*-using-namespace): this file only wires
using namespace iopriority::service;  // NOLINT(*-using-namespace)

constexpr int failed = 1;
constexpr int usage = 2;

// Requests under way keep descriptors of their targets; the usual soft limit of 1024 is for programs that use
// select(2). Some are reserved: for GLib, which aborts the program if it gets none when it connects to polkit; for bus
// messages, which carry up to 16 and are examined as copies; and for files that are read and closed.
void allow_descriptors() {
    constexpr unsigned for_others = 64;
    process::reserve_descriptors(for_others);
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
    }
}

// By default the C library raises this threshold whenever a large block is freed, and then keeps such blocks.
void give_large_blocks_back() {
    constexpr int large = 128 * 1024;
#ifdef M_MMAP_THRESHOLD  // glibc has it, musl not
    static_cast<void>(::mallopt(M_MMAP_THRESHOLD, large));
#endif
}

int serve(const Options& options) {
    allow_descriptors();
    give_large_blocks_back();
    if (const auto dropped = keep_only_sys_nice(IOPRIORITY_USER, IOPRIORITY_RUNTIME_DIR); !dropped) {
        say(LOG_ERR, dropped.failure().message);
        return failed;
    }
    if (const auto refusals = expected_refusals(kernel_grants_realtime(), in_initial_user_namespace());
        !refusals.empty()) {
        say(LOG_WARNING, refusals);
    }
    StatHelper stat_helper;
    process::read_stats_through(&stat_helper);
    std::optional<Lifetime> lifetime;
    when_told_to_stop([&] { lifetime->leave(); });  // before any other thread
    const auto connection = sdbus::createSystemBusConnection();
    Closer closer;
    ForeignDescriptors foreign(closer);
    BusReads reads(connection->getEventLoopPollData().fd, foreign);
    Loop loop;
    LoadedAuthority authority(loop, IOPRIORITY_POLKIT_MODULE);
    UserNames names(loop);
    SystemChangeLog whole_log;
    NamedLog named_log(names, whole_log);
    LimitedLog log(loop, named_log);
    BusName own_name(*connection);
    // Declared before the requests, some of which may be beginning a hold when the loop ends.
    Holds holds(loop, HoldStore(IOPRIORITY_RUNTIME_DIR), log, [&] { lifetime->requests_changed(); });
    std::function<void()> take_up_more = [] {};
    Requests requests([&] {
        lifetime->requests_changed();
        take_up_more();
    });
    lifetime.emplace(loop, requests, options.idle_timeout,
                     [&](const std::function<void()>& released) { own_name.release(released); });
    Outbox outbox(loop, *connection);
    BusCallers callers(loop, *connection, [&](const std::string& name) {
        requests.caller_left(name);
        outbox.forget(name);
    });
    bool manager_knows = false;
    lifetime->hold([&] { return holds.under_way() + (manager_knows ? 0 : 1); }, [&] { holds.end_all(); });
    holds.recover();
    BusUnits units(*connection);
    Admission admission(Admission::requests);
    Admission questions(Admission::questions);
    Admission settling(Admission::settling);
    RefusalLog refusals(loop);
    const Parts parts{loop,     callers,  authority, requests, admission, questions,
                      settling, refusals, names,     log,      units,     holds};

    std::optional<CallGate> gate;
    CallLimits limits(loop, requests, admission, callers, outbox, refusals,
                      [&](sd_bus_message* call) { gate->take_up(call); });
    take_up_more = [&] { limits.go_on(); };
    gate.emplace(*connection, foreign, limits);
    Arrivals arrivals(foreign, [&](const MessageHead& head) { return gate->drops(head); });
    int result = 0;
    const BusSource source(loop, *connection, arrivals, reads, [&](const std::string& why) {
        say(LOG_ERR, "the bus is gone: " + why);
        result = failed;  // so that systemd starts it again
        lifetime->bus_lost();
    });
    const Watchdog watchdog(loop);
    // The object comes first, the name last: whoever sees the name can call.
    const Adaptor adaptor(*connection, parts);
    own_name.take([&](const std::optional<std::string>& why_not) {
        if (why_not) {
            say(LOG_ERR, *why_not);
            result = failed;
            loop.quit();
            return;
        }
        // If the service exited before that, systemd would regard the next call's request to start it as already
        // served.
        own_name.when_systemd_knows([&] {
            manager_knows = true;
            lifetime->requests_changed();
        });
    });
    loop.run();
    return result;
}

}  // namespace

int main(int argc, char** argv) try {
    const auto options = parse_options(std::vector<std::string>(argv + 1, argv + argc));
    if (!options) {
        say(LOG_ERR, options.failure().message);
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
    say(LOG_ERR, e.what());
    return failed;
}
