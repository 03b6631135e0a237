// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "client/errors.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "values/text.hpp"
#include "values/values.hpp"

namespace iopriority::client {

namespace {

constexpr std::size_t longest_text = 1024;

/// What one of the bus's own errors means: the text to put around the bus's message.
struct Explanation {
    ErrorCode code;
    const char* before;
    const char* after;
};
constexpr Explanation unreachable{ErrorCode::service_unavailable,
                                  "the service org.example.IoPriority cannot be reached (",
                                  "): is the package iopriority installed (in a sandbox: the service allowed)? Its log "
                                  "is in \"journalctl -u iopriorityd\""};
constexpr Explanation not_started{ErrorCode::service_unavailable,
                                  "the service org.example.IoPriority could not be started (",
                                  "): \"systemctl status iopriorityd\" says why"};
constexpr Explanation masked{ErrorCode::service_unavailable, "the service org.example.IoPriority is masked (",
                             "): \"systemctl unmask iopriorityd\" allows it again"};
constexpr Explanation unanswered{ErrorCode::timed_out, "no reply came from the service org.example.IoPriority (",
                                 "): whether the change was made is not known, read the priority to see"};
constexpr Explanation not_understood{ErrorCode::failed, "the service org.example.IoPriority does not know this call (",
                                     "): is another version of it installed?"};

// Names that bus daemons, systemd and sd-bus have for it (dbus-protocol.h, sd-bus-protocol.h). One that ends in a dot
// stands for all that begin with it.
constexpr std::array<std::pair<std::string_view, const Explanation*>, 17> known_names{{
    {"org.freedesktop.DBus.Error.ServiceUnknown", &unreachable},
    {"org.freedesktop.DBus.Error.NameHasNoOwner", &unreachable},
    {"org.freedesktop.DBus.Error.Spawn.", &unreachable},
    {"org.freedesktop.DBus.Error.NoServer", &unreachable},
    {"org.freedesktop.DBus.Error.NoNetwork", &unreachable},
    {"org.freedesktop.DBus.Error.Disconnected", &unreachable},
    {"org.freedesktop.DBus.Error.FileNotFound", &unreachable},
    {"org.freedesktop.DBus.Error.BadAddress", &unreachable},
    {"org.freedesktop.systemd1.UnitMasked", &masked},
    {"org.freedesktop.systemd1.NoSuchUnit", &unreachable},
    {"org.freedesktop.systemd1.", &not_started},            // LoadFailed, BadUnitSetting, ...
    {"org.freedesktop.DBus.Error.TimedOut", &not_started},  // dbus-daemon, after 25 s
    {"org.freedesktop.DBus.Error.NoReply", &unanswered},
    {"org.freedesktop.DBus.Error.Timeout", &unanswered},
    {"org.freedesktop.DBus.Error.UnknownMethod", &not_understood},
    {"org.freedesktop.DBus.Error.UnknownInterface", &not_understood},
    {"org.freedesktop.DBus.Error.UnknownObject", &not_understood},
}};

}  // namespace

std::exception_ptr error_from_bus(const std::string& name, const std::string& message) {
    const auto text = values::sanitised(message, longest_text);
    for (const auto& [known, meaning] : known_names) {
        if (known.back() == '.' ? name.starts_with(known) : name == known) {
            return values::exception_of(meaning->code, name, meaning->before + text + meaning->after);
        }
    }
    return values::exception_of(values::code_of(name), name, text.empty() ? values::sanitised(name) : text);
}

std::exception_ptr no_bus(const std::string& name, const std::string& message, const std::string& host) {
    const auto shown = values::sanitised(host);
    const auto why = " cannot be reached (" + values::sanitised(message, longest_text) + "): ";
    return values::exception_of(
        ErrorCode::service_unavailable, name,
        host.empty() ? "the system bus" + why +
                           "start dbus, or in a sandbox allow this service; without it only your own processes can be "
                           "set, and not to realtime"
                     : "the system bus of " + shown + why + "see whether \"ssh ssh://" + shown +
                           "\" works and whether systemd-stdio-bridge is there");
}

Unavailable destroyed() {
    return {ErrorCode::service_unavailable, "the client was destroyed before the reply came"};
}

Unavailable of_a_parent(pid_t parent) {
    return {ErrorCode::service_unavailable, "the client belongs to process " + std::to_string(parent) +
                                                ", of which this one is a fork: make another one here"};
}

std::exception_ptr error_of(const Failure& failure) {
    return values::exception_of(failure.code, values::info(failure.code).dbus_name, failure.message);
}

}  // namespace iopriority::client
