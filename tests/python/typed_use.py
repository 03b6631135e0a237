# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How programs use the module, for mypy (.ci/run): what is returned is of these types."""

import os
from collections.abc import Mapping
from typing import assert_type

import iopriority
from iopriority import Changed, Client, Details, Device, Hold, IoNice, Priority, Route, Target, aio


def blocking() -> None:
    assert_type(iopriority.lower_self(), int)
    assert_type(iopriority.set(812, "idle", descendants=True, interactive=True), Changed)
    assert_type(iopriority.set([812, 813], Priority.realtime(2), keep_explicit=True).left_alone, Mapping[str, int])
    assert_type(iopriority.set(Target.unit("borgmatic.service"), "idle").before, Priority | None)
    assert_type(iopriority.get(0), Priority)
    assert_type(iopriority.describe(Target.user(os.getuid())), Details)
    assert_type(Client("root@nas", timeout=5.0, route=Route.SERVICE_ONLY).devices(), list[Device])
    assert_type(iopriority.ionice(812), IoNice)
    with iopriority.hold(range(812, 815), "idle") as hold:
        assert_type(hold, Hold)
        assert_type(hold.changed, Changed)


async def in_asyncio() -> None:
    assert_type(await aio.set(812, "idle"), Changed)
    assert_type(await aio.get(812), Priority)
    assert_type(await aio.describe([812], descendants=True), Details)
    assert_type(await aio.devices(), list[Device])
    assert_type(await aio.hold(812, "idle"), Hold)
    async with aio.hold(812, "idle") as hold:
        assert_type(hold, Hold)
