# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Priorities, targets, and what calls return: immutable values."""

from __future__ import annotations

import ctypes
import enum
import operator
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, Union

from . import _library
from ._errors import invalid

__all__ = ["Changed", "Details", "Device", "Honours", "IoClass", "Member", "Priority", "Route", "Target", "TargetLike"]


class IoClass(enum.IntEnum):
    """The kernel's four I/O scheduling classes, with the kernel's numbers, which are psutil's."""

    NONE = 0
    """Nothing set: the thread follows its CPU nice value and scheduling policy."""
    REALTIME = 1
    """Served before everybody else."""
    BEST_EFFORT = 2
    """The usual class."""
    IDLE = 3
    """Served when nobody else wants the disk."""


class Route(enum.Enum):
    """Who does the work.

    KERNEL_FIRST: the caller itself by system call; the service if the kernel returns EPERM.
    KERNEL_ONLY: the caller itself, never the bus.
    SERVICE_ONLY: the service, always.
    """

    KERNEL_FIRST = 0
    KERNEL_ONLY = _library.KERNEL_ONLY
    SERVICE_ONLY = _library.SERVICE_ONLY


class Honours(enum.IntEnum):
    """What the I/O scheduler of a disk makes of a priority."""

    NOTHING = 0
    """none, kyber, and any unknown scheduler."""
    CLASSES = 1
    """mq-deadline: realtime, best-effort, idle, and not the levels."""
    ALL = 2
    """bfq."""


class _Usual(int):
    """No level was given."""


@dataclass(frozen=True)
class Priority:
    """A class and, for realtime and best-effort, a level from 0 (served first) to 7 (served last); 4 if none is given.

    Wherever a priority is wanted, text as Priority.parse() reads it is taken, too.
    """

    io_class: IoClass
    level: int = _Usual()

    def __post_init__(self) -> None:
        object.__setattr__(self, "io_class", class_of(self.io_class))
        if isinstance(self.level, _Usual):
            has_levels = self.io_class in (IoClass.REALTIME, IoClass.BEST_EFFORT)
            object.__setattr__(self, "level", 4 if has_levels else 0)
        object.__setattr__(self, "level", number(self.level, "level", 0, 7))
        if self.level != 0 and self.io_class not in (IoClass.REALTIME, IoClass.BEST_EFFORT):
            raise invalid(f'level {self.level} with class "{self.name}": that class has no levels, use 0')

    @classmethod
    def none(cls) -> Priority:
        """Nothing set: resets."""
        return cls(IoClass.NONE)

    @classmethod
    def idle(cls) -> Priority:
        """Served when nobody else wants the disk."""
        return cls(IoClass.IDLE)

    @classmethod
    def best_effort(cls, level: int) -> Priority:
        """The usual class."""
        return cls(IoClass.BEST_EFFORT, level)

    @classmethod
    def realtime(cls, level: int) -> Priority:
        """Served before everybody else."""
        return cls(IoClass.REALTIME, level)

    @classmethod
    def parse(cls, text: str) -> Priority:
        """From text as people write it: "idle", "best-effort:7", or "background", "low", "normal", "high"."""
        io_class, level = ctypes.c_int(), ctypes.c_uint()
        _library.call("parse", _library.encoded(text, "priority"), ctypes.byref(io_class), ctypes.byref(level))
        return cls(IoClass(io_class.value), level.value)

    @property
    def name(self) -> str:
        """The name of the class: "none", "realtime", "best-effort" or "idle"."""
        return self.io_class.name.lower().replace("_", "-")

    def __str__(self) -> str:
        """Such as "none", "idle", "best-effort:4": what parse() reads."""
        return f"{self.name}:{self.level}" if self.io_class in (IoClass.REALTIME, IoClass.BEST_EFFORT) else self.name


@dataclass(frozen=True)
class Target:
    """The processes that a call acts on, made by one of the functions below.

    Wherever a target is wanted, a process id is taken, too, and an iterable of them.
    """

    kind: str
    """As on the bus: "process", "processes", "pidfd", "pidfds", "group", "user", "unit" or "user-unit"."""
    value: int | str | tuple[int, ...]

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise invalid(f"kind {self.kind!r} is not accepted: {', '.join(_KINDS)}")
        what, last = _KINDS[self.kind]
        if isinstance(self.value, str) != (what == "unit"):
            raise TypeError(f"a {what} is a {'name' if what == 'unit' else 'number'}, and not {self.value!r}")
        if isinstance(self.value, str):
            _library.encoded(self.value, what)
        elif isinstance(self.value, tuple):
            object.__setattr__(self, "value", tuple(number(each, what, 0, last) for each in self.value))
        else:
            object.__setattr__(self, "value", number(self.value, what, 0, last))

    @classmethod
    def process(cls, pid: int) -> Target:
        """One process. 0 is the calling one."""
        return cls("process", pid)

    @classmethod
    def processes(cls, pids: Iterable[int]) -> Target:
        """Up to 4096 processes, as one request: one authorization, one dialog. Those that have ended are skipped.

        From a sandbox or a pid namespace the service takes up to 16, since the numbers of more would mean others there.
        """
        return cls("processes", tuple(pids))

    @classmethod
    def pidfd(cls, pidfd: int) -> Target:
        """The process of a descriptor of os.pidfd_open(): safe from the reuse of process ids.

        The descriptor stays the caller's, who keeps it open as long as the target is used.
        """
        return cls("pidfd", pidfd)

    @classmethod
    def pidfds(cls, pidfds: Iterable[int]) -> Target:
        """The processes of up to 16 such descriptors, as one request."""
        return cls("pidfds", tuple(pidfds))

    @classmethod
    def group(cls, pgid: int) -> Target:
        """All members of a process group. 0 is the caller's own."""
        return cls("group", pgid)

    @classmethod
    def user(cls, uid: int) -> Target:
        """All threads that have this real user id now. 0 is root."""
        return cls("user", uid)

    @classmethod
    def unit(cls, name: str) -> Target:
        """All processes of a running unit of the system manager, such as "borgmatic.service"."""
        return cls("unit", name)

    @classmethod
    def user_unit(cls, name: str) -> Target:
        """The same for a unit of the caller's user manager."""
        return cls("user-unit", name)


@dataclass(frozen=True)
class Changed:
    """What a change has done.

    processes: how many processes have threads with the priority now, or with one of their own that was kept.
    threads: how many threads have it now.
    by_service: False if the caller's own system calls were enough.
    before: what was set before; None if threads differed, or if it is not known (a user).
    before_breakdown: if threads differed: each priority that was set before, as text, and how many threads had it.
    left_alone: what was skipped by rule, which is not an error: "explicit" (threads with a priority of their own), "joined"
        (threads that joined or changed owner after the authorization), "privileged" (threads that gained privileges),
        "ended" (members of a list that have ended), "contested" (of a hold on several processes: threads that another
        program keeps setting), "executing" (of a hold on several: processes that execute a program, which something
        delays); other keys may be added.
    """

    processes: int
    threads: int
    by_service: bool
    before: Priority | None
    before_breakdown: Mapping[str, int]
    left_alone: Mapping[str, int]


@dataclass(frozen=True)
class Details:
    """What is set on processes, and its effect.

    set: the highest of the threads' priorities.
    effective: what the block layer uses: if nothing is set, it follows CPU policy and nice value.
    source: where that comes from: "set", "nice 10", "cpu policy idle".
    processes, threads: how many were read.
    breakdown: each priority that is set, as text, and how many threads have it.
    users: the real user ids of the processes, at most 64.
    programs: the names of their programs, at most 64.
    each: the first 128 members of a list, in its order, each without its descendants; empty for other targets.
    each_cut: the list had more members than `each`.
    """

    set: Priority
    effective: Priority
    source: str
    processes: int
    threads: int
    breakdown: Mapping[str, int]
    users: tuple[int, ...]
    programs: tuple[str, ...]
    each: tuple[Member, ...]
    each_cut: bool

    @property
    def uniform(self) -> bool:
        """Every thread has the same set priority."""
        return len(self.breakdown) == 1


class Member(NamedTuple):
    """One process of a list.

    pid: 0 for a pidfd whose process has ended.
    details: None if it has ended.
    """

    pid: int
    details: Details | None


@dataclass(frozen=True)
class Device:
    """A block device.

    name: as in /dev: "sda".
    scheduler: its active I/O scheduler: "mq-deadline".
    honours: what the scheduler makes of a priority.
    """

    name: str
    scheduler: str
    honours: Honours


TargetLike: TypeAlias = Union[Target, int, Iterable[int]]

LAST_PID = 2**31 - 1
_KINDS = {  # what its value is, and the last number
    "process": ("process id", LAST_PID),
    "processes": ("process id", LAST_PID),
    "pidfd": ("pidfd", 2**31 - 1),
    "pidfds": ("pidfd", 2**31 - 1),
    "group": ("process group", LAST_PID),
    "user": ("user id", 2**32 - 2),
    "unit": ("unit", 0),
    "user-unit": ("unit", 0),
}


def number(value: int, what: str, first: int, last: int) -> int:
    """An integer of any type, all of it: ctypes would cut it to 32 bits."""
    value = operator.index(value)
    if not first <= value <= last:
        raise invalid(f"{what} {value} is not accepted: {first} to {last}")
    return value


def class_of(io_class: int) -> IoClass:
    """The class of a number."""
    try:
        return IoClass(io_class)
    except ValueError:
        text = "; Priority.parse() reads text" if isinstance(io_class, str) else ""
        raise invalid(f"class {io_class!r} is not accepted: 0 to 3{text}") from None


def priority_of(priority: Priority | str) -> Priority:
    """A priority that may have been given as text."""
    if not isinstance(priority, (Priority, str)):  # such as an IoClass, which psutil takes
        raise TypeError(f'a priority is a Priority, or text such as "idle" or "best-effort:7", and not {priority!r}')
    return priority if isinstance(priority, Priority) else Priority.parse(priority)


def target_of(target: TargetLike) -> Target:
    """A target that may have been given as numbers."""
    if isinstance(target, Target):
        return target
    # Text and bytes are iterable, too: of what pgrep prints, each byte would be a process id.
    is_number = hasattr(target, "__index__") and not isinstance(target, bool)
    if isinstance(target, (str, bytes, bytearray, Mapping)) or not (is_number or isinstance(target, Iterable)):
        raise TypeError(f"a target is a Target, such as Target.unit(NAME), a number, or numbers, and not {target!r}")
    if isinstance(target, Iterable):
        return Target.processes(target)
    return Target.process(target)


def made(target: Target) -> AbstractContextManager[ctypes.c_void_p]:
    """A target as the library has it."""
    function = "target_new_" + target.kind.replace("-", "_")
    if isinstance(target.value, str):
        return _library.made("target", function, _library.encoded(target.value, "unit"))
    if isinstance(target.value, tuple):
        count = len(target.value)
        return _library.made("target", function, (ctypes.c_int * count)(*target.value), count)
    return _library.made("target", function, target.value)


def _read_priority(function: str, thing: ctypes.c_void_p) -> Priority | None:
    io_class, level = ctypes.c_int(), ctypes.c_uint()
    if _library.look(function, thing, ctypes.byref(io_class), ctypes.byref(level)) < 0:
        return None
    return Priority(IoClass(io_class.value), level.value)


def _counts(function: str, thing: ctypes.c_void_p) -> dict[str, int]:
    return {text: count for text, count in _library.numbered(function, thing, ctypes.c_char_p, ctypes.c_uint)}


def read_changed(result: ctypes.c_void_p) -> Changed:
    """From the library's."""
    return Changed(
        processes=_library.look("result_processes", result),
        threads=_library.look("result_threads", result),
        by_service=bool(_library.look("result_by_service", result)),
        before=_read_priority("result_before", result),
        before_breakdown=_counts("result_before_breakdown", result),
        left_alone=_counts("result_left_alone", result),
    )


def read_details(details: ctypes.c_void_p) -> Details:
    """From the library's."""
    return Details(
        set=_read_priority("details_set", details) or Priority.none(),
        effective=_read_priority("details_effective", details) or Priority.none(),
        source=_library.decoded(_library.look("details_source", details)),
        processes=_library.look("details_processes", details),
        threads=_library.look("details_threads", details),
        breakdown=_counts("details_breakdown", details),
        users=tuple(uid for (uid,) in _library.numbered("details_user", details, ctypes.c_uint)),
        programs=tuple(name for (name,) in _library.numbered("details_program", details, ctypes.c_char_p)),
        each=tuple(_members(details)),
        each_cut=bool(_library.look("details_each_cut", details)),
    )


def _members(details: ctypes.c_void_p) -> Iterable[Member]:
    for pid, member in _library.numbered("details_each", details, ctypes.c_int, ctypes.c_void_p):
        yield Member(pid, read_details(ctypes.c_void_p(member)) if member else None)


def read_devices(devices: ctypes.c_void_p) -> list[Device]:
    """From the library's."""
    kinds = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int)
    return [
        Device(name, scheduler, Honours(honours))
        for name, scheduler, honours in _library.numbered("devices_get", devices, *kinds)
    ]
