# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The calls."""

from __future__ import annotations

import ctypes
import math
import os
import warnings
import weakref
from typing import Any, NamedTuple, NoReturn, overload

from . import _library
from ._errors import invalid
from ._values import (
    Changed,
    Details,
    Device,
    IoClass,
    LAST_PID,
    Priority,
    Route,
    TargetLike,
    class_of,
    made,
    number,
    priority_of,
    read_changed,
    read_details,
    read_devices,
    target_of,
)

__all__ = ["Client", "Hold", "IoNice", "lower_self"]


def lower_self() -> int:
    """For a backup to call at its start: CPU nice 19 and idle I/O for all threads of the calling process.

    Threads and children that are started later inherit both. By system call only: no bus, no service, no privilege.
    For good: without privileges, a nice value cannot be raised again. For a while, use hold().
    Returns how many threads read back as wanted.
    """
    return _library.call("lower_self")


class Hold:
    """A priority until its release: by release(), the end of its `with` block, or the end of the process.

    Then each thread gets back what it had, unless somebody has set it since. That takes the service
    a moment: get() right after release() can still show what was held.

    It is a descriptor. Copies of it (os.dup(), a child of os.fork()) hold as well: it ends with the last one. Programs
    that are executed do not get it.
    """

    changed: Changed
    """What the hold has set at its beginning."""

    def __init__(self, descriptor: int, changed: Changed) -> None:
        self._descriptor = descriptor
        self._overruled = False
        self.changed = changed

    def fileno(self) -> int:
        """The descriptor, for select and for event loops; -1 after release().

        It is readable when somebody has set held threads through the service: look at `overruled` then, and do not wait
        for it any more. (There is one byte. Whoever reads it is who knows.) It hangs up when the hold is lost: the
        service was stopped, as by an upgrade, or crashed too often to be started again. One crash ends no hold.
        """
        return self._descriptor

    @property
    def active(self) -> bool:
        """False after release(), and if the hold is lost: the service was stopped, as by an upgrade of its package. The
        priorities are back then, or come back when it is next started. Call hold() for another one."""
        return bool(_library.look("hold_is_active", self._descriptor))

    @property
    def overruled(self) -> bool:
        """Somebody has set held threads through the service since: those are not restored at the end. Another hold does
        not count, and what the kernel does without the service (also set() of an own process) is not reported, nor restored
        where it differs from what is held. After release(): what it was then."""
        if self._descriptor >= 0:
            self._overruled = self._overruled or bool(_library.look("hold_is_overruled", self._descriptor))
        return self._overruled

    def release(self) -> None:
        """Ends it. Does nothing the second time."""
        self._overruled = self.overruled
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __enter__(self) -> Hold:
        if self._descriptor < 0:
            raise ValueError("this hold was released: call hold() for another one")
        return self

    def __reduce__(self) -> NoReturn:  # copy and pickle would copy the number alone
        raise TypeError("a Hold cannot be copied: os.dup() copies its descriptor")

    def __exit__(self, *_: object) -> None:
        self.release()

    def __del__(self) -> None:
        if getattr(self, "_descriptor", -1) >= 0:
            self.release()  # first: the warning may be an error
            warnings.warn(f"{self!r} was not released", ResourceWarning, source=self)


class IoNice(NamedTuple):
    """What ionice() returns: equal to the pair that psutil returns."""

    ioclass: IoClass
    value: int


class _Handle:
    """A client of the library, freed with its last reference, but not at the end of the program: a daemon thread may
    still use it then. A child of fork() cannot use its parent's client, and must not free it."""

    def __init__(self, host: str | None, milliseconds: int) -> None:
        self.pid = os.getpid()
        self.pointer = ctypes.c_void_p()
        if host is None:
            _library.call("client_new", ctypes.byref(self.pointer))
        else:
            name = _library.encoded(host, "host")
            _library.call("client_new_on_host", name, ctypes.byref(self.pointer))
        weakref.finalize(self, _free, self.pointer, self.pid).atexit = False
        _library.look("client_set_timeout", self.pointer, milliseconds)


def _free(pointer: ctypes.c_void_p, pid: int) -> None:
    if pid == os.getpid():
        _library.look("client_free", pointer)


class Client:
    """Access to the kernel and, connected when first needed, to the service on the system bus.

    It may be used from several threads, and after a fork(). It costs nothing before it is used. Calls block, without
    Python's global lock; Ctrl-C takes effect when the reply has come. iopriority.aio has the same for asyncio.

    TargetLike: a Target, a process id (0 is the calling process), or an iterable of process ids.
    priority: a Priority, or text such as "idle" or "best-effort:7".
    descendants: of processes and pidfds: each of them, and the whole tree of its descendants.
    keep_explicit: skip threads that have a priority of their own.
    interactive: polkit may ask a person for a password; the call waits as long as the dialog is open.

    Raises the subclasses of Error.
    """

    def __init__(
        self, host: str | None = None, *, timeout: float | None = None, route: Route = Route.KERNEL_FIRST
    ) -> None:
        """host: another machine, reached by ssh: "nas", "root@nas", "nas:2222". There are no holds and no pidfds there.

        timeout: how many seconds a call waits for the service; None: 30, or no limit if it is interactive. Connecting
            to another machine comes before, and takes as long as ssh lets it (ConnectTimeout in ssh_config(5)). A dialog
            stays open after it: a password that is typed later still makes the change.
        route: who does the work.
        """
        if not isinstance(route, Route):
            raise TypeError(f"a route is one of Route, such as Route.SERVICE_ONLY, and not {route!r}")
        self._host = host
        self._milliseconds = 0 if timeout is None else _milliseconds(timeout)
        self._route = route
        self._handle: _Handle | None = None

    def set(
        self,
        target: TargetLike,
        priority: Priority | str,
        *,
        descendants: bool = False,
        keep_explicit: bool = False,
        interactive: bool = False,
    ) -> Changed:
        """Sets every thread of what the target names, also those that start meanwhile."""
        flags = self._flags(descendants, keep_explicit, interactive)
        return read_result("set", self._made(), target, priority, flags)

    def hold(
        self,
        target: TargetLike,
        priority: Priority | str,
        *,
        descendants: bool = False,
        keep_explicit: bool = False,
        interactive: bool = False,
    ) -> Hold:
        """As set(), until the Hold is released: `with client.hold(812, "idle"):`. Always done by the service."""
        descriptor = ctypes.c_int(-1)
        flags = self._flags(descendants, keep_explicit, interactive)
        try:
            changed = read_result("hold", self._made(), target, priority, flags, ctypes.byref(descriptor))
        except BaseException:  # such as a Ctrl-C that waited for the answer
            if descriptor.value >= 0:
                os.close(descriptor.value)
            raise
        return Hold(descriptor.value, changed)

    def get(self, pid: int) -> Priority:
        """What is set on a process: the highest of its threads' priorities, in the kernel's order."""
        io_class, level = ctypes.c_int(), ctypes.c_uint()
        handle = self._made()
        process = number(pid, "process id", 0, LAST_PID)
        _library.call("get", handle.pointer, process, self._route.value, ctypes.byref(io_class), ctypes.byref(level))
        return Priority(IoClass(io_class.value), level.value)

    def describe(self, target: TargetLike, *, descendants: bool = False) -> Details:
        """What is set on every thread of what the target names, and its effect."""
        handle = self._made()
        flags = self._flags(descendants)
        with (
            made(target_of(target)) as c_target,
            _library.made("details", "describe", handle.pointer, c_target, flags) as details,
        ):
            return read_details(details)

    def devices(self) -> list[Device]:
        """The machine's block devices, and what their I/O scheduler makes of a priority."""
        handle = self._made()
        with _library.made("devices", "list_devices", handle.pointer, self._route.value) as devices:
            return read_devices(devices)

    @overload
    def ionice(self, pid: int, ioclass: None = None, value: None = None) -> IoNice:
        ...

    @overload
    def ionice(self, pid: int, ioclass: int, value: int | None = None) -> None:
        ...

    def ionice(self, pid: int, ioclass: int | None = None, value: int | None = None) -> IoNice | None:
        """psutil.Process(pid).ionice(ioclass, value), for all threads, and through the service if the kernel refuses.

        Without ioclass: what is set, the highest of the threads' priorities. Without value: level 0, the first. Nobody is
        asked for a password: set() does that, with interactive=True.
        """
        if ioclass is None:
            if value is not None:
                raise ValueError("'ioclass' argument must be specified")
            priority = self.get(pid)
            return IoNice(priority.io_class, priority.level)
        self.set(pid, Priority(class_of(ioclass), value or 0))
        return None

    def _made(self) -> _Handle:
        # (Two threads at once may make one each: the one that is not kept is freed with its last call. No lock: a child
        # of fork() could find it locked.)
        handle = self._handle
        if handle is None or handle.pid != os.getpid():
            handle = self._handle = _Handle(self._host, self._milliseconds)
        return handle

    def _flags(self, descendants: bool, keep_explicit: bool = False, interactive: bool = False) -> int:
        flags: int = self._route.value
        flags |= _library.DESCENDANTS if descendants else 0
        flags |= _library.KEEP_EXPLICIT if keep_explicit else 0
        return flags | (_library.INTERACTIVE if interactive else 0)


def read_result(
    function: str, handle: _Handle, target: TargetLike, priority: Priority | str, flags: int, *more: Any
) -> Changed:
    """Sets or holds."""
    wanted = priority_of(priority)
    with made(target_of(target)) as c_target:
        arguments = (handle.pointer, c_target, wanted.io_class, wanted.level, flags, *more)
        with _library.made("result", function, *arguments) as result:
            return read_changed(result)


def _milliseconds(seconds: float) -> int:
    if not 0 < seconds <= 2**32 / 1000 - 1:
        raise invalid(f"timeout {seconds} is not accepted: more than 0 s, at most {2**32 // 1000 - 1} s")
    return math.ceil(seconds * 1000)
