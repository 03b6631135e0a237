// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/bus_calls.hpp"

#include <fcntl.h>

#include <map>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "bus/iopriority_extended1_proxy.hpp"
#include "bus/iopriority_proxy.hpp"
#include "process/syscalls.hpp"
#include "values/text.hpp"

namespace iopriority::client {

namespace {

// The calls are written out, as the generated ones can neither carry the message flag for interaction nor wait without
// end; they are of the shape that was generated, or this does not compile.
using Base = org::example::IoPriority_proxy;
using Extended = org::example::IoPriority::Extended1_proxy;
using std::string;
using std::uint32_t;
using Dictionary = std::map<string, sdbus::Variant>;
using Counts = std::tuple<uint32_t, uint32_t>;
using DeviceRow = sdbus::Struct<string, string, string>;

template <typename Proxy, typename R, typename... A>
using Method = R (Proxy::*)(const A&...);
static_assert(std::is_same_v<decltype(&Base::Get), Method<Base, std::tuple<string, uint32_t>, uint32_t>>);
template <typename Id>
using Set = Method<Extended, Counts, Id, string, uint32_t, Dictionary>;
static_assert(std::is_same_v<decltype(&Extended::SetProcess), Set<uint32_t>>);
static_assert(std::is_same_v<decltype(&Extended::SetProcessByPidfd), Set<sdbus::UnixFd>>);
static_assert(std::is_same_v<decltype(&Extended::SetProcessGroup), Set<uint32_t>>);
static_assert(std::is_same_v<decltype(&Extended::SetUser), Set<uint32_t>>);
static_assert(std::is_same_v<decltype(&Extended::SetUnit), Set<string>>);
static_assert(std::is_same_v<decltype(&Extended::HoldProcess),
                             Method<Extended, sdbus::UnixFd, uint32_t, string, uint32_t, Dictionary>>);
static_assert(std::is_same_v<decltype(&Extended::DescribeProcess), Method<Extended, Dictionary, uint32_t>>);
static_assert(std::is_same_v<decltype(&Extended::DescribeProcessByPidfd), Method<Extended, Dictionary, sdbus::UnixFd>>);
static_assert(std::is_same_v<decltype(&Extended::DescribeProcessGroup), Method<Extended, Dictionary, uint32_t>>);
static_assert(std::is_same_v<decltype(&Extended::DescribeUser), Method<Extended, Dictionary, uint32_t>>);
static_assert(std::is_same_v<decltype(&Extended::ListDevices), std::vector<DeviceRow> (Extended::*)()>);

sdbus::MethodCall new_call(sdbus::IProxy& proxy, const char* method, const char* interface = Extended::INTERFACE_NAME) {
    return proxy.createMethodCall(bus::InterfaceName{interface}, bus::MethodName{method});
}

void append(sdbus::MethodCall& call, Priority priority) {
    call << string(to_string(priority.io_class())) << uint32_t{priority.level()};
}

Dictionary options_of(const Target& target) {
    Dictionary options;
    const auto add = [&options](const char* key, bool wanted) {
        if (wanted) {
            options.emplace(key, sdbus::Variant{true});
        }
    };
    add("descendants", target.descendants());
    add("keep-explicit", target.keeps_explicit());
    add("user", target.of_user_manager());
    return options;
}

sdbus::MethodCall by_pidfd(sdbus::IProxy& proxy, const string& verb, int pidfd) {
    auto call = new_call(proxy, (verb + "ProcessByPidfd").c_str());
    bus::append_descriptor(call, pidfd);
    return call;
}

/// A call about one of the targets that sets and descriptions both know, with its first argument.
sdbus::MethodCall begun(sdbus::IProxy& proxy, const Request& request, const string& verb) {
    const auto& target = request.target;
    if (target.kind() == Target::Kind::pidfd) {
        return by_pidfd(proxy, verb, target.pidfd());
    }
    if (target.kind() == Target::Kind::process && target.id() != 0 && !request.elsewhere) {
        if (const process::UniqueFd pidfd{process::sys::pidfd_open(static_cast<pid_t>(target.id()))}) {
            return by_pidfd(proxy, verb, pidfd.get());
        }  // else the service is to say what is wrong with the number
    }
    const char* kind = "Process";
    if (target.kind() == Target::Kind::group) {
        kind = "ProcessGroup";
    } else if (target.kind() == Target::Kind::user) {
        kind = "User";
    }
    auto call = new_call(proxy, (verb + kind).c_str());
    call << target.id();
    return call;
}

sdbus::MethodCall set_call(sdbus::IProxy& proxy, const Request& request) {
    auto call = [&] {
        if (request.target.kind() != Target::Kind::unit) {
            return begun(proxy, request, "Set");
        }
        auto unit = new_call(proxy, "SetUnit");
        unit << request.target.name();
        return unit;
    }();
    append(call, request.priority);
    call << options_of(request.target);
    return call;
}

template <typename T>
T value_of(const Dictionary& details, const char* key) {
    return details.at(key).get<T>();
}

// The service may be that of another machine: what it says is made fit for a terminal.
Details read_details(const Dictionary& dictionary) {
    Details details;
    details.set = Priority::from(value_of<string>(dictionary, "io-class"), value_of<uint32_t>(dictionary, "level"));
    details.effective = Priority::from(value_of<string>(dictionary, "effective-class"),
                                       value_of<uint32_t>(dictionary, "effective-level"));
    details.source = values::sanitised(value_of<string>(dictionary, "source"));
    details.processes = value_of<uint32_t>(dictionary, "processes");
    details.threads = value_of<uint32_t>(dictionary, "threads");
    for (const auto& [priority, threads] : value_of<std::map<string, uint32_t>>(dictionary, "breakdown")) {
        details.breakdown[values::sanitised(priority)] += threads;
    }
    return details;
}

Honours honours_of(const string& word) {
    if (word == "all") {
        return Honours::all;
    }
    return word == "classes" ? Honours::classes : Honours::nothing;
}

}  // namespace

sdbus::MethodCall make_call(sdbus::IProxy& proxy, const Request& request) {
    switch (request.what) {
        case What::set:
            return set_call(proxy, request);
        case What::describe:
            return begun(proxy, request, "Describe");
        case What::hold: {
            auto call = new_call(proxy, "HoldProcess");
            call << request.target.id();
            append(call, request.priority);
            call << Dictionary{};
            return call;
        }
        case What::devices:
            return new_call(proxy, "ListDevices");
        case What::get:
            break;
    }
    auto call = new_call(proxy, "Get", Base::INTERFACE_NAME);
    call << request.target.id();
    return call;
}

Answer read_answer(const Request& request, sdbus::MethodReply& reply) {
    Answer answer;
    switch (request.what) {
        case What::set:
            reply >> answer.changed.processes >> answer.changed.threads;
            answer.changed.by_service = true;
            break;
        case What::describe: {
            Dictionary details;
            reply >> details;
            answer.details = read_details(details);
            break;
        }
        case What::hold:
            answer.hold = std::make_shared<process::UniqueFd>(
                ::fcntl(bus::read_descriptor(reply), F_DUPFD_CLOEXEC, 0));  // NOLINT(*-vararg)
            break;
        case What::devices: {
            std::vector<DeviceRow> rows;
            reply >> rows;
            for (const auto& row : rows) {
                answer.devices.push_back({values::sanitised(std::get<0>(row)), values::sanitised(std::get<1>(row)),
                                          honours_of(std::get<2>(row))});
            }
            break;
        }
        case What::get: {
            string io_class;
            uint32_t level = 0;
            reply >> io_class >> level;
            answer.priority = Priority::from(io_class, level);
            break;
        }
    }
    return answer;
}

}  // namespace iopriority::client
