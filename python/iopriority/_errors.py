# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What can go wrong, as exceptions that carry the name of the error on the bus."""

from __future__ import annotations

import errno as _errno

__all__ = [
    "AccessDenied",
    "AuthorityUnavailable",
    "Dismissed",
    "Error",
    "Failed",
    "ForeignPidNamespace",
    "InteractionRequired",
    "InvalidArgument",
    "LimitsExceeded",
    "NoSuchProcess",
    "NotAuthorized",
    "PartiallyApplied",
    "ServiceUnavailable",
    "TimedOut",
    "Unavailable",
]


class Error(Exception):
    """A call failed. str() of it says what was wrong, with which value, and what to do next.

    name: the error's name on the bus.
    errno: the errno value that comes nearest; several errors share one.
    """

    name: str
    """The error's name on the bus, such as "org.example.IoPriority.Error.NoSuchProcess"."""

    errno: int
    """The errno value that comes nearest."""

    strerror: str
    """The same text as str(), as OSError has it."""

    def __init__(self, message: str, name: str = "org.freedesktop.DBus.Error.Failed", errno: int = _errno.EIO) -> None:
        super().__init__(message)
        self.name = name
        self.errno = errno
        self.strerror = message

    def __str__(self) -> str:  # that of OSError begins with the number
        return self.strerror

    def __reduce__(self) -> tuple[type[Error], tuple[str, str, int]]:
        return type(self), (str(self), self.name, self.errno)


class InvalidArgument(Error, ValueError):
    """An invalid argument: the text names it, its value and what is accepted."""


class NotAuthorized(Error, PermissionError):
    """Not allowed: AccessDenied, InteractionRequired or Dismissed."""

    errno: int  # as in Error, not as in OSError
    strerror: str


class AccessDenied(NotAuthorized):
    """polkit or the kernel refused, or the person closed the dialog."""


class InteractionRequired(NotAuthorized):
    """polkit would ask a person: pass interactive=True. Or nobody can be asked."""


class Dismissed(NotAuthorized):
    """The person closed the dialog: show nothing. Many agents do not report it; then it is AccessDenied."""


class NoSuchProcess(Error, ProcessLookupError):
    """No such process, group, user or unit; or it has ended, or its id belongs to another one now."""

    errno: int  # as in Error, not as in OSError
    strerror: str


class Unavailable(Error):
    """The bus, the service or polkit did not reply: AuthorityUnavailable, ServiceUnavailable or TimedOut."""


class AuthorityUnavailable(Unavailable):
    """polkit did not reply: nothing was changed."""


class ServiceUnavailable(Unavailable):
    """The bus or the service cannot be reached."""


class TimedOut(Unavailable, TimeoutError):
    """No reply in time; it is not known whether the change was made."""

    errno: int  # as in Error, not as in OSError
    strerror: str


class LimitsExceeded(Error):
    """Too many requests or holds, of this user or of all, or too many processes of what was named. (A list of more than
    4096 is an InvalidArgument.)"""


class ForeignPidNamespace(Error):
    """A bare process id from another pid namespace: use Target.pidfd()."""


class PartiallyApplied(Error):
    """Only some threads are as wanted: str() says how many, and why."""


class Failed(Error):
    """Anything else, in the kernel's words."""


BY_CODE: dict[int, type[Error]] = {  # enum iopriority_code
    1: InvalidArgument,
    2: AccessDenied,
    3: InteractionRequired,
    4: Dismissed,
    5: LimitsExceeded,
    6: NoSuchProcess,
    7: AuthorityUnavailable,
    8: ForeignPidNamespace,
    9: PartiallyApplied,
    10: ServiceUnavailable,
    11: TimedOut,
    12: Failed,
}

for _class in (Error, NotAuthorized, Unavailable, *BY_CODE.values()):
    _class.__module__ = "iopriority"  # as tracebacks are to name them


def invalid(message: str) -> InvalidArgument:
    """For what must not reach C, where it would be cut."""
    return InvalidArgument(message, "org.freedesktop.DBus.Error.InvalidArgs", _errno.EINVAL)
