// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/bus_callers.hpp"

#include <fcntl.h>

#include <exception>
#include <optional>
#include <utility>

#include "bus/sdbus_compat.hpp"
#include "process/process.hpp"
#include "service/guard.hpp"

namespace iopriority::service {

namespace {

using bus::driver_name;
using Credentials = std::map<std::string, sdbus::Variant>;

constexpr auto pause_after_refusal = std::chrono::milliseconds(100);

template <typename T>
std::optional<T> entry(const Credentials& credentials, const char* key) {
    const auto found = credentials.find(key);
    return found != credentials.end() && found->second.containsValueOfType<T>()
               ? std::optional<T>(found->second.get<T>())
               : std::nullopt;
}

// Pins the caller's process. A descriptor, which newer buses pass, is free of races.
Expected<process::Process> pin(const Credentials& credentials) {
    if (const auto pidfd = entry<sdbus::UnixFd>(credentials, "ProcessFD")) {
        return process::Process::from_pidfd(process::UniqueFd(::fcntl(pidfd->get(), F_DUPFD_CLOEXEC, 0)));
    }
    const auto pid = entry<std::uint32_t>(credentials, "ProcessID");
    return process::Process::pin(pid ? static_cast<pid_t>(*pid) : 0);
}

Expected<Caller> caller_from(const std::string& bus_name, const Credentials& credentials) {
    const auto uid = entry<std::uint32_t>(credentials, "UnixUserID");
    if (!uid || *uid == static_cast<std::uint32_t>(-1)) {
        return Failure{ErrorCode::failed, "the bus does not say which user " + bus_name + " is"};
    }
    Caller caller{bus_name, *uid};
    const auto process = pin(credentials);
    if (!process) {
        // A caller whose process has ended can be cached without it. Other failures, such as a lack of descriptors, may
        // not recur at the next call.
        return process.failure().code == ErrorCode::no_such_process ? Expected<Caller>(caller) : process.failure();
    }
    const auto key = process->key();
    if (!key) {
        return process->running() ? Expected<Caller>(key.failure()) : Expected<Caller>(caller);
    }
    caller.process = *key;
    caller.program = process->name();
    if (const auto depth = process::pid_namespace_depth(*process)) {
        caller.pid_view = *depth == 1 ? PidView::same : PidView::foreign;
    } else if (process->running()) {
        return depth.failure();
    }
    return caller;
}

bool is_refused(const sdbus::Error& error) {
    return error.getName() == "org.freedesktop.DBus.Error.LimitsExceeded";
}

// There was none in time.
bool is_lost(const sdbus::Error& error) {
    return error.getName() == "org.freedesktop.DBus.Error.NoReply" ||
           error.getName() == "org.freedesktop.DBus.Error.Timeout";
}

// Must not throw: the exception would pass through libsystemd, which is C.
Expected<Caller> read_reply(const std::string& bus_name, sdbus::MethodReply& reply, const sdbus::Error* error) noexcept
    try {
    if (error != nullptr) {
        return Failure{ErrorCode::failed, "the bus does not say who " + bus_name + " is: " + error->getMessage()};
    }
    Credentials credentials;
    reply >> credentials;
    return caller_from(bus_name, credentials);
} catch (const std::exception& e) {
    return Failure{ErrorCode::failed, std::string("reading the caller's credentials: ") + e.what()};
}

}  // namespace

Expected<process::Process> Caller::pin() const {
    if (!process) {
        return Failure{ErrorCode::no_such_process, "the calling process has ended or cannot be seen from the service"};
    }
    auto pinned = process::Process::pin(*process);
    if (!pinned) {
        return Failure{ErrorCode::no_such_process, "the process that made the connection has ended: it was process " +
                                                       std::to_string(process->pid)};
    }
    return pinned;
}

BusCallers::BusCallers(Loop& loop, sdbus::IConnection& connection, std::function<void(const std::string&)> left,
                       Patience patience)
    : loop_(loop),
      patience_(patience),
      driver_(sdbus::createProxy(connection, bus::ServiceName{driver_name}, bus::ObjectPath{bus::driver_path})),
      left_(std::move(left)),
      departures_(connection, [this](const std::string& name) { name_left(name); }) {}

void BusCallers::find(const std::string& bus_name, Handler handler) {
    if (const auto found = known_.find(bus_name); found != known_.end()) {
        const Caller caller = found->second;
        handler(caller);
        return;
    }
    if (const auto refused = refuses(bus_name)) {
        handler(*refused);
        return;
    }
    auto& waiting = asked_[bus_name].waiting;
    waiting.push_back(std::move(handler));
    if (waiting.size() == 1) {
        ask(bus_name);
    }
}

std::optional<Failure> BusCallers::refuses(std::string_view bus_name) const {
    const auto asked = asked_.find(bus_name);
    if (asked == asked_.end() || asked->second.waiting.size() < most_waiting) {
        return std::nullopt;
    }
    return Failure{ErrorCode::limits_exceeded, std::to_string(most_waiting) + " first calls of " +
                                                   std::string(bus_name) +
                                                   " wait already: wait for a reply before the next call"};
}

std::optional<uid_t> BusCallers::user_of(std::string_view bus_name) const {
    const auto found = known_.find(bus_name);
    return found != known_.end() ? std::optional(found->second.uid) : std::nullopt;
}

void BusCallers::ask(const std::string& bus_name) {
    auto& times = asked_.at(bus_name).times;
    const std::chrono::microseconds time = patience_.at(times++);
    auto send = [&] {
        departures_.watch(bus_name);
        auto call =
            driver_->createMethodCall(bus::InterfaceName{driver_name}, bus::MethodName{"GetConnectionCredentials"});
        call << bus_name;
        bus::call_async(
            *driver_, call,
            [this, bus_name](sdbus::MethodReply& reply, const sdbus::Error* error) {
                if (error != nullptr && may_ask_again(bus_name, *error)) {
                    ask_again(bus_name, *error);
                } else {
                    answered(bus_name, read_reply(bus_name, reply, error));
                }
            },
            static_cast<std::uint64_t>(time.count()));
    };
    guard(send, [&](const Failure& why) {
        answered(bus_name, Failure{ErrorCode::failed, "asking the bus for the caller: " + why.message});
    });
}

bool BusCallers::may_ask_again(const std::string& bus_name, const sdbus::Error& why) const {
    const auto asked = asked_.find(bus_name);
    return asked != asked_.end() && asked->second.times < patience_.size() && (is_refused(why) || is_lost(why));
}

void BusCallers::ask_again(const std::string& bus_name, const sdbus::Error& why) {
    const auto pause = is_refused(why) ? pause_after_refusal : std::chrono::milliseconds(0);
    auto later = [&] { asked_.at(bus_name).again = loop_.after(pause, [this, bus_name] { ask(bus_name); }); };
    guard(later, [&](const Failure& failure) { answered(bus_name, failure); });
}

void BusCallers::answered(const std::string& bus_name, const Expected<Caller>& caller) {
    auto waiting = asked_.extract(bus_name);
    if (waiting.empty()) {
        return;  // it has disconnected meanwhile
    }
    if (caller) {
        known_.emplace(bus_name, *caller);
    } else {
        departures_.forget(bus_name);
    }
    for (const auto& handler : waiting.mapped().waiting) {
        handler(caller);
    }
}

void BusCallers::name_left(const std::string& bus_name) {
    const bool known = known_.erase(bus_name) > 0;
    if (!known && !asked_.contains(bus_name)) {
        return;  // it has never called, or the bus does not say who it is
    }
    departures_.forget(bus_name);
    left_(bus_name);
    answered(bus_name, Failure{ErrorCode::failed, bus_name + " has disconnected from the bus"});
}

}  // namespace iopriority::service
