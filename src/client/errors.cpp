// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/errors.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "values/text.hpp"
#include "values/values.hpp"

namespace iopriority::client {

namespace {

constexpr std::size_t longest_text = 1024;

// Names that bus daemons, systemd and sd-bus give to "it is not there" (dbus-protocol.h, sd-bus-protocol.h). One that
// ends in a dot stands for all that begin with it.
constexpr std::array<std::string_view, 9> unreachable{
    "org.freedesktop.DBus.Error.ServiceUnknown",
    "org.freedesktop.DBus.Error.NameHasNoOwner",
    "org.freedesktop.DBus.Error.Spawn.",
    "org.freedesktop.DBus.Error.NoServer",
    "org.freedesktop.DBus.Error.NoNetwork",
    "org.freedesktop.DBus.Error.Disconnected",
    "org.freedesktop.DBus.Error.FileNotFound",
    "org.freedesktop.DBus.Error.BadAddress",
    "org.freedesktop.systemd1.",  // NoSuchUnit, LoadFailed, ...: activation by systemd came to nothing
};
constexpr std::array<std::string_view, 3> unanswered{
    "org.freedesktop.DBus.Error.NoReply",
    "org.freedesktop.DBus.Error.Timeout",
    "org.freedesktop.DBus.Error.TimedOut",
};
constexpr std::array<std::string_view, 3> not_understood{
    "org.freedesktop.DBus.Error.UnknownMethod",
    "org.freedesktop.DBus.Error.UnknownInterface",
    "org.freedesktop.DBus.Error.UnknownObject",
};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
    return std::any_of(names.begin(), names.end(), [name](std::string_view known) {
        return known.back() == '.' ? name.starts_with(known) : name == known;
    });
}

std::exception_ptr made(ErrorCode code, const std::string& name, const std::string& message) {
    try {
        throw_error(code, name, message);
    } catch (...) {
        return std::current_exception();
    }
}

}  // namespace

std::exception_ptr error_from_bus(const std::string& name, const std::string& message) {
    const auto text = values::sanitised(message, longest_text);
    if (is_one_of(name, unreachable)) {
        return made(ErrorCode::service_unavailable, name,
                    "the service org.example.IoPriority cannot be reached (" + text +
                        "): is iopriorityd installed, and what does its log say?");
    }
    if (is_one_of(name, unanswered)) {
        return made(ErrorCode::timed_out, name,
                    "no answer came from the service org.example.IoPriority (" + text +
                        "): whether the change was made is not known, read the priority to see");
    }
    if (is_one_of(name, not_understood)) {
        return made(ErrorCode::failed, name,
                    "the service org.example.IoPriority does not know this call (" + text +
                        "): is another version of it installed?");
    }
    return made(values::code_of(name), name, text.empty() ? values::sanitised(name) : text);
}

std::exception_ptr no_bus(const std::string& name, const std::string& message, const std::string& host) {
    if (!host.empty()) {
        const auto shown = values::sanitised(host);
        return made(ErrorCode::service_unavailable, name,
                    "the system bus of " + shown + " cannot be reached (" + values::sanitised(message, longest_text) +
                        "): see whether \"ssh " + shown + "\" works and whether systemd-stdio-bridge is there");
    }
    return made(ErrorCode::service_unavailable, name,
                "the system bus cannot be reached (" + values::sanitised(message, longest_text) +
                    "): start dbus; without it only your own processes can be set, and not to realtime");
}

Unavailable destroyed() {
    return {ErrorCode::service_unavailable, "the client was destroyed before the answer came"};
}

std::exception_ptr error_of(const Failure& failure) {
    return made(failure.code, values::info(failure.code).dbus_name, failure.message);
}

void throw_failure(const Failure& failure) {
    throw_error(failure.code, values::info(failure.code).dbus_name, failure.message);
}

}  // namespace iopriority::client
