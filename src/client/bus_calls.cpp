// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/bus_calls.hpp"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <map>
#include <string>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <vector>

#include "bus/iopriority_extended1_proxy.hpp"
#include "bus/names.hpp"
#include "values/text.hpp"

namespace iopriority::client {

namespace {

// The calls are written by hand: the generated ones can neither set the message flag for interaction nor wait forever.
// The assertions below check that the signatures match the generated ones.
using Extended = org::example::IoPriority::Extended1_proxy;
using std::string;
using std::uint32_t;
using Dictionary = std::map<string, sdbus::Variant>;
using Counts = std::map<string, uint32_t>;
using DeviceRow = sdbus::Struct<string, string, string>;

template <typename Proxy, typename R, typename... A>
using Method = R (Proxy::*)(const A&...);
template <typename R>
using Change = Method<Extended, R, string, sdbus::Variant, string, uint32_t, Dictionary>;
static_assert(std::is_same_v<decltype(&Extended::SetPriority), Change<Dictionary>>);
static_assert(std::is_same_v<decltype(&Extended::HoldPriority), Change<std::tuple<sdbus::UnixFd, Dictionary>>>);
static_assert(std::is_same_v<decltype(&Extended::DescribePriority),
                             Method<Extended, Dictionary, string, sdbus::Variant, Dictionary>>);
static_assert(std::is_same_v<decltype(&Extended::ListDevices), std::vector<DeviceRow> (Extended::*)()>);

// In the order of What.
constexpr std::array methods{"SetPriority", "DescribePriority", "DescribePriority", "HoldPriority", "ListDevices"};

template <typename Enum>
std::size_t index_of(Enum value) {
    return static_cast<std::size_t>(value);
}

void append(sdbus::MethodCall& call, const Target& target) {
    call << string(bus::kind_names.at(index_of(target.kind())));
    switch (target.kind()) {
        case Target::Kind::pidfd:
        case Target::Kind::pidfds:
            return bus::append_descriptors(call, target.pidfds(), target.kind() == Target::Kind::pidfds);
        case Target::Kind::processes:
            call << sdbus::Variant(std::vector<uint32_t>(target.pids().begin(), target.pids().end()));
            return;
        case Target::Kind::unit:
        case Target::Kind::user_unit:
            call << sdbus::Variant(target.name());
            return;
        case Target::Kind::process:
        case Target::Kind::group:
        case Target::Kind::user:
            call << sdbus::Variant(target.id());
    }
}

Dictionary options_of(const Target& target) {
    Dictionary options;
    if (target.descendants()) {
        options.emplace("descendants", true);
    }
    if (target.keeps_explicit()) {
        options.emplace("keep-explicit", true);
    }
    return options;
}

template <typename T>
T value_of(const Dictionary& all, const char* key) {
    return all.at(key).get<T>();
}

template <typename T>
T value_if_there(const Dictionary& all, const char* key) {
    return all.contains(key) ? value_of<T>(all, key) : T{};
}

// The service may be that of another machine: what it says is made fit for a terminal.
std::map<string, unsigned> read_counts(const Dictionary& all, const char* key) {
    std::map<string, unsigned> counts;
    for (const auto& [what, count] : value_if_there<Counts>(all, key)) {
        counts[values::sanitised(what)] += count;
    }
    return counts;
}

/// "idle", "best-effort:4"; nothing for "mixed".
std::optional<Priority> read_priority(const string& text) {
    try {
        return Priority::parse(text);
    } catch (const InvalidArgument&) {
        return std::nullopt;
    }
}

Changed read_changed(const Dictionary& result) {
    return {value_of<uint32_t>(result, "processes"),
            value_of<uint32_t>(result, "threads"),
            true,
            read_priority(value_if_there<string>(result, "before")),
            read_counts(result, "before-breakdown"),
            read_counts(result, "left-alone")};
}

Details read_details(const Dictionary& dictionary);

Member read_member(const Dictionary& dictionary) {
    const auto pid = static_cast<pid_t>(value_of<uint32_t>(dictionary, "process"));
    return {pid, value_if_there<bool>(dictionary, "ended") ? nullptr
                                                           : std::make_shared<const Details>(read_details(dictionary))};
}

Details read_details(const Dictionary& dictionary) {
    Details details;
    details.set = Priority::from(value_of<string>(dictionary, "io-class"), value_of<uint32_t>(dictionary, "level"));
    details.effective = Priority::from(value_of<string>(dictionary, "effective-class"),
                                       value_of<uint32_t>(dictionary, "effective-level"));
    details.source = values::sanitised(value_of<string>(dictionary, "source"));
    details.processes = value_of<uint32_t>(dictionary, "processes");
    details.threads = value_of<uint32_t>(dictionary, "threads");
    details.breakdown = read_counts(dictionary, "breakdown");
    details.users = value_if_there<std::vector<uint32_t>>(dictionary, "users");
    for (const auto& program : value_if_there<std::vector<string>>(dictionary, "programs")) {
        details.programs.push_back(values::sanitised(program));
    }
    for (const auto& member : value_if_there<std::vector<Dictionary>>(dictionary, "each")) {
        details.each.push_back(read_member(member));
    }
    details.each_cut = value_if_there<bool>(dictionary, "each-cut");
    return details;
}

std::shared_ptr<process::UniqueFd> read_hold(const sdbus::MethodReply& reply) {
    const int copy = ::fcntl(bus::read_descriptor(reply), F_DUPFD_CLOEXEC, 0);  // NOLINT(*-vararg)
    if (copy < 0) {
        throw std::system_error(errno, std::generic_category(), "its descriptor");
    }
    return std::make_shared<process::UniqueFd>(copy);
}

std::vector<Device> read_devices(sdbus::MethodReply& reply) {
    const auto honours = [](const string& word) {
        return word == "all" ? Honours::all : word == "classes" ? Honours::classes : Honours::nothing;
    };
    std::vector<DeviceRow> rows;
    reply >> rows;
    std::vector<Device> devices;
    devices.reserve(rows.size());
    for (const auto& row : rows) {
        devices.push_back(
            {values::sanitised(std::get<0>(row)), values::sanitised(std::get<1>(row)), honours(std::get<2>(row))});
    }
    return devices;
}

}  // namespace

sdbus::MethodCall make_call(sdbus::IProxy& proxy, const CallRequest& request, const Target& named) {
    auto call = proxy.createMethodCall(bus::InterfaceName{Extended::INTERFACE_NAME},
                                       bus::MethodName{methods.at(index_of(request.what))});
    if (request.what == What::devices) {
        return call;
    }
    append(call, named);
    if (request.changes()) {
        call << string(to_string(request.priority.io_class())) << uint32_t{request.priority.level()};
    }
    call << options_of(request.target);
    return call;
}

Reply read_reply(const CallRequest& request, sdbus::MethodReply& message) {
    Reply reply;
    if (request.what == What::devices) {
        reply.devices = read_devices(message);
        return reply;
    }
    if (request.what == What::hold) {
        reply.hold = read_hold(message);
    }
    Dictionary content;
    message >> content;
    if (request.changes()) {
        reply.changed = read_changed(content);
    } else {
        reply.details = read_details(content);
    }
    return reply;
}

}  // namespace iopriority::client
