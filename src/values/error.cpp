// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include <iopriority/error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "values/values.hpp"

namespace iopriority {

namespace values {

namespace {

// The one table of errors, in the order of ErrorCode: code, name on the bus, exit status of ioprioctl (1 failed, 2
// usage, 3 no such process, 4 not authorized or dismissed, 5 service or polkit not reachable), errno value of the
// functions for C (sd-bus's own where it has one for the name).
constexpr std::array<ErrorInfo, 12> table{{
    {ErrorCode::invalid_argument, "org.freedesktop.DBus.Error.InvalidArgs", 2, EINVAL},
    {ErrorCode::access_denied, "org.freedesktop.DBus.Error.AccessDenied", 4, EACCES},
    {ErrorCode::interaction_required, "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", 4, EACCES},
    {ErrorCode::dismissed, "org.example.IoPriority.Error.Dismissed", 4, ECANCELED},
    {ErrorCode::limits_exceeded, "org.freedesktop.DBus.Error.LimitsExceeded", 1, ENOBUFS},
    {ErrorCode::no_such_process, "org.example.IoPriority.Error.NoSuchProcess", 3, ESRCH},
    {ErrorCode::authority_unavailable, "org.example.IoPriority.Error.AuthorityUnavailable", 5, EHOSTUNREACH},
    {ErrorCode::foreign_pid_namespace, "org.example.IoPriority.Error.ForeignPidNamespace", 1, EREMOTE},
    {ErrorCode::partially_applied, "org.example.IoPriority.Error.PartiallyApplied", 1, EPERM},
    {ErrorCode::service_unavailable, "org.freedesktop.DBus.Error.ServiceUnknown", 5, EHOSTUNREACH},
    {ErrorCode::timed_out, "org.freedesktop.DBus.Error.NoReply", 5, ETIMEDOUT},
    {ErrorCode::failed, "org.freedesktop.DBus.Error.Failed", 1, EIO},
}};

}  // namespace

const ErrorInfo& info(ErrorCode code) noexcept {
    const auto* row = std::find_if(table.begin(), table.end(), [code](const auto& r) { return r.code == code; });
    return row != table.end() ? *row : table.back();
}

ErrorCode code_of(std::string_view dbus_name) noexcept {
    const auto* row = std::find_if(table.begin(), table.end(), [&](const auto& r) { return r.dbus_name == dbus_name; });
    return row != table.end() ? row->code : ErrorCode::failed;
}

}  // namespace values

Error::Error(ErrorCode code, const std::string& message) : Error(code, values::info(code).dbus_name, message) {}

Error::Error(ErrorCode code, std::string dbus_name, const std::string& message)
    : std::runtime_error(message), code_(code), name_(std::move(dbus_name)) {}

// Out of line, so that each class has one vtable and type_info, in the shared library.
Error::~Error() = default;
InvalidArgument::~InvalidArgument() = default;
NotAuthorized::~NotAuthorized() = default;
NoSuchProcess::~NoSuchProcess() = default;
Unavailable::~Unavailable() = default;
PartiallyApplied::~PartiallyApplied() = default;

void throw_error(ErrorCode code, const std::string& dbus_name, const std::string& message) {
    switch (code) {
        case ErrorCode::invalid_argument:
            throw InvalidArgument(code, dbus_name, message);
        case ErrorCode::access_denied:
        case ErrorCode::interaction_required:
        case ErrorCode::dismissed:
            throw NotAuthorized(code, dbus_name, message);
        case ErrorCode::no_such_process:
            throw NoSuchProcess(code, dbus_name, message);
        case ErrorCode::authority_unavailable:
        case ErrorCode::service_unavailable:
        case ErrorCode::timed_out:
            throw Unavailable(code, dbus_name, message);
        case ErrorCode::partially_applied:
            throw PartiallyApplied(code, dbus_name, message);
        case ErrorCode::limits_exceeded:
        case ErrorCode::foreign_pid_namespace:
        case ErrorCode::failed:
            break;
    }
    throw Error(code, dbus_name, message);
}

void throw_failure(const Failure& failure) {
    throw_error(failure.code, values::info(failure.code).dbus_name, failure.message);
}

}  // namespace iopriority
