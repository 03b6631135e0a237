// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// What can go wrong, as exceptions that carry the name of the error on the bus.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include <iopriority/export.hpp>

namespace iopriority {

/// Every way in which a request can fail, and the class of the exception.
enum class ErrorCode : std::uint8_t {
    invalid_argument,       ///< InvalidArgument: invalid argument
    access_denied,          ///< NotAuthorized: polkit or the kernel refused, or the person closed the dialog
    interaction_required,   ///< NotAuthorized: polkit would ask a person, and the caller did not allow it
    dismissed,              ///< NotAuthorized: the person closed the dialog, and the agent says so: many do not
    limits_exceeded,        ///< Error: too many requests or holds, of this user or of all, or too many processes
    no_such_process,        ///< NoSuchProcess: no such process or group, or no process of that user; or it has ended
    authority_unavailable,  ///< Unavailable: polkit did not reply: nothing was changed
    foreign_pid_namespace,  ///< Error: a bare pid from a caller in another pid namespace
    partially_applied,      ///< PartiallyApplied: only some threads are as wanted
    service_unavailable,    ///< Unavailable: the bus or the service cannot be reached, or the Client was destroyed
    timed_out,              ///< Unavailable: no reply came in time; it is not known whether the change was made
    failed,                 ///< Error: anything else, in the kernel's words
};

/// Base of all exceptions of the library.
class IOPRIORITY_API Error : public std::runtime_error {
 public:
    /// With the D-Bus name that belongs to the code.
    Error(ErrorCode code, const std::string& message);
    /// For an error of another origin, whose D-Bus name is kept.
    Error(ErrorCode code, std::string dbus_name, const std::string& message);
    Error(const Error&) = default;             ///< copies it
    Error& operator=(const Error&) = default;  ///< copies it
    Error(Error&&) = default;                  ///< moves it
    Error& operator=(Error&&) = default;       ///< moves it
    ~Error() override;

    /// Distinguishes the errors that share a class.
    [[nodiscard]] ErrorCode code() const noexcept { return code_; }
    /// The error's name on the bus, such as "org.example.IoPriority.Error.NoSuchProcess"; may be any name of the bus,
    /// too.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
    ErrorCode code_;
    std::string name_;
};

/// Invalid argument: the text names it, its value and what is accepted.
class IOPRIORITY_API InvalidArgument : public Error {
 public:
    using Error::Error;
    /// With that code.
    explicit InvalidArgument(const std::string& message) : Error(ErrorCode::invalid_argument, message) {}
    ~InvalidArgument() override;
};

/// Not allowed: polkit said no, would have to ask a person, or the person closed the dialog. See code().
class IOPRIORITY_API NotAuthorized : public Error {
 public:
    using Error::Error;
    ~NotAuthorized() override;
};

/// No such process, group or user, or it has ended, or its id now belongs to another one.
class IOPRIORITY_API NoSuchProcess : public Error {
 public:
    using Error::Error;
    ~NoSuchProcess() override;
};

/// The bus, the service or polkit cannot be reached, or did not reply in time. See code().
class IOPRIORITY_API Unavailable : public Error {
 public:
    using Error::Error;
    ~Unavailable() override;
};

/// Only some threads are as wanted: the kernel refused others, or another program sets them, too. what() says how many,
/// and why.
class IOPRIORITY_API PartiallyApplied : public Error {
 public:
    using Error::Error;
    ~PartiallyApplied() override;
};

/// Throws the exception class that belongs to a code.
[[noreturn]] IOPRIORITY_API void throw_error(ErrorCode code, const std::string& dbus_name, const std::string& message);

}  // namespace iopriority
