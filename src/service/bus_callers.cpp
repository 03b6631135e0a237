// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/bus_callers.hpp"

#include <fcntl.h>

#include <exception>
#include <optional>
#include <utility>

#include "bus/sdbus_compat.hpp"
#include "kernel/process.hpp"

namespace iopriority::service {

namespace {

using Credentials = std::map<std::string, sdbus::Variant>;

constexpr const char* driver_name = "org.freedesktop.DBus";
constexpr std::uint64_t driver_timeout_usec = 20'000'000;

template <typename T>
std::optional<T> entry(const Credentials& credentials, const char* key) {
    const auto found = credentials.find(key);
    return found != credentials.end() && found->second.containsValueOfType<T>()
               ? std::optional<T>(found->second.get<T>())
               : std::nullopt;
}

// The caller's process. A descriptor, which newer buses pass, is free of races.
Expected<kernel::Process> pin(const Credentials& credentials) {
    if (const auto pidfd = entry<sdbus::UnixFd>(credentials, "ProcessFD")) {
        return kernel::Process::from_pidfd(kernel::UniqueFd(::fcntl(pidfd->get(), F_DUPFD_CLOEXEC, 0)));
    }
    const auto pid = entry<std::uint32_t>(credentials, "ProcessID");
    return kernel::Process::pin(pid ? static_cast<pid_t>(*pid) : 0);
}

Expected<Caller> caller_from(const std::string& bus_name, const Credentials& credentials) {
    const auto uid = entry<std::uint32_t>(credentials, "UnixUserID");
    if (!uid || *uid == static_cast<std::uint32_t>(-1)) {
        return Failure{ErrorCode::failed, "the bus does not say which user " + bus_name + " is"};
    }
    Caller caller{bus_name, *uid, 0, PidView::unknown};
    const auto process = pin(credentials);
    if (!process) {
        // One that has ended may be kept as it is; what fails now, for want of descriptors, may succeed at the next
        // call.
        return process.failure().code == ErrorCode::no_such_process ? Expected<Caller>(caller) : process.failure();
    }
    caller.pid = process->pid();
    if (const auto depth = kernel::pid_namespace_depth(*process)) {
        caller.pid_view = *depth == 1 ? PidView::same : PidView::foreign;
    } else if (process->running()) {
        return depth.failure();
    }
    return caller;
}

// Nothing may be thrown here: it would leave through libsystemd.
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

BusCallers::BusCallers(sdbus::IConnection& connection, std::function<void(const std::string&)> left)
    : driver_(sdbus::createProxy(connection, bus::ServiceName{driver_name}, bus::ObjectPath{"/org/freedesktop/DBus"})),
      left_(std::move(left)) {
    bus::add_match(connection,
                   "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
                   "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg2=''",
                   [this](sdbus::Message& signal) {
                       std::string name;
                       signal >> name;
                       if (name.starts_with(':')) {
                           name_left(name);
                       }
                   });
}

void BusCallers::find(const std::string& bus_name, Handler handler) {
    if (const auto found = known_.find(bus_name); found != known_.end()) {
        const Caller caller = found->second;
        handler(caller);
        return;
    }
    auto& waiting = asked_[bus_name];
    waiting.push_back(std::move(handler));
    if (waiting.size() == 1) {
        try {
            ask(bus_name);
        } catch (const std::exception& e) {
            answered(bus_name, Failure{ErrorCode::failed, std::string("asking the bus for the caller: ") + e.what()});
        }
    }
}

void BusCallers::ask(const std::string& bus_name) {
    auto call = driver_->createMethodCall(bus::InterfaceName{driver_name}, bus::MethodName{"GetConnectionCredentials"});
    call << bus_name;
    bus::call_async(
        *driver_, call,
        [this, bus_name](sdbus::MethodReply& reply, const sdbus::Error* error) {
            answered(bus_name, read_reply(bus_name, reply, error));
        },
        driver_timeout_usec);
}

void BusCallers::answered(const std::string& bus_name, const Expected<Caller>& caller) {
    auto waiting = asked_.extract(bus_name);
    if (waiting.empty()) {
        return;  // it left meanwhile
    }
    if (caller) {
        known_.emplace(bus_name, *caller);
    }
    for (const auto& handler : waiting.mapped()) {
        handler(caller);
    }
}

void BusCallers::name_left(const std::string& bus_name) {
    known_.erase(bus_name);
    left_(bus_name);
    answered(bus_name, Failure{ErrorCode::failed, bus_name + " has left the bus"});
}

}  // namespace iopriority::service
