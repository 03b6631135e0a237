# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The calls of iopriority for asyncio.

    from iopriority import aio

    await aio.set(812, "idle", interactive=True)
    async with aio.hold(812, "idle"):
        ...

Each call waits in a thread of the loop's default executor (asyncio.to_thread), so as many can wait at a time as that has
threads. Cancelling ends only the waiting: the call goes on, and may still succeed. A hold that begins after it was
cancelled is released at once. There are set(), hold(), get(), describe() and devices(). asyncio.run() waits at its end
for pending calls: give a Client a timeout if a dialog may stay open.
"""

from __future__ import annotations

import asyncio
import functools
import warnings
from collections.abc import Callable, Generator
from typing import Any

from ._client import Client as BlockingClient
from ._client import Hold
from ._values import Changed, Details, Device, Priority, Route, TargetLike

__all__ = ["Client", "PendingHold", "describe", "devices", "get", "hold", "set"]


class Client:
    """iopriority.Client with calls to be awaited: arguments and errors are the same."""

    def __init__(
        self, host: str | None = None, *, timeout: float | None = None, route: Route = Route.KERNEL_FIRST
    ) -> None:
        """As iopriority.Client."""
        self._client = BlockingClient(host, timeout=timeout, route=route)

    async def set(
        self,
        target: TargetLike,
        priority: Priority | str,
        *,
        descendants: bool = False,
        keep_explicit: bool = False,
        interactive: bool = False,
    ) -> Changed:
        """Sets every thread of what the target names, also those that start meanwhile."""
        return await asyncio.to_thread(
            self._client.set,
            target,
            priority,
            descendants=descendants,
            keep_explicit=keep_explicit,
            interactive=interactive,
        )

    def hold(
        self,
        target: TargetLike,
        priority: Priority | str,
        *,
        descendants: bool = False,
        keep_explicit: bool = False,
        interactive: bool = False,
    ) -> PendingHold:
        """`async with client.hold(812, "idle"):`, or `hold = await client.hold(812, "idle")` and hold.release()."""
        options = {"descendants": descendants, "keep_explicit": keep_explicit, "interactive": interactive}
        return PendingHold(functools.partial(self._client.hold, target, priority, **options))

    async def get(self, pid: int) -> Priority:
        """What is set on a process: the highest of its threads' priorities, in the kernel's order."""
        return await asyncio.to_thread(self._client.get, pid)

    async def describe(self, target: TargetLike, *, descendants: bool = False) -> Details:
        """What is set on every thread of what the target names, and its effect."""
        return await asyncio.to_thread(self._client.describe, target, descendants=descendants)

    async def devices(self) -> list[Device]:
        """The machine's block devices, and what their I/O scheduler makes of a priority."""
        return await asyncio.to_thread(self._client.devices)


class PendingHold:
    """What hold() returns: to be awaited, or entered by `async with`, once."""

    def __init__(self, begin: Callable[[], Hold]) -> None:
        self._begin = begin
        self._begins = False
        self._hold: Hold | None = None

    def __del__(self) -> None:
        if not self._begins:
            warnings.warn("hold() was neither awaited nor entered: nothing is held", RuntimeWarning, source=self)

    def __await__(self) -> Generator[Any, None, Hold]:
        return self._begun().__await__()

    async def __aenter__(self) -> Hold:
        self._hold = await self._begun()
        return self._hold

    async def __aexit__(self, *_: object) -> None:
        if self._hold is not None:
            self._hold.release()

    async def _begun(self) -> Hold:
        if self._begins:
            raise RuntimeError("this hold has begun already: call hold() for another one")
        self._begins = True
        call = asyncio.ensure_future(asyncio.to_thread(self._begin))
        try:
            return await asyncio.shield(call)
        except asyncio.CancelledError:
            call.add_done_callback(_release)
            raise


def _release(call: asyncio.Future[Hold]) -> None:
    if not call.cancelled() and call.exception() is None:
        call.result().release()


_shared = Client()
set = _shared.set
hold = _shared.hold
get = _shared.get
describe = _shared.describe
devices = _shared.devices
