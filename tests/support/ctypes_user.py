#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What c_user.c does, through ctypes: nothing but <iopriority.h> and the shared library."""

import ctypes
import errno
import os
import select
import sys

library = ctypes.CDLL("libiopriority.so.1")
for text in ("iopriority_class_name", "iopriority_error_name", "iopriority_error_message"):
    getattr(library, text).restype = ctypes.c_char_p
library.iopriority_client_free.restype = None
library.iopriority_error_free.restype = None
for of_error in ("code", "name", "message", "free"):
    getattr(library, f"iopriority_error_{of_error}").argtypes = [ctypes.c_void_p]

client = ctypes.c_void_p()
leases = []


def failure(result, error):
    words = [
        errno.errorcode[-result],
        str(library.iopriority_error_code(error)),
        library.iopriority_error_name(error).decode(),
        library.iopriority_error_message(error).decode(),
    ]
    library.iopriority_error_free(error)
    return "error " + " ".join(words)


def parsed(text):
    io_class, level, error = ctypes.c_int(-1), ctypes.c_uint(99), ctypes.c_void_p()
    library.iopriority_parse(text.encode(), ctypes.byref(io_class), ctypes.byref(level), ctypes.byref(error))
    library.iopriority_error_free(error)
    return io_class, level


def get(pid, flags):
    io_class, level, error = ctypes.c_int(-1), ctypes.c_uint(99), ctypes.c_void_p()
    result = library.iopriority_get(
        client, pid, ctypes.byref(io_class), ctypes.byref(level), flags, ctypes.byref(error)
    )
    if result < 0:
        return failure(result, error)
    return f"ok {library.iopriority_class_name(io_class).decode()} {level.value}"


def change(verb, target, priority, flags):
    error = ctypes.c_void_p()
    arguments = (*parsed(priority), ctypes.c_uint(flags), ctypes.byref(error))
    if verb == "set-pidfd":
        pidfd = os.pidfd_open(int(target))
        result = library.iopriority_set_pidfd(client, pidfd, *arguments)
        os.close(pidfd)
    elif verb == "set-unit":
        result = library.iopriority_set_unit(client, target.encode(), *arguments)
    else:
        functions = {"set": "set_process", "set-group": "set_group", "set-user": "set_user", "hold": "hold_process"}
        result = getattr(library, f"iopriority_{functions[verb]}")(client, int(target), *arguments)
    if result < 0:
        return failure(result, error)
    if verb == "hold":
        leases.append(result)
        result = 0
    return f"ok {result}"


def obey(verb, *words):
    if verb == "get":
        return get(int(words[0]), int(words[2]))
    if verb == "lower-self":
        return f"ok {library.iopriority_lower_self(None)}"
    if verb == "timeout":
        library.iopriority_client_set_timeout(client, ctypes.c_uint32(int(words[0])))
        return "ok 0"
    if verb == "lost":
        return "yes" if select.select([leases[-1]], [], [], 0)[0] else "no"
    if verb == "release":
        os.close(leases.pop())
        return "ok 0"
    return change(verb, words[0], words[1], int(words[2]))


if library.iopriority_client_new(ctypes.byref(client), None) < 0:
    sys.exit(1)
print("ready", flush=True)
for line in sys.stdin:
    print(obey(*line.split()), flush=True)
library.iopriority_client_free(client)
