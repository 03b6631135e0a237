#!/usr/bin/python3
# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""python_user.py - does what each line of its input says, in Python, and prints what came of it on a line: the value of an
expression, "ok" after a statement, or the exception as "CLASS ERRNO D-BUS-NAME TEXT". "ready" comes first."""

import asyncio
import copy  # noqa: F401
import os
import sys

MODULES = "/usr/lib/python3/dist-packages"
if MODULES not in sys.path:  # a bare Python (-I -S) looks into the standard library alone
    sys.path.append(MODULES)

import iopriority  # noqa: E402
from iopriority import Client, Priority, Route, Target, aio  # noqa: E402, F401


async def told():
    """The next line of the input, while the loop goes on."""
    return await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)


async def cancelled_when_told(call):
    """Starts a call, and cancels it when a line comes; ends with the next line."""
    task = asyncio.ensure_future(call)
    await asyncio.sleep(0)
    await told()
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        await told()
        return "cancelled"
    return "done"


async def held(target, priority):
    """What is set while an asynchronous hold lasts."""
    async with aio.hold(target, priority) as hold:
        return f"{await aio.get(target)} {hold.changed.threads}"


def in_child(call):
    """What a call returns in a child of fork()."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, str(call()).encode())
        os._exit(0)
    os.close(writing)
    with open(reading) as answer:
        return answer.read()


def error_of(function):
    try:
        return function()
    except Exception as error:
        return type(error).__name__


def obey(line):
    try:
        code = compile(line, "input", "eval")
    except SyntaxError:
        exec(line, globals())
        return "ok"
    return eval(code)


print("ready", flush=True)
while line := sys.stdin.readline():
    try:
        print(obey(line.strip()), flush=True)
    except iopriority.Error as error:
        print(type(error).__name__, error.errno, error.name, error, flush=True)
