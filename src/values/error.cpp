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

template <typename Kind>
std::exception_ptr make(ErrorCode code, const std::string& dbus_name, const std::string& message) {
    return std::make_exception_ptr(Kind(code, dbus_name, message));
}

// The one table of errors, in the order of ErrorCode: code, name on the bus, exit status of ioprioctl (1 failed, 2
// usage, 3 no such process, 4 not authorized or dismissed, 5 service or polkit not reachable), errno value of the
// functions for C (sd-bus's own where it has one for the name), class of the exception.
constexpr std::array<ErrorInfo, 12> table{{
    {ErrorCode::invalid_argument, "org.freedesktop.DBus.Error.InvalidArgs", 2, EINVAL, make<InvalidArgument>},
    {ErrorCode::access_denied, "org.freedesktop.DBus.Error.AccessDenied", 4, EACCES, make<NotAuthorized>},
    {ErrorCode::interaction_required, "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", 4, EACCES,
     make<NotAuthorized>},
    {ErrorCode::dismissed, "org.example.IoPriority.Error.Dismissed", 4, ECANCELED, make<NotAuthorized>},
    {ErrorCode::limits_exceeded, "org.freedesktop.DBus.Error.LimitsExceeded", 1, ENOBUFS, make<Error>},
    {ErrorCode::no_such_process, "org.example.IoPriority.Error.NoSuchProcess", 3, ESRCH, make<NoSuchProcess>},
    {ErrorCode::authority_unavailable, "org.example.IoPriority.Error.AuthorityUnavailable", 5, EHOSTUNREACH,
     make<Unavailable>},
    {ErrorCode::foreign_pid_namespace, "org.example.IoPriority.Error.ForeignPidNamespace", 1, EREMOTE, make<Error>},
    {ErrorCode::partially_applied, "org.example.IoPriority.Error.PartiallyApplied", 1, EPERM, make<PartiallyApplied>},
    {ErrorCode::service_unavailable, "org.freedesktop.DBus.Error.ServiceUnknown", 5, EHOSTUNREACH, make<Unavailable>},
    {ErrorCode::timed_out, "org.freedesktop.DBus.Error.NoReply", 5, ETIMEDOUT, make<Unavailable>},
    {ErrorCode::failed, "org.freedesktop.DBus.Error.Failed", 1, EIO, make<Error>},
}};

}  // namespace

const ErrorInfo& info(ErrorCode code) noexcept {
    const auto* const row = std::ranges::find(table, code, &ErrorInfo::code);
    return row != table.end() ? *row : table.back();
}

std::exception_ptr exception_of(ErrorCode code, const std::string& dbus_name, const std::string& message) {
    return info(code).make(code, dbus_name, message);
}

ErrorCode code_of(std::string_view dbus_name) noexcept {
    const auto* const row = std::ranges::find(table, dbus_name, &ErrorInfo::dbus_name);
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
    std::rethrow_exception(values::exception_of(code, dbus_name, message));
}

void throw_failure(const Failure& failure) {
    throw_error(failure.code, values::info(failure.code).dbus_name, failure.message);
}

}  // namespace iopriority
