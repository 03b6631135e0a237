# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sets, holds and describes the I/O priority of all threads of processes, through libiopriority.

    import iopriority

    iopriority.lower_self()                            # for a backup at its start

    iopriority.set(1234, "idle", interactive=True)     # asks polkit if the kernel refuses
    iopriority.set(iopriority.Target.unit("borgmatic.service"), "best-effort:7")
    with iopriority.hold(1234, "realtime:2"):          # while the block runs
        ...
    iopriority.describe([812, 813], descendants=True)  # what is set, and its effect

It needs only the standard library and libiopriority.so.1, which the first call loads: ImportError means that it is
missing. The functions are those of one shared Client; iopriority.aio has those that wait for asyncio.
"""

from __future__ import annotations

from ._client import Client, Hold, IoNice, lower_self
from ._errors import (
    AccessDenied,
    AuthorityUnavailable,
    Dismissed,
    Error,
    Failed,
    ForeignPidNamespace,
    InteractionRequired,
    InvalidArgument,
    LimitsExceeded,
    NoSuchProcess,
    NotAuthorized,
    PartiallyApplied,
    ServiceUnavailable,
    TimedOut,
    Unavailable,
)
from ._values import Changed, Details, Device, Honours, IoClass, Member, Priority, Route, Target, TargetLike

__all__ = [
    "IOPRIO_CLASS_BE",
    "IOPRIO_CLASS_IDLE",
    "IOPRIO_CLASS_NONE",
    "IOPRIO_CLASS_RT",
    "AccessDenied",
    "AuthorityUnavailable",
    "Changed",
    "Client",
    "Details",
    "Device",
    "Dismissed",
    "Error",
    "Failed",
    "ForeignPidNamespace",
    "Hold",
    "Honours",
    "InteractionRequired",
    "InvalidArgument",
    "IoClass",
    "IoNice",
    "LimitsExceeded",
    "Member",
    "NoSuchProcess",
    "NotAuthorized",
    "PartiallyApplied",
    "Priority",
    "Route",
    "ServiceUnavailable",
    "Target",
    "TargetLike",
    "TimedOut",
    "Unavailable",
    "describe",
    "devices",
    "get",
    "hold",
    "ionice",
    "lower_self",
    "set",
]

# As psutil and the kernel name them.
IOPRIO_CLASS_NONE = IoClass.NONE
IOPRIO_CLASS_RT = IoClass.REALTIME
IOPRIO_CLASS_BE = IoClass.BEST_EFFORT
IOPRIO_CLASS_IDLE = IoClass.IDLE

_shared = Client()
set = _shared.set
hold = _shared.hold
get = _shared.get
describe = _shared.describe
devices = _shared.devices
ionice = _shared.ionice
